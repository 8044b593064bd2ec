// palette-block: owners of 64 pages in half a cache line, as a 2-bit code each and a palette of three.
//
//   PaletteBlock
//   │ codes: 64 × 2 bits      │ own0 own1 own2 own3 │ uses0 … uses3 │ link │
//     0         8            16                    24              28
//         code 0: nobody, or ask the link        │ a fourth owner
//              1 … 3: own1 … own3                ▼
//                     WideBlock, 128 bytes       │ codes: 64 × 4 bits │ own, 16 × u16 │ uses, 16 × u8 │
//                                                │ a sixteenth
//                                                ▼
//                     ColumnBlock, 128 bytes     │ 64 × u16 │
//
// A wide block goes when two owners are left, a column turns wide when 11 are: neither flutters at its border.  A column
// is counted only when its owned pages fall below a multiple of 8, and goes at once with the last of them.
//
// INVARIANTS  B1  uses1 … uses3 are the numbers of pages with codes 1 … 3.  A slot with uses has an owner, a slot
//                 without keeps its last; no two slots have the same one.
//             B2  own0 is OVERFLOWED exactly while link names an overflow block; then all codes and uses1 … uses3 are 0.
//             B3  A wide block is sound (W1, W2) and has 3 owners at least.
//             B4  uses0 is the number of owned pages behind a column, 1 at least, and 0 without a column.
// CONTEXT     For one agent.  With readers beside the writer the same blocks change by the rules of palette-shared, which
//             takes its steps from here where they are the same: its ORDERING has the letters.
// RACY        uses guide the choice of slots and are never read by lookups.
import { ColumnBlock, PaletteBlock, WIDE_BLOCK_BYTES, WideBlock } from "../abi";
import { clearBytes, put } from "../prim/journal";
import { LOW_BITS, maskIn, usesInWord } from "./codes";
import { retire } from "./grace-period";
import { core } from "./region";
import { poolGet, poolPut, poolReserve } from "./slab";
import {
  columnCount,
  columnFromWide,
  columnOwned,
  columnSet,
  wideCount,
  wideEnter,
  wideFromColumn,
  wideIsSound,
  wideLeave,
  wideOwners,
  wideSlotFor,
  wideTo2Bits,
} from "./wide-block";

export const BLOCK_PAGES: u32 = 64;

/** Bit of `link` that tells a column from a wide block. */
export const COLUMN: u32 = 1;

/** own0 of a block whose owners are behind the link: no id, for ids end below it. */
export const OVERFLOWED: u32 = 0xffff;

export const SLOTS: u32 = 4;
const WIDE_SLOTS: u32 = 16;

/** With so many owners left a wide block goes, a column turns wide. */
export const NARROW_AGAIN: u32 = 2;
export const WIDE_AGAIN: u32 = 11;

/** Owned pages of a column between two counts of its owners. */
const COUNT_SHIFT: u32 = 3;

export function overflowPtr(block: PaletteBlock): usize {
  return <usize>(core().arenaPtr + (block.link & ~COLUMN));
}

export function hasColumn(block: PaletteBlock): bool {
  return (block.link & COLUMN) != 0;
}

export function wideOf(block: PaletteBlock): WideBlock {
  return changetype<WideBlock>(overflowPtr(block));
}

export function columnOf(block: PaletteBlock): ColumnBlock {
  return changetype<ColumnBlock>(overflowPtr(block));
}

/** uses0 … uses3 as the bytes of one word, so that four counts are added at once. */
function usesWord(block: PaletteBlock): u32 {
  return load<u32>(changetype<usize>(block), offsetof<PaletteBlock>("_uses0"));
}

function setUsesWord(block: PaletteBlock, uses: u32): void {
  put<u32>(changetype<usize>(block) + offsetof<PaletteBlock>("_uses0"), uses);
}

/** Code of one page. */
export function codeOf(block: PaletteBlock, page: u32): u32 {
  return <u32>(block.codesAt(page >> 5) >> (page << 1)) & 3;
}

/** How many of some pages have each code, as bytes like those of usesWord. */
export function usesIn(block: PaletteBlock, first: u32, nrPages: u32): u32 {
  if (nrPages == 1) return (1 << (codeOf(block, first) << 3)) & ~255;
  return (
    usesInWord(block.codes0 & maskIn(0, first, nrPages)) +
    usesInWord(block.codes1 & maskIn(1, first, nrPages))
  );
}

/** Gives pages a code, with at most two stores. */
export function writeCodes(block: PaletteBlock, first: u32, nrPages: u32, code: u32): void {
  if (nrPages == 1) {
    const codes = block.codesAt(first >> 5) & ~((<u64>3) << (first << 1));
    block.codesSet(first >> 5, codes | ((<u64>code) << (first << 1)));
    return;
  }
  const pattern = LOW_BITS * code;
  const mask0 = maskIn(0, first, nrPages);
  const mask1 = maskIn(1, first, nrPages);
  if (mask0) block.codes0 = (block.codes0 & ~mask0) | (pattern & mask0);
  if (mask1) block.codes1 = (block.codes1 & ~mask1) | (pattern & mask1);
}

