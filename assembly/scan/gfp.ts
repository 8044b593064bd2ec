// gfp: the allocation flags of mm_page_alloc, as the few bits that say who pays for a page.
//
// Flags are printed by name, `GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP`, where a name can stand for several
// bits; the host seeds the table with the names that matter.  Other names are passed over.  Bits that the
// kernel, or a tool without the kernel's table, could not name come as a number; it is read by the layout
// that holds since Linux 5.1, and GFP_NUMERIC says that this was done.
//
// AFTER       the gfp bit numbers of Linux 5.1 to 6.18.
import { BAD_NUMBER, findByte, parseHex, sameText } from "./bytes";
import { findSlot } from "./names";
import {
  FIELD_GFP_FLAGS,
  GFP_ACCOUNT,
  GFP_COMP,
  GFP_HIGHMEM,
  GFP_MOVABLE,
  GFP_NUMERIC,
  GFP_PTR,
  GFP_RECLAIMABLE,
  GFP_SLOTS,
  GFP_TEXTS_PTR,
  GFP_TEXTS_SLOTS,
  GFP_WRITE,
  GFP_ZERO,
  NAME_MAX_BYTES,
  REASON_NONE,
  REASON_NOT_A_NUMBER,
  SLOT_VALUE,
  WORD_GFP,
} from "./records";
import { refuse } from "./refusal";

// A cached text: 0 length u32 │ 4 bits u32 │ 8 – │ 16 text, up to 64 bytes.  A capture has a few dozen of them.
const ENTRY_BYTES: usize = 80;
const ENTRY_LENGTH: usize = 0;
const ENTRY_BITS: usize = 4;
const ENTRY_TEXT: usize = 16;
const TEXT_MAX_BYTES: usize = 64;

/** Reads [at, end) and stores the bits in the record; returns a refusal, or REASON_NONE. */
export function parseGfp(at: usize, end: usize, out: usize): u32 {
  const length = end - at;
  if (length < 16 || length > TEXT_MAX_BYTES) return parseEachFlag(at, end, out);
  const mixed =
    ((load<u64>(at + 4) ^ load<u64>(end - 16)) + load<u64>(end - 8) + length) * 0x9e3779b97f4a7c15;
  const entry = <usize>GFP_TEXTS_PTR + (<usize>(mixed >> 58) & <usize>(GFP_TEXTS_SLOTS - 1)) * ENTRY_BYTES;
  if (load<u32>(entry, ENTRY_LENGTH) == <u32>length && sameText(entry + ENTRY_TEXT, at, length)) {
    store<u32>(out, load<u32>(entry, ENTRY_BITS), WORD_GFP << 2);
    return REASON_NONE;
  }
  const reason = parseEachFlag(at, end, out);
  if (reason == REASON_NONE) {
    store<u32>(entry, <u32>length, ENTRY_LENGTH);
    store<u32>(entry, load<u32>(out, WORD_GFP << 2), ENTRY_BITS);
    memory.copy(entry + ENTRY_TEXT, at, length);
  }
  return reason;
}

function parseEachFlag(at: usize, end: usize, out: usize): u32 {
  let bits: u32 = 0;
  if (at == end) return refuse(REASON_NOT_A_NUMBER, FIELD_GFP_FLAGS, at, end);
  while (at < end) {
    const stop = findByte(at, end, 0x7c /* | */);
    if (load<u16>(at) == 0x7830 /* 0x */) {
      const value = parseHex(at + 2, stop);
      if (value == BAD_NUMBER) return refuse(REASON_NOT_A_NUMBER, FIELD_GFP_FLAGS, at, stop);
      bits |= bitsOfNumber(value) | GFP_NUMERIC;
    } else if (stop > at && stop - at <= NAME_MAX_BYTES) {
      // A free slot has value 0: a name that does not matter.
      bits |= load<u32>(findSlot(GFP_PTR, GFP_SLOTS, at, <u32>(stop - at)), SLOT_VALUE);
    }
    at = stop + 1;
  }
  store<u32>(out, bits, WORD_GFP << 2);
  return REASON_NONE;
}

function bitsOfNumber(value: u64): u32 {
  let bits: u32 = 0;
  if (value & 0x02) bits |= GFP_HIGHMEM;
  if (value & 0x08) bits |= GFP_MOVABLE;
  if (value & 0x10) bits |= GFP_RECLAIMABLE;
  if (value & 0x100) bits |= GFP_ZERO;
  if (value & 0x1000) bits |= GFP_WRITE;
  if (value & 0x40000) bits |= GFP_COMP;
  if (value & 0x400000) bits |= GFP_ACCOUNT;
  return bits;
}
