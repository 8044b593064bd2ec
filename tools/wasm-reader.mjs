// wasm-reader: the bytes of a module, one behind the other, and the instructions of its functions.
//
//   code section   count │ size locals instruction … end │ …
//   instruction    opcode:u8 [number:leb128, after a prefix] immediates
//
// Knows what the compiler in use writes, and throws at the rest: no exceptions, no garbage collection, no second memory.

export const OP = {
  return: 0x0f,
  end: 0x0b,
  drop: 0x1a,
  localGet: 0x20,
  i32Const: 0x41,
  i64Const: 0x42,
  wait32: 0xfe01,
  wait64: 0xfe02,
};

/** Reads the numbers of a module. */
export class Reader {
  at = 0;
  constructor(bytes) {
    this.bytes = bytes;
  }
  byte() {
    if (this.at >= this.bytes.length) throw new Error("the module ends too early");
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
  numbers(count) {
    for (let i = 0; i < count; i++) this.number();
  }
}

const inRange = (value, first, last) => value >= first && value <= last;

/** Skips what follows an instruction without prefix. */
function skipPlain(reader, op) {
  // block, loop, if; br, br_if; call, return_call; locals, globals, tables; memory.size, memory.grow; ref.null, ref.func
  const one = [0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x12, 0x3f, 0x40, OP.i32Const, OP.i64Const, 0xd0, 0xd2];
  if (one.includes(op) || inRange(op, 0x20, 0x26)) reader.number();
  // call_indirect, return_call_indirect; loads and stores
  else if (op === 0x11 || op === 0x13 || inRange(op, 0x28, 0x3e)) reader.numbers(2);
  // br_table; select with types
  else if (op === 0x0e) reader.numbers(reader.number() + 1);
  else if (op === 0x1c) reader.numbers(reader.number());
  else if (op === 0x43) reader.skip(4);
  else if (op === 0x44) reader.skip(8);
  else if (
    !inRange(op, 0x45, 0xc4) &&
    ![0x00, 0x01, 0x05, OP.end, OP.return, OP.drop, 0x1b, 0xd1].includes(op)
  )
    throw new Error(`instruction ${op.toString(16)} is not known`);
}

/** Skips what follows an instruction of memory and tables. */
function skipBulk(reader, op) {
  if (op >= 18) throw new Error(`instruction fc ${op} is not known`);
  reader.numbers([8, 10, 12, 14].includes(op) ? 2 : op >= 8 ? 1 : 0);
}

/** Skips what follows an instruction of vectors. */
function skipVector(reader, op) {
  if (op <= 11 || op === 92 || op === 93) reader.numbers(2);
  else if (inRange(op, 84, 91)) {
    reader.numbers(2);
    reader.skip(1);
  } else if (op === 12 || op === 13) reader.skip(16);
  else if (inRange(op, 21, 34)) reader.skip(1);
}

/** Reads one instruction; answers its opcode, with the prefix 256-fold before it. */
function readInstruction(reader) {
  const op = reader.byte();
  if (!inRange(op, 0xfc, 0xfe)) {
    skipPlain(reader, op);
    return op;
  }
  const number = reader.number();
  if (op === 0xfc) skipBulk(reader, number);
  else if (op === 0xfd) skipVector(reader, number);
  // atomic.fence has one byte, all others say where in memory.
  else reader.numbers(number === 3 ? 1 : 2);
  return op * 256 + number;
}

/** Reads one function of the code section; answers the opcodes of its instructions. */
export function readFunction(reader) {
  const size = reader.number();
  const end = reader.at + size;
  for (let groups = reader.number(); groups > 0; groups--) reader.numbers(2);
  const ops = [];
  while (reader.at < end) ops.push(readInstruction(reader));
  if (reader.at !== end || ops.at(-1) !== OP.end) throw new Error(`a function does not end at ${end}`);
  return ops;
}
