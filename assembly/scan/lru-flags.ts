// lru-flags: what mm_lru_insertion says of a folio, in six columns, blank where a flag is not set.
//
//     M mapped │ a anonymous, f of a file │ s in the swap cache │ b swap-backed │ d mapped to disk │ B has private data

import {
  FIELD_FLAGS,
  LRU_FLAG_ANON,
  LRU_FLAG_FILE,
  LRU_FLAG_MAPPED,
  LRU_FLAG_MAPPEDTODISK,
  LRU_FLAG_PRIVATE,
  LRU_FLAG_SWAPBACKED,
  LRU_FLAG_SWAPCACHE,
  REASON_MISSING,
  REASON_NONE,
  REASON_UNKNOWN_FLAG,
  WORD_LRU_FLAGS,
} from "./records";
import { refuse } from "./refusal";

/** Reads [at, end) and stores the bits in the record; returns a refusal, or REASON_NONE. */
export function parseLruFlags(at: usize, end: usize, out: usize): u32 {
  const start = at;
  let bits: u32 = 0;
  for (; at < end; at++) {
    const flag = load<u8>(at);
    if (flag == 0x20) continue;
    const bit = lruFlagBit(flag);
    if (!bit) return refuse(REASON_UNKNOWN_FLAG, FIELD_FLAGS, start, end);
    bits |= bit;
  }
  store<u32>(out, bits, WORD_LRU_FLAGS << 2);
  // A folio is either anonymous or of a file; both or neither is a damaged line.
  const side = bits & (LRU_FLAG_ANON | LRU_FLAG_FILE);
  return side == 0 || side == (LRU_FLAG_ANON | LRU_FLAG_FILE)
    ? refuse(REASON_MISSING, FIELD_FLAGS, start, end)
    : REASON_NONE;
}

function lruFlagBit(flag: u32): u32 {
  switch (flag) {
    case 0x4d /* M */:
      return LRU_FLAG_MAPPED;
    case 0x61 /* a */:
      return LRU_FLAG_ANON;
    case 0x66 /* f */:
      return LRU_FLAG_FILE;
    case 0x73 /* s */:
      return LRU_FLAG_SWAPCACHE;
    case 0x62 /* b */:
      return LRU_FLAG_SWAPBACKED;
    case 0x64 /* d */:
      return LRU_FLAG_MAPPEDTODISK;
    case 0x42 /* B */:
      return LRU_FLAG_PRIVATE;
    default:
      return 0;
  }
}
