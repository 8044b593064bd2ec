// check-module: what no module of the core may have, read from its bytes.
//
// Many instances share one memory and one compiled module: a data segment would be written anew by each instance over
// what the others have, a mutable global would be private to one, and a start function would run once for each.
//
//   magic version │ id:u8 size:leb128 contents │ …        sections of a module
//
// A thread sleeps in a function that does nothing else: assembly/prim/futex says which compiler would lose a value otherwise.
import { OP, Reader, readFunction } from "./wasm-reader.mjs";

const SECTION = { import: 2, global: 6, start: 8, code: 10, data: 11 };
const KIND = { function: 0, table: 1, memory: 2, global: 3 };

/** Reads one import: its name, its kind, and whether it is a global that changes or a memory that is shared. */
function readImport(reader) {
  reader.skip(reader.number());
  const length = reader.number();
  const name = String.fromCharCode(...reader.bytes.subarray(reader.at, reader.at + length));
  reader.skip(length);
  const kind = reader.byte();
  const found = { name, kind, isMutable: false, isShared: false };
  if (kind === KIND.function) reader.number();
  if (kind === KIND.table) reader.byte();
  if (kind === KIND.table || kind === KIND.memory) {
    const flags = reader.byte();
    reader.number();
    if (flags & 1) reader.number();
    found.isShared = kind === KIND.memory && (flags & 2) !== 0;
  }
  if (kind === KIND.global) {
    reader.byte();
    found.isMutable = reader.byte() === 1;
  }
  return found;
}

/** What a module for a shared memory must import and another must not: the memory as shared, and its agent's number. */
function sharingFaults(imports, shared) {
  const faults = [];
  const memory = imports.find(({ kind }) => kind === KIND.memory);
  const agent = imports.some(({ kind, name }) => kind === KIND.global && name === "agent");
  if (memory === undefined) faults.push("no imported memory");
  else if (memory.isShared !== shared) faults.push(shared ? "a memory of its own" : "a shared memory");
  if (agent !== shared) faults.push(shared ? "no agent" : "an agent");
  return faults;
}

/** Whether one of the globals that a module defines is mutable; each has one constant and an `end`. */
function globalsAreMutable(reader, count) {
  for (let i = 0; i < count; i++) {
    reader.byte();
    if (reader.byte() === 1) return true;
    const code = reader.byte();
    // i32.const, i64.const, global.get; any other way to begin is not written by this compiler.
    if (code !== 0x41 && code !== 0x42 && code !== 0x23) throw new Error(`a global begins with ${code}`);
    while (reader.byte() >= 128);
    reader.byte();
  }
  return false;
}

/** Whether a function sleeps and does anything else: its own arguments and constants may lie there, and nothing beneath. */
function waitsAmongOthers(ops) {
  if (!ops.includes(OP.wait32) && !ops.includes(OP.wait64)) return false;
  const operands = ops.slice(0, 3).every((op) => [OP.localGet, OP.i32Const, OP.i64Const].includes(op));
  const rest = ops.slice(4).every((op) => [OP.drop, OP.return, OP.end].includes(op));
  return !operands || ops[3] !== OP.wait32 || !rest;
}

/**
 * What of a module belongs to an instance and must not: none, or "data segments", "mutable globals", "a start function";
 * and "a wait among other code".
 * With `shared` also what it imports and must not, or does not and must, for a memory of that kind.
 */
export function faultsOf(bytes, shared) {
  const reader = new Reader(bytes);
  const faults = new Set();
  const imports = [];
  reader.skip(8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (id === SECTION.start) faults.add("a start function");
    const count = reader.number();
    if (id === SECTION.data && count > 0) faults.add("data segments");
    if (id === SECTION.import) for (let i = 0; i < count; i++) imports.push(readImport(reader));
    if (id === SECTION.global && globalsAreMutable(reader, count)) faults.add("mutable globals");
    if (id === SECTION.code) {
      for (let i = 0; i < count; i++)
        if (waitsAmongOthers(readFunction(reader))) faults.add("a wait among other code");
    }
    reader.at = end;
  }
  if (imports.some(({ isMutable }) => isMutable)) faults.add("mutable globals");
  if (shared !== undefined) for (const fault of sharingFaults(imports, shared)) faults.add(fault);
  return [...faults];
}
