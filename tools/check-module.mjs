// check-module: what no module of the core may have, read from its bytes.
//
// Many instances share one memory and one compiled module: a data segment would be written anew by each instance over
// what the others have, a mutable global would be private to one, and a start function would run once for each.
//
//   magic version │ id:u8 size:leb128 contents │ …        sections of a module

const SECTION = { import: 2, global: 6, start: 8, data: 11 };
const KIND = { function: 0, table: 1, memory: 2, global: 3 };

/** Reads the numbers of a module, one behind the other. */
class Reader {
  at = 0;
  constructor(bytes) {
    this.bytes = bytes;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  skip(count) {
    this.at += count;
  }
}

/** Skips one import; answers whether it is a mutable global. */
function importIsMutable(reader) {
  for (let name = 0; name < 2; name++) reader.skip(reader.number());
  const kind = reader.byte();
  if (kind === KIND.function) reader.number();
  if (kind === KIND.table) reader.byte();
  if (kind === KIND.table || kind === KIND.memory) {
    const flags = reader.byte();
    reader.number();
    if (flags & 1) reader.number();
  }
  if (kind !== KIND.global) return false;
  reader.byte();
  return reader.byte() === 1;
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

/** What of a module belongs to an instance and must not: none, or "data segments", "mutable globals", "a start function". */
export function faultsOf(bytes) {
  const reader = new Reader(bytes);
  const faults = new Set();
  reader.skip(8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (id === SECTION.start) faults.add("a start function");
    const count = reader.number();
    if (id === SECTION.data && count > 0) faults.add("data segments");
    if (id === SECTION.import)
      for (let i = 0; i < count; i++) if (importIsMutable(reader)) faults.add("mutable globals");
    if (id === SECTION.global && globalsAreMutable(reader, count)) faults.add("mutable globals");
    reader.at = end;
  }
  return [...faults];
}
