// wide-block: owners of 64 pages in 128 bytes, as 4-bit codes into 15 owners or as a plain column.
//
//   WideBlock     │ codes: 64 × 4 bits │ own, 16 × u16 │ uses, 16 × u8 │ reserved │        code 0: nobody
//   ColumnBlock   │ 64 × u16                                                   │
//
// Both are 128 bytes: a slab holds 31 of them, and would hold no more were a wide block cut to its 80.
//
// INVARIANTS  W1  uses of slots 1 … 15 are the numbers of pages with their code; uses of slot 0 is the number of slots
//                 that have any.
//             W2  A slot with uses has an owner, a slot without keeps its last; no two slots have the same one.
// CONTEXT     `page` is a page's number in its 64.
import { ColumnBlock, WideBlock } from "../abi";
import { Mutation } from "../prim/torture";

const PAGES: u32 = 64;
const SLOTS: u32 = 16;

export function wideCode(wide: WideBlock, page: u32): u32 {
  return <u32>(wide.codesAt(page >> 4) >> ((page & 15) << 2)) & 15;
}

/** Changes one page's code by one store. */
function setCode(wide: WideBlock, page: u32, code: u32): void {
  const at = (page & 15) << 2;
  const word = page >> 4;
  wide.codesSet(word, (wide.codesAt(word) & ~((<u64>15) << at)) | ((<u64>code) << at));
}

/** Adds pages to the uses of a slot, or takes them out by the negative (W1). */
function addUses(wide: WideBlock, slot: u32, pages: u32): void {
  const before: u32 = wide.usesAt(slot);
  const after = before + pages;
  wide.usesSet(slot, <u8>after);
  wide.usesSet(0, <u8>(<u32>wide.usesAt(0) + u32(after != 0) - u32(before != 0)));
}

/** How many owners the block has. */
export function wideOwners(wide: WideBlock): u32 {
  return wide.usesAt(0);
}

/** The slot that has this owner, else one without uses, in shared memory one that never had an owner, else 0. */
export function wideSlotFor(wide: WideBlock, memcgId: u32): u32 {
  for (let slot: u32 = 1; slot < SLOTS; slot++) if (<u32>wide.ownAt(slot) == memcgId) return slot;
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    if (SHARED && MUTATE != Mutation.WIDE_SLOT_REFILLED ? !wide.ownAt(slot) : !wide.usesAt(slot)) return slot;
  }
  return 0;
}

/** Takes pages out of the uses of their slots; their codes are the caller's to change. */
export function wideLeave(wide: WideBlock, first: u32, nrPages: u32): void {
  for (let page = first; page < first + nrPages; page++) {
    const code = wideCode(wide, page);
    if (code) addUses(wide, code, -1);
  }
}

/** Gives pages that have left their slots another one, 0 = none; the slot's owner is there before the codes. */
export function wideEnter(wide: WideBlock, first: u32, nrPages: u32, slot: u32, memcgId: u32): void {
  if (slot) {
    wide.ownSet(slot, <u16>memcgId);
    addUses(wide, slot, nrPages);
  }
  for (let page = first; page < first + nrPages; page++) setCode(wide, page, slot);
}

/** Writes the owners into an empty column; answers how many pages have one. */
export function columnFromWide(column: ColumnBlock, wide: WideBlock): u32 {
  let owned: u32 = 0;
  for (let page: u32 = 0; page < PAGES; page++) {
    const code = wideCode(wide, page);
    column.ownSet(page, wide.ownAt(code));
    owned += u32(code != 0);
  }
  return owned;
}

/** Writes the owners into an empty wide block, unless there are more than `most`: then it is left half done. */
export function wideFromColumn(wide: WideBlock, column: ColumnBlock, most: u32): bool {
  for (let page: u32 = 0; page < PAGES; page++) {
    const memcgId: u32 = column.ownAt(page);
    if (!memcgId) continue;
    const slot = wideSlotFor(wide, memcgId);
    if (slot == 0 || slot > most) return false;
    wideEnter(wide, page, 1, slot, memcgId);
  }
  return true;
}

/** The 2-bit codes of 32 pages from `first` on, in a palette whose code `code` is this block's `slot`. */
export function wideTo2Bits(wide: WideBlock, first: u32, slot: u32, code: u32): u64 {
  let codes: u64 = 0;
  for (let page: u32 = 0; page < 32; page++) {
    if (wideCode(wide, first + page) == slot) codes |= (<u64>code) << (page << 1);
  }
  return codes;
}

/** Gives pages to an owner in a column; answers how many had none. */
export function columnSet(column: ColumnBlock, first: u32, nrPages: u32, memcgId: u32): u32 {
  let added: u32 = 0;
  for (let page = first; page < first + nrPages; page++) {
    added += u32(column.ownAt(page) == 0);
    column.ownSet(page, <u16>memcgId);
  }
  return added;
}

/** Pages of a column that have an owner. */
export function columnOwned(column: ColumnBlock): u32 {
  let owned: u32 = 0;
  for (let page: u32 = 0; page < PAGES; page++) owned += u32(column.ownAt(page) != 0);
  return owned;
}

/** Whether codes, uses and owners agree (W1, W2). */
export function wideIsSound(wide: WideBlock): bool {
  let used: u32 = 0;
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    const own = wide.ownAt(slot);
    let pages: u32 = 0;
    for (let page: u32 = 0; page < PAGES; page++) pages += u32(wideCode(wide, page) == slot);
    if (pages != <u32>wide.usesAt(slot) || (pages && !own)) return false;
    used += u32(pages != 0);
    for (let other = slot + 1; other < SLOTS; other++) if (own && own == wide.ownAt(other)) return false;
  }
  return !wide.ownAt(0) && used == wideOwners(wide);
}

/** Adds `nrPages` to an owner's word among the u32 at `counts`. */
export function countPages(counts: usize, memcgId: u32, nrPages: u32): void {
  const at = counts + (memcgId << 2);
  store<u32>(at, load<u32>(at) + nrPages);
}

/** Of 16 bytes at once, how many equal the code in every lane of `code`. */
function equalIn(codes: v128, code: v128): u32 {
  return popcnt(<u32>i8x16.bitmask(i8x16.eq(codes, code)));
}

/** Adds the pages of each owner, counted by their codes, to the u32 words at `counts`. */
export function wideCount(wide: WideBlock, counts: usize): void {
  const nibble = v128.splat<u8>(15);
  const half0 = v128.load(changetype<usize>(wide));
  const half1 = v128.load(changetype<usize>(wide), 16);
  const even0 = v128.and(half0, nibble);
  const even1 = v128.and(half1, nibble);
  const odd0 = i16x8.shr_u(v128.andnot(half0, nibble), 4);
  const odd1 = i16x8.shr_u(v128.andnot(half1, nibble), 4);
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    const memcgId: u32 = wide.ownAt(slot);
    if (!memcgId) continue;
    const code = v128.splat<u8>(<u8>slot);
    countPages(
      counts,
      memcgId,
      equalIn(even0, code) + equalIn(even1, code) + equalIn(odd0, code) + equalIn(odd1, code),
    );
  }
}

/** Likewise from a column, page by page. */
export function columnCount(column: ColumnBlock, counts: usize): void {
  for (let page: u32 = 0; page < PAGES; page++) countPages(counts, column.ownAt(page), 1);
}
