// pages: the arguments of the events that name a page frame.
//
//     mm_page_alloc         page=… pfn=0x113282 order=0 migratetype=1 gfp_flags=GFP_KERNEL|__GFP_ZERO
//     mm_page_free          page=… pfn=0x113282 order=0
//     mm_page_free_batched  page=… pfn=0x113282 order=0
//     mm_lru_insertion      folio=… pfn=0x113282 lru=0 flags=Ma bd
//     mm_lru_activate       folio=… pfn=0x113282
//     mm_filemap_*          dev 254:0 ino 3f808 pfn=0x113282 ofs=950272 order=0
//
// One loop over the tokens serves all of them: kernels add, drop and reorder fields, but never change the
// meaning of a name.  Names that are not listed here are passed over.
//
// INVARIANTS  P1  A field given twice is refused: two lines ran into one, and either could be the true one.
import {
  BAD_NUMBER,
  blanks64,
  findByte,
  parseDecimal,
  parseHex,
  parseNumber,
  passBlanks,
  wordEnd,
} from "./bytes";
import { parseGfp } from "./gfp";
import { parseLruFlags } from "./lru-flags";
import {
  FIELD_DEV,
  FIELD_FLAGS,
  FIELD_GFP_FLAGS,
  FIELD_INO,
  FIELD_LRU,
  FIELD_MIGRATETYPE,
  FIELD_ORDER,
  FIELD_PFN,
  KIND_MM_FILEMAP_ADD,
  KIND_MM_LRU_INSERTION,
  KIND_MM_PAGE_ALLOC,
  KIND_MM_PAGE_ALLOC_FAILED,
  KIND_MM_PAGE_FREE,
  LRU_MAX,
  MIGRATETYPE_MAX,
  ORDER_MAX,
  PFN_BITS,
  REASON_NONE,
  REASON_NOT_A_NUMBER,
  REASON_TWICE,
  WORD_DEV,
  WORD_INO_HI,
  WORD_INO_LO,
  WORD_KIND,
  WORD_LRU,
  WORD_MIGRATETYPE,
  WORD_ORDER,
  WORD_PFN_LO,
} from "./records";
import { checkBelow, checkSeen, refuse } from "./refusal";

// Names of fields as little-endian words.
const PFN: u32 = 0x3d6e6670; // "pfn="
const ORDE: u32 = 0x6564726f; // "orde"
const R: u16 = 0x3d72; // "r="
const MIGRATET: u64 = 0x746574617267696d; // "migratet"
const YPE: u32 = 0x3d657079; // "ype="
const GFP_FLAG: u64 = 0x67616c665f706667; // "gfp_flag"
const S: u16 = 0x3d73; // "s="
const LRU: u32 = 0x3d75726c; // "lru="
const FLAG: u32 = 0x67616c66; // "flag"
const DEV: u32 = 0x20766564; // "dev "
const INO: u32 = 0x206f6e69; // "ino "
const PAGE: u32 = 0x65676170; // "page"