/** The slot that has this owner, else one of which `uses` says that it has none, else 0. */
function slotFor(block: PaletteBlock, memcgId: u32, uses: u32): u32 {
  if (<u32>block.ownAt(1) == memcgId) return 1;
  if (<u32>block.ownAt(2) == memcgId) return 2;
  if (<u32>block.ownAt(3) == memcgId) return 3;
  if (!(uses & 0xff00)) return 1;
  if (!(uses & 0xff0000)) return 2;
  return uses & 0xff000000 ? 0 : 3;
}

/** Owner of a page of a block that has overflowed. */
export function overflowOwner(block: PaletteBlock, page: u32): u32 {
  const ptr = overflowPtr(block);
  if (hasColumn(block)) return changetype<ColumnBlock>(ptr).ownAt(page);
  // By its byte, not by wideCode: a lookup's share of the code counts.
  const code = (<u32>load<u8>(ptr + (page >> 1)) >> ((page & 1) << 2)) & 15;
  return changetype<WideBlock>(ptr).ownAt(code);
}

/** Adds the pages of every owner of a block that has overflowed to the words at `counts`; word 0 gets what it gets. */
export function countOverflow(block: PaletteBlock, counts: usize): void {
  if (hasColumn(block)) columnCount(columnOf(block), counts);
  else wideCount(wideOf(block), counts);
}

export function newOverflow(): usize {
  return poolGet(core().nodePoolAt(0));
}

/** Lets go of an overflow block; in shared memory it is retired (T4). */
export function freeOverflow(ptr: usize): void {
  if (SHARED) {
    retire(ptr);
    return;
  }
  clearBytes(ptr, WIDE_BLOCK_BYTES);
  poolPut(core().nodePoolAt(0), ptr);
}

export function linkTo(block: PaletteBlock, ptr: usize, form: u32): void {
  block.link = (<u32>ptr - core().arenaPtr) | form;
  block.own0 = <u16>OVERFLOWED;
}

/** Takes the overflow block away from a block whose own codes say all, or that is empty. */
export function dropOverflow(block: PaletteBlock): void {
  const ptr = overflowPtr(block);
  block.own0 = 0; // Pn3
  block.link = 0; // Pn4
  block.uses0 = 0; // B4
  freeOverflow(ptr);
}

/** A wide block with the owners of a narrow one (Po1). */
export function wideFromNarrow(block: PaletteBlock): usize {
  const wide = changetype<WideBlock>(newOverflow());
  for (let page: u32 = 0; page < BLOCK_PAGES; page++) {
    const code = codeOf(block, page);
    if (code) wideEnter(wide, page, 1, code, block.ownAt(code));
  }
  return changetype<usize>(wide);
}

function narrowToWide(block: PaletteBlock): void {
  linkTo(block, wideFromNarrow(block), 0);
  block.codes0 = 0;
  block.codes1 = 0;
  setUsesWord(block, 0); // B2
}

function wideToColumn(block: PaletteBlock): void {
  const wide = wideOf(block);
  const column = changetype<ColumnBlock>(newOverflow());
  block.uses0 = <u8>columnFromWide(column, wide);
  linkTo(block, changetype<usize>(column), COLUMN);
  freeOverflow(changetype<usize>(wide));
}

/** Takes slots and codes from a wide block with few owners, and drops that. */
export function narrowFromWide(block: PaletteBlock, wide: WideBlock): void {
  let codes0: u64 = 0;
  let codes1: u64 = 0;
  let code: u32 = 0;
  for (let slot: u32 = 1; slot < WIDE_SLOTS; slot++) {
    if (!wide.usesAt(slot)) continue;
    code++;
    block.ownSet(code, wide.ownAt(slot)); // Pn1
    block.usesSet(code, wide.usesAt(slot));
    codes0 |= wideTo2Bits(wide, 0, slot, code);
    codes1 |= wideTo2Bits(wide, 32, slot, code);
  }
  while (++code < SLOTS) {
    block.ownSet(code, 0);
    block.usesSet(code, 0);
  }
  block.codes0 = codes0; // Pn2
  block.codes1 = codes1;
  dropOverflow(block);
}

/** Lets a wide block with few owners go (B3). */
function narrowAgain(block: PaletteBlock): void {
  const wide = wideOf(block);
  if (wideOwners(wide) <= NARROW_AGAIN) narrowFromWide(block, wide);
}

