// bytes: searching text sixteen bytes at a time, and reading numbers out of it.
//
// CONTEXT     Every line in the input buffer ends with a newline, so a loop over digits or spaces stops there
//             without a bound of its own.  Reads of 16 bytes may pass the end of the input: the buffer is
//             padded, and what lies there is never believed.
// COST        findByte: one load, compare and mask per 16 bytes.
import { STATE_PTR } from "./records";

/** Not a number.  No field of a trace is that large, so it needs no second return value. */
export const BAD_NUMBER: u64 = 0xffffffffffffffff;

/** Address of the first `byte` in [at, end), or `end`. */
export function findByte(at: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(<i8>byte);
  while (at < end) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (mask) {
      at += <usize>ctz(mask);
      return at < end ? at : end;
    }
    at += 16;
  }
  return end;
}

/** Bit i is set where byte at + i is a blank, for 64 bytes. */
export function blanks64(at: usize): u64 {
  const blank = i8x16.splat(0x20);
  const low =
    i8x16.bitmask(i8x16.eq(v128.load(at), blank)) | (i8x16.bitmask(i8x16.eq(v128.load(at, 16), blank)) << 16);
  const high =
    i8x16.bitmask(i8x16.eq(v128.load(at, 32), blank)) |
    (i8x16.bitmask(i8x16.eq(v128.load(at, 48), blank)) << 16);
  return ((<u64>(<u32>high)) << 32) | <u64>(<u32>low);
}

/** End of the word at `at`, which `blanks` (bits from `at` on, or 0: not known) may tell. */
export function wordEnd(at: usize, end: usize, blanks: u64): usize {
  const stop = blanks ? at + <usize>ctz(blanks) : findByte(at, end, 0x20);
  return stop < end ? stop : end;
}

/** `blanks` from `taken` bytes on. */
export function passBlanks(blanks: u64, taken: usize): u64 {
  return taken < 64 ? blanks >> <u64>taken : 0;
}

/** The same for 16 bytes. */
export function blanks16(at: usize): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x20)));
}

/** Whether two texts of 16 bytes or more are the same; the last 16 bytes may overlap those before. */
export function sameText(one: usize, other: usize, length: usize): bool {
  const last = length - 16;
  let differ = v128.xor(v128.load(one + last), v128.load(other + last));
  for (let i: usize = 0; i < last; i += 16) {
    differ = v128.or(differ, v128.xor(v128.load(one + i), v128.load(other + i)));
  }
  return !v128.any_true(differ);
}

export function skipSpaces(at: usize): usize {
  while (load<u8>(at) == 0x20) at++;
  return at;
}

export function isDigit(byte: u32): bool {
  return byte - 0x30 <= 9;
}

/** The newline that ends the line at `at`, or `end`.  Lines are long: four loads per turn. */
export function findNewline(at: usize, end: usize): usize {
  const newline = i8x16.splat(0x0a);
  while (at < end) {
    const low =
      i8x16.bitmask(i8x16.eq(v128.load(at), newline)) |
      (i8x16.bitmask(i8x16.eq(v128.load(at, 16), newline)) << 16);
    const high =
      i8x16.bitmask(i8x16.eq(v128.load(at, 32), newline)) |
      (i8x16.bitmask(i8x16.eq(v128.load(at, 48), newline)) << 16);
    const mask = ((<u64>(<u32>high)) << 32) | <u64>(<u32>low);
    if (mask) {
      at += <usize>ctz(mask);
      return at < end ? at : end;
    }
    at += 64;
  }
  return end;
}

// Numbers of up to eight digits are read as one word.  The word ends with the number's last digit; what it holds
// of the text before the number is replaced by zeros ('0', not 0).  No branch depends on a digit, since digits are
// the one thing in a trace that no predictor learns.

const ZEROS: u64 = 0x3030303030303030;

/** The `length` (1 to 8) bytes before `end`, the first in the lowest byte but for leading zeros. */
export function digitsBefore(end: usize, length: usize): u64 {
  const others = <u64>((8 - length) << 3);
  // length is 1 to 8, so the shift stays below 64.
  const mask = (<u64>0xffffffffffffffff) << others;
  return (load<u64>(end - 8) & mask) | (ZEROS & ~mask);
}

/** The whole of [at, end) as a decimal number of at most 19 digits, or BAD_NUMBER. */
export function parseDecimal(at: usize, end: usize): u64 {
  const length = end - at;
  if (length == 1) {
    const digit = <u32>load<u8>(at) - 0x30;
    return digit <= 9 ? digit : BAD_NUMBER;
  }
  if (length - 1 < 8) return eightDecimals(digitsBefore(end, length));
  if (at >= end || length > 19) return BAD_NUMBER;
  let value: u64 = 0;
  do {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return BAD_NUMBER;
    value = value * 10 + digit;
  } while (++at < end);
  return value;
}

/** Eight decimal digits, the first in the lowest byte, or BAD_NUMBER. */
export function eightDecimals(text: u64): u64 {
  let digits = text - ZEROS;
  // 0x46 carries a byte above '9' into its top bit, the subtraction borrows it for one below '0'.
  if (((text + 0x4646464646464646) | digits) & 0x8080808080808080) return BAD_NUMBER;
  digits = digits * 10 + (digits >> 8);
  return (
    ((digits & 0x000000ff000000ff) * 0x000f424000000064 +
      ((digits >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
    32
  );
}

/** The whole of [at, end) as a hexadecimal number without prefix, or BAD_NUMBER. */
export function parseHex(at: usize, end: usize): u64 {
  const length = end - at;
  if (length - 1 < 8) return eightHex(digitsBefore(end, length));
  if (at >= end || length > 16) return BAD_NUMBER;
  const high = eightHex(digitsBefore(end - 8, length - 8));
  const low = eightHex(load<u64>(end - 8));
  return high == BAD_NUMBER || low == BAD_NUMBER ? BAD_NUMBER : (high << 32) | low;
}

/** Eight hexadecimal digits, the first in the lowest byte, or BAD_NUMBER. */
export function eightHex(text: u64): u64 {
  const bytes = i64x2.splat(<i64>text);
  const isDigit = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(10));
  const lower = v128.or(bytes, i8x16.splat(0x20));
  const isLetter = i8x16.lt_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(6));
  if (!i8x16.all_true(v128.or(isDigit, isLetter))) return BAD_NUMBER;
  // A letter has bit 6 set, and its low four bits are 9 less than what it stands for.
  let value = (text & 0x0f0f0f0f0f0f0f0f) + ((text >> 6) & 0x0101010101010101) * 9;
  value = ((value << 4) | (value >> 8)) & 0x00ff00ff00ff00ff;
  value = ((value << 8) | (value >> 16)) & 0x0000ffff0000ffff;
  return ((value << 16) | (value >> 32)) & 0xffffffff;
}

/** Kernels print a pfn as `%lu` or as `0x%lx`, perf and trace-cmd sometimes the other way: the prefix tells. */
export function parseNumber(at: usize, end: usize): u64 {
  return load<u16>(at) == 0x7830 /* 0x */ ? parseHex(at + 2, end) : parseDecimal(at, end);
}

/** Stores one word of the state record. */
export function setState(offset: u32, value: u32): void {
  store<u32>(STATE_PTR + offset, value);
}

export function getState(offset: u32): u32 {
  return load<u32>(STATE_PTR + offset);
}