/** Reads the arguments of a page event of this kind into the record. */
export function parsePage(kind: u32, at: usize, end: usize, out: usize): u32 {
  const start = at;
  let seen: u32 = 0;
  let reason: u32 = REASON_NONE;
  let blanks = blanks64(at);
  while (at < end) {
    const first = at;
    if (!blanks) blanks = blanks64(at);
    let stop = wordEnd(at, end, blanks);
    const word = load<u32>(at);
    let field: u32 = 0;
    if (word == PFN) {
      field = FIELD_PFN;
      reason = storePfn(at + 4, stop, out);
    } else if (word == ORDE && load<u16>(at + 4) == R) {
      field = FIELD_ORDER;
      reason = storeSmall(at + 6, stop, FIELD_ORDER, ORDER_MAX, out, WORD_ORDER);
    } else if (kind == KIND_MM_PAGE_ALLOC) {
      if (load<u64>(at) == MIGRATET && load<u32>(at + 8) == YPE) {
        field = FIELD_MIGRATETYPE;
        reason = storeSmall(at + 12, stop, FIELD_MIGRATETYPE, MIGRATETYPE_MAX, out, WORD_MIGRATETYPE);
      } else if (load<u64>(at) == GFP_FLAG && load<u16>(at + 8) == S) {
        field = FIELD_GFP_FLAGS;
        reason = parseGfp(at + 10, stop, out);
      }
    } else if (kind == KIND_MM_LRU_INSERTION) {
      if (word == LRU) {
        field = FIELD_LRU;
        reason = storeSmall(at + 4, stop, FIELD_LRU, LRU_MAX, out, WORD_LRU);
      } else if (word == FLAG && load<u16>(at + 4) == S) {
        // The flags are six columns, blank where a flag is not set: they run to the end of the line.
        field = FIELD_FLAGS;
        stop = end;
        reason = parseLruFlags(at + 6, stop, out);
      }
    } else if (kind >= KIND_MM_FILEMAP_ADD) {
      // "dev 254:0" and "ino 3f808": the value is the token behind the name.
      if (word == DEV) {
        field = FIELD_DEV;
        stop = findByte(at + 4, end, 0x20);
        reason = storeDev(at + 4, stop, out);
      } else if (word == INO) {
        field = FIELD_INO;
        stop = findByte(at + 4, end, 0x20);
        reason = storeIno(at + 4, stop, out);
      }
    }
    if (field) {
      if (seen & (1 << field)) return refuse(REASON_TWICE, field, at, stop); // P1
      if (reason) return reason;
      seen |= 1 << field;
    }
    at = stop + 1;
    blanks = passBlanks(blanks, at - first);
  }
  reason = checkSeen(seen, requiredOf(kind), start, end);
  if (!reason && kind == KIND_MM_PAGE_ALLOC && isFailedAlloc(start, out)) {
    store<u32>(out, KIND_MM_PAGE_ALLOC_FAILED, WORD_KIND << 2);
  }
  return reason;
}

function requiredOf(kind: u32): u32 {
  const pfn: u32 = 1 << FIELD_PFN;
  if (kind == KIND_MM_PAGE_ALLOC) {
    return pfn | (1 << FIELD_ORDER) | (1 << FIELD_MIGRATETYPE) | (1 << FIELD_GFP_FLAGS);
  }
  if (kind == KIND_MM_PAGE_FREE) return pfn | (1 << FIELD_ORDER);
  if (kind == KIND_MM_LRU_INSERTION) return pfn | (1 << FIELD_LRU) | (1 << FIELD_FLAGS);
  // The order of a page cache event is absent before large folios: 0.
  if (kind >= KIND_MM_FILEMAP_ADD) return pfn | (1 << FIELD_INO);
  return pfn;
}

/** An allocation that failed is printed as frame 0 behind a null pointer. */
function isFailedAlloc(start: usize, out: usize): bool {
  if (load<u64>(out, WORD_PFN_LO << 2) != 0 || load<u32>(start) != PAGE) return false;
  // `(null)`, `(nil)`, `0`, `0x0` or a hashed pointer of zeros.
  let at = start + 5;
  if (load<u8>(at) == 0x28 /* ( */) return true;
  if (load<u16>(at) == 0x7830 /* 0x */) at += 2;
  while (load<u8>(at) == 0x30) at++;
  return load<u8>(at) == 0x20;
}

function storePfn(at: usize, end: usize, out: usize): u32 {
  const pfn = parseNumber(at, end);
  store<u64>(out, pfn, WORD_PFN_LO << 2);
  return checkBelow(pfn, (<u64>1) << PFN_BITS, FIELD_PFN, at, end);
}

function storeSmall(at: usize, end: usize, field: u32, max: u32, out: usize, word: u32): u32 {
  const value = parseDecimal(at, end);
  store<u32>(out + (word << 2), <u32>value);
  return checkBelow(value, max + 1, field, at, end);
}

function storeDev(at: usize, end: usize, out: usize): u32 {
  const colon = findByte(at, end, 0x3a);
  const major = parseDecimal(at, colon);
  const minor = parseDecimal(colon + 1, end);
  let reason = checkBelow(major, 1 << 12, FIELD_DEV, at, end);
  if (!reason) reason = checkBelow(minor, 1 << 20, FIELD_DEV, at, end);
  // The kernel's own dev_t: 12 bits of major, 20 of minor.
  store<u32>(out, ((<u32>major) << 20) | <u32>minor, WORD_DEV << 2);
  return reason;
}

function storeIno(at: usize, end: usize, out: usize): u32 {
  const ino = parseHex(at, end);
  store<u32>(out, <u32>ino, WORD_INO_LO << 2);
  store<u32>(out, <u32>(ino >> 32), WORD_INO_HI << 2);
  return ino == BAD_NUMBER ? refuse(REASON_NOT_A_NUMBER, FIELD_INO, at, end) : REASON_NONE;
}