/** Turns a column with few owners wide, and answers whether it did; where memory for the moment between is lacking, it stays. */
function wideAgain(block: PaletteBlock): bool {
  if (!poolReserve(core().nodePoolAt(0), 1)) return false;
  const column = changetype<usize>(columnOf(block));
  const wide = newOverflow();
  if (!wideFromColumn(changetype<WideBlock>(wide), changetype<ColumnBlock>(column), WIDE_AGAIN)) {
    freeOverflow(wide);
    return false;
  }
  linkTo(block, wide, 0); // Pm2
  block.uses0 = 0;
  freeOverflow(column);
  return true;
}

export function setInColumn(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  block.uses0 += <u8>columnSet(columnOf(block), first, nrPages, memcgId);
}

/** Takes pages out of a column, which may go; answers whether it has turned wide. */
function clearInColumn(block: PaletteBlock, first: u32, nrPages: u32): bool {
  const before: u32 = block.uses0;
  const after = before - nrPages;
  columnSet(columnOf(block), first, nrPages, 0);
  block.uses0 = <u8>after;
  if (after) return (before - 1) >> COUNT_SHIFT != (after - 1) >> COUNT_SHIFT && wideAgain(block);
  dropOverflow(block);
  return false;
}

function setInWide(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  const wide = wideOf(block);
  wideLeave(wide, first, nrPages);
  const slot = wideSlotFor(wide, memcgId);
  if (slot) {
    wideEnter(wide, first, nrPages, slot, memcgId);
    narrowAgain(block);
  } else {
    wideToColumn(block);
    setInColumn(block, first, nrPages, memcgId);
  }
}

/** Takes pages behind a link out of their wide block or column; answers whether a wide block is there to be looked at. */
export function clearBehindLink(block: PaletteBlock, first: u32, nrPages: u32): bool {
  if (hasColumn(block)) return clearInColumn(block, first, nrPages);
  const wide = wideOf(block);
  wideLeave(wide, first, nrPages);
  wideEnter(wide, first, nrPages, 0, 0);
  return true;
}

/** Gives pages of one block to an owner. */
export function setInBlock(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  const whole = nrPages == BLOCK_PAGES;
  if (whole && block.own0) dropOverflow(block);
  if (block.own0) {
    if (hasColumn(block)) setInColumn(block, first, nrPages, memcgId);
    else setInWide(block, first, nrPages, memcgId);
    return;
  }
  const left = whole ? 0 : usesWord(block) - usesIn(block, first, nrPages);
  const slot = slotFor(block, memcgId, left);
  if (!slot) {
    narrowToWide(block);
    setInWide(block, first, nrPages, memcgId);
    return;
  }
  block.ownSet(slot, <u16>memcgId);
  if (whole) {
    block.codes0 = LOW_BITS * slot;
    block.codes1 = LOW_BITS * slot;
  } else {
    writeCodes(block, first, nrPages, slot);
  }
  setUsesWord(block, left + (nrPages << (slot << 3))); // B1
}

export function clearInBlock(block: PaletteBlock, first: u32, nrPages: u32): void {
  if (block.own0) {
    if (nrPages == BLOCK_PAGES) dropOverflow(block);
    else if (clearBehindLink(block, first, nrPages)) narrowAgain(block);
    return;
  }
  const left = nrPages == BLOCK_PAGES ? 0 : usesWord(block) - usesIn(block, first, nrPages);
  writeCodes(block, first, nrPages, 0);
  setUsesWord(block, left); // B1
}

/** Whether an owner that is new to the block could need an overflow block. */
export function couldOverflow(block: PaletteBlock): bool {
  if (block.own0) return !hasColumn(block);
  return block.uses1 != 0 && block.uses2 != 0 && block.uses3 != 0;
}

/** Whether a slot has an owner that a later one has too (B1). */
export function isRepeated(block: PaletteBlock, slot: u32): bool {
  const own = block.ownAt(slot);
  for (let other = slot + 1; other < SLOTS; other++) if (own && own == block.ownAt(other)) return true;
  return false;
}

/** Whether a block that has not overflowed keeps B1, B2 and B4. */
export function isSoundNarrow(block: PaletteBlock): bool {
  if (block.link || usesIn(block, 0, BLOCK_PAGES) != usesWord(block)) return false;
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    if ((block.usesAt(slot) && !block.ownAt(slot)) || isRepeated(block, slot)) return false;
  }
  return true;
}

/** Whether a block that has overflowed keeps B2 to B4: 0, or the number of a check of the palette design. */
export function overflowFault(block: PaletteBlock): u32 {
  if (!block.link || block.codes0 | block.codes1 || usesWord(block) >> 8) return 2;
  if (overflowPtr(block) >= <usize>core().arenaNext) return 2;
  if (hasColumn(block)) return !block.uses0 || columnOwned(columnOf(block)) != <u32>block.uses0 ? 4 : 0;
  if (block.uses0) return 4;
  return wideIsSound(wideOf(block)) && wideOwners(wideOf(block)) > NARROW_AGAIN ? 0 : 3;
}
