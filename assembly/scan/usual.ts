// usual: the shapes that nearly all lines of the frequent events have, read without a loop over words.
//
//     page=… pfn=0x113282 order=0                                        mm_page_free, mm_page_free_batched
//     page=… pfn=0x113282 order=0 migratetype=1 gfp_flags=GFP_KERNEL     mm_page_alloc
//     folio=… pfn=0x113282 lru=0 flags=Ma bd                             mm_lru_insertion
//     memcg_id=14555 item=6 val=-1                                       the counter events
//
// INVARIANTS  U1  A function returns true only for a line that the general parser accepts, with the same record.
//                 Whatever is odd, wrong or merely rare returns false, to be read or refused there.
// COST        half of the general parser: nothing is searched that has a place.
import { BAD_NUMBER, blanks16, blanks64, digitsBefore, eightHex, findByte, parseDecimal } from "./bytes";
import { parseVal } from "./counters";
import { parseGfp } from "./gfp";
import { parseLruFlags } from "./lru-flags";
import {
  KIND_MM_LRU_INSERTION,
  KIND_MM_PAGE_ALLOC,
  LRU_MAX,
  REASON_NONE,
  WORD_ITEM,
  WORD_LRU,
  WORD_MEMCG_LO,
  WORD_MIGRATETYPE,
  WORD_ORDER,
  WORD_PFN_LO,
} from "./records";

// Text as little-endian words.
const PAGE: u32 = 0x65676170; // "page"
const FOLI: u32 = 0x696c6f66; // "foli"
const PFN: u32 = 0x3d6e6670; // "pfn="
const ORDER: u64 = 0x00003d726564726f; // "order="
const LRU: u32 = 0x3d75726c; // "lru="
const FLAGS: u64 = 0x003d7367616c6620; // " flags="
const MIGRATET: u64 = 0x746574617267696d; // "migratet"
const YPE: u32 = 0x3d657079; // "ype="
const GFP_FLAG: u64 = 0x67616c665f706667; // "gfp_flag"
const S: u16 = 0x3d73; // "s="
const MEMCG_ID: u64 = 0x64695f67636d656d; // "memcg_id"
const ITEM: u64 = 0x0000003d6d657469; // "item="
const VAL: u32 = 0x3d6c6176; // "val="

/** mm_page_alloc, mm_page_free, mm_page_free_batched, mm_lru_insertion. */
export function readUsualPage(kind: u32, at: usize, end: usize, out: usize): bool {
  if (load<u32>(at) != PAGE && load<u32>(at) != FOLI) return false;
  const pfn = findByte(at + 4, end, 0x20) + 1;
  if (load<u32>(pfn) != PFN || load<u16>(pfn + 4) != 0x7830 /* 0x */) return false;
  const digits = pfn + 6;
  const length = ctz(blanks16(digits));
  if (length - 1 >= 8) return false;
  const next = digits + length + 1;
  const value = eightHex(digitsBefore(next - 1, length));
  // Frame 0 may stand for a failed allocation.
  if (value == BAD_NUMBER || value == 0) return false;
  store<u64>(out, value, WORD_PFN_LO << 2);

  if (kind == KIND_MM_LRU_INSERTION) {
    const lru = <u32>load<u8>(next + 4) - 0x30;
    if (load<u32>(next) != LRU || lru > LRU_MAX) return false;
    if (load<u64>(next + 5) << 8 != FLAGS << 8 || next + 12 > end) return false;
    store<u32>(out, lru, WORD_LRU << 2);
    return parseLruFlags(next + 12, end, out) == REASON_NONE;
  }
  const order = <u32>load<u8>(next + 6) - 0x30;
  if (load<u64>(next) << 16 != ORDER << 16 || order > 9) return false;
  store<u32>(out, order, WORD_ORDER << 2);
  if (kind != KIND_MM_PAGE_ALLOC) return next + 7 == end;

  const migratetype = next + 8;
  const type = <u32>load<u8>(migratetype + 12) - 0x30;
  if (load<u64>(migratetype) != MIGRATET || load<u32>(migratetype + 8) != YPE || type > 9) return false;
  const gfp = migratetype + 14;
  if (load<u64>(gfp) != GFP_FLAG || load<u16>(gfp + 8) != S) return false;
  if (load<u8>(gfp - 1) != 0x20 || load<u8>(migratetype - 1) != 0x20) return false;
  if (gfp + 10 >= end || findByte(gfp + 10, end, 0x20) != end) return false;
  store<u32>(out, type, WORD_MIGRATETYPE << 2);
  return parseGfp(gfp + 10, end, out) == REASON_NONE;
}

/** mod_memcg_lruvec_state, mod_memcg_state, count_memcg_events. */
export function readUsualCounter(at: usize, end: usize, out: usize): bool {
  if (load<u64>(at) != MEMCG_ID || load<u8>(at + 8) != 0x3d) return false;
  const blanks = blanks64(at);
  const second = blanks & (blanks - 1);
  const item = at + <usize>ctz(blanks) + 1;
  const val = at + <usize>ctz(second) + 1;
  if (!second || val >= end || load<u64>(item) << 24 != ITEM << 24 || load<u32>(val) != VAL) return false;
  const id = parseDecimal(at + 9, item - 1);
  const number = parseDecimal(item + 5, val - 1);
  if (id == BAD_NUMBER || number > 0x7fffffff) return false;
  store<u64>(out, id, WORD_MEMCG_LO << 2);
  store<u32>(out, <u32>number, WORD_ITEM << 2);
  return parseVal(val + 4, end, out) == REASON_NONE;
}
