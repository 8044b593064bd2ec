// codes: 32 two-bit codes in a word, as the palette's blocks hold them.
//
//   bit   63 62      5 4  3 2  1 0
//        │ page 31 │ … │ 2 │ 1 │ page 0 │     of 32 pages
//
// CONTEXT     Pure functions of their arguments.

/** Low bit of every code in a word. */
export const LOW_BITS: u64 = 0x5555555555555555;

/** Bits of the codes of pages [first, first + nrPages) of a block of 64 that lie in word 0 or 1. */
export function maskIn(word: u32, first: u32, nrPages: u32): u64 {
  const from = max(first, word << 5);
  const end = min(first + nrPages, (word + 1) << 5);
  return from < end ? (~(<u64>0) >> ((32 - (end - from)) << 1)) << ((from & 31) << 1) : 0;
}

/** How many codes of a word are 1, 2, 3: bytes 1, 2, 3. */
export function usesInWord(codes: u64): u32 {
  const low = codes & LOW_BITS;
  const high = (codes >> 1) & LOW_BITS;
  const three = low & high;
  return (
    ((<u32>popcnt(low ^ three)) << 8) | ((<u32>popcnt(high ^ three)) << 16) | ((<u32>popcnt(three)) << 24)
  );
}
