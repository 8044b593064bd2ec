// counters: the arguments of the memcg counter events and of rss_stat.
//
//     mod_memcg_lruvec_state, mod_memcg_state, count_memcg_events   memcg_id=14555 item=6 val=-1
//     rss_stat                              mm_id=2597125527 curr=1 type=MM_FILEPAGES size=1642496B
//
// They are the most frequent events of a capture: two thirds of its lines.
import { BAD_NUMBER, blanks64, parseDecimal, passBlanks, wordEnd } from "./bytes";
import {
  FIELD_CURR,
  FIELD_ITEM,
  FIELD_MEMCG_ID,
  FIELD_MM_ID,
  FIELD_VAL,
  REASON_NONE,
  REASON_NOT_A_NUMBER,
  REASON_OUT_OF_RANGE,
  REASON_TWICE,
  WORD_CURR,
  WORD_ITEM,
  WORD_MEMCG_LO,
  WORD_MM_ID,
  WORD_VAL,
} from "./records";
import { checkBelow, checkSeen, refuse } from "./refusal";

const MEMCG_ID: u64 = 0x64695f67636d656d; // "memcg_id"
const ITEM: u32 = 0x6d657469; // "item"
const VAL: u32 = 0x3d6c6176; // "val="
const MM_I: u32 = 0x695f6d6d; // "mm_i"
const D: u16 = 0x3d64; // "d="
const CURR: u32 = 0x72727563; // "curr"
const EQUALS: u8 = 0x3d;

export function parseCounter(at: usize, end: usize, out: usize): u32 {
  const start = at;
  let seen: u32 = 0;
  let blanks = blanks64(at);
  while (at < end) {
    const first = at;
    if (!blanks) blanks = blanks64(at);
    const stop = wordEnd(at, end, blanks);
    let field: u32 = 0;
    let reason: u32 = REASON_NONE;
    if (load<u32>(at) == VAL) {
      field = FIELD_VAL;
      reason = parseVal(at + 4, stop, out);
    } else if (load<u32>(at) == ITEM && load<u8>(at + 4) == EQUALS) {
      field = FIELD_ITEM;
      const item = parseDecimal(at + 5, stop);
      store<u32>(out, <u32>item, WORD_ITEM << 2);
      reason = checkBelow(item, 1 << 31, FIELD_ITEM, at + 5, stop);
    } else if (load<u64>(at) == MEMCG_ID && load<u8>(at + 8) == EQUALS) {
      field = FIELD_MEMCG_ID;
      const id = parseDecimal(at + 9, stop);
      store<u64>(out, id, WORD_MEMCG_LO << 2);
      reason = checkBelow(id, BAD_NUMBER, FIELD_MEMCG_ID, at + 9, stop);
    }
    if (field) {
      if (seen & (1 << field)) return refuse(REASON_TWICE, field, at, stop);
      if (reason) return reason;
      seen |= 1 << field;
    }
    at = stop + 1;
    blanks = passBlanks(blanks, at - first);
  }
  return checkSeen(seen, (1 << FIELD_MEMCG_ID) | (1 << FIELD_ITEM) | (1 << FIELD_VAL), start, end);
}

/** Reads [at, end) as a signed number of 32 bits into the record; returns a refusal, or REASON_NONE. */
export function parseVal(at: usize, end: usize, out: usize): u32 {
  const negative = load<u8>(at) == 0x2d /* - */;
  const size = parseDecimal(at + (negative ? 1 : 0), end);
  if (size == BAD_NUMBER) return refuse(REASON_NOT_A_NUMBER, FIELD_VAL, at, end);
  if (size > (negative ? 0x80000000 : 0x7fffffff)) return refuse(REASON_OUT_OF_RANGE, FIELD_VAL, at, end);
  store<i32>(out, negative ? -(<i32>size) : <i32>size, WORD_VAL << 2);
  return REASON_NONE;
}

/** Member and size are not read: the books follow pages, not a process's own view of them. */
export function parseRssStat(at: usize, end: usize, out: usize): u32 {
  const start = at;
  let seen: u32 = 0;
  let blanks = blanks64(at);
  while (at < end) {
    const first = at;
    if (!blanks) blanks = blanks64(at);
    const stop = wordEnd(at, end, blanks);
    let field: u32 = 0;
    let reason: u32 = REASON_NONE;
    if (load<u32>(at) == MM_I && load<u16>(at + 4) == D) {
      field = FIELD_MM_ID;
      const id = parseDecimal(at + 6, stop);
      store<u32>(out, <u32>id, WORD_MM_ID << 2);
      reason = checkBelow(id, (<u64>1) << 32, FIELD_MM_ID, at + 6, stop);
    } else if (load<u32>(at) == CURR && load<u8>(at + 4) == EQUALS) {
      field = FIELD_CURR;
      const curr = parseDecimal(at + 5, stop);
      store<u32>(out, <u32>curr, WORD_CURR << 2);
      reason = checkBelow(curr, 2, FIELD_CURR, at + 5, stop);
    }
    if (field) {
      if (seen & (1 << field)) return refuse(REASON_TWICE, field, at, stop);
      if (reason) return reason;
      seen |= 1 << field;
    }
    at = stop + 1;
    blanks = passBlanks(blanks, at - first);
  }
  return checkSeen(seen, (1 << FIELD_MM_ID) | (1 << FIELD_CURR), start, end);
}
