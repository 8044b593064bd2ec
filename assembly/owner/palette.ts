// palette: 64 pages share half a cache line: a 2-bit code for each, and a palette of three owners.
//
//   pfn ──>>6, ×32──► PaletteBlock
//   │ codes: 64 × 2 bits      │ own0 own1 own2 own3 │ uses0 … uses3 │ link │
//     0         8            16                    24              28
//         code 0: nobody, or ask the link        │ a fourth owner
//              1 … 3: own1 … own3                ▼
//                     WideBlock, 128 bytes       │ codes: 64 × 4 bits │ own, 16 × u16 │ uses, 16 × u8 │
//                                                │ a sixteenth
//                                                ▼
//                     ColumnBlock, 128 bytes     │ 64 × u16 │
//
// In captures of real machines owners interleave finely, so runs are short; but few of them meet in any 64 pages.  A
// wide block goes when two owners are left, a column turns wide when 11 are: neither flutters at its border.  A column
// is counted only when its owned pages fall below a multiple of 8, and goes at once with the last of them.
//
// INVARIANTS  B1  uses1 … uses3 are the numbers of pages with codes 1 … 3.  A slot with uses has an owner, a slot
//                 without keeps its last; no two slots have the same one.
//             B2  own0 is 1 exactly while link names an overflow block; then all codes and uses1 … uses3 are 0.
//             B3  A wide block is sound (W1, W2) and has 3 owners at least.
//             B4  uses0 is the number of owned pages behind a column, 1 at least, and 0 without a column.
//             B5  The pool holds exactly the overflow blocks that links name.
// ORDERING    One agent today; the stores are in the order that readers beside it will need.  A page's code changes by
//             one store of its word; a slot's owner is there before the first code that names it.  To overflow: the
//             block behind the link complete, link, own0, then the codes: whoever finds code 0 and own0 set asks the
//             link, whoever still has an old code finds its owner in the slot.  Back the other way: slots, codes,
//             own0, link.  Lock-free readers will need besides: slots refilled, blocks freed, after a grace period only.
// RACY        uses guide the choice of slots and are never read by lookups.
// COST        3 loads per lookup (region base, code, owner), the last two in one half line; 5 or 6 where a block has
//             overflowed.  0.5 bytes per page, 0.0122 % of memory, owned or not; 128 per block that overflows, 31 of
//             them to a slab.  An aligned run of 64 pages is three words written.
// AFTER       ours; palettes of images, and the u16 column of swap_cgroup where they end.
import {
  ColumnBlock,
  Design,
  PALETTE_BLOCK_BYTES,
  PaletteBlock,
  SLAB_BYTES,
  WIDE_BLOCK_BYTES,
  WideBlock,
} from "../abi";
import { core } from "../core/region";
import { poolGet, poolInit, poolPut, poolReserve } from "../core/slab";
import {
  columnFromWide,
  columnOwned,
  columnSet,
  wideEnter,
  wideFromColumn,
  wideIsSound,
  wideLeave,
  wideOwners,
  wideSlotFor,
  wideTo2Bits,
} from "../core/wide-block";

const PAGES: u32 = 64;
const PAGE_MASK: u32 = 63;

/** Low bit of every code in a word. */
const LOW_BITS: u64 = 0x5555555555555555;

/** Bit of `link` that tells a column from a wide block. */
const COLUMN: u32 = 1;

/** own0 of a block whose owners are behind the link. */
const OVERFLOWED: u32 = 1;

const WIDE_SLOTS: u32 = 16;

/** With so many owners left a wide block goes, a column turns wide. */
const NARROW_AGAIN: u32 = 2;
const WIDE_AGAIN: u32 = 11;

/** Owned pages of a column between two counts of its owners. */
const COUNT_SHIFT: u32 = 3;

function blockOf(pfn: u32): PaletteBlock {
  return changetype<PaletteBlock>(<usize>(core().indexPtr + (pfn / PAGES) * PALETTE_BLOCK_BYTES));
}

function overflowPtr(block: PaletteBlock): usize {
  return <usize>(core().arenaPtr + (block.link & ~COLUMN));
}

function hasColumn(block: PaletteBlock): bool {
  return (block.link & COLUMN) != 0;
}

function wideOf(block: PaletteBlock): WideBlock {
  return changetype<WideBlock>(overflowPtr(block));
}

function columnOf(block: PaletteBlock): ColumnBlock {
  return changetype<ColumnBlock>(overflowPtr(block));
}

/** uses0 … uses3 as the bytes of one word, so that four counts are added at once. */
function usesWord(block: PaletteBlock): u32 {
  return load<u32>(changetype<usize>(block), offsetof<PaletteBlock>("uses0"));
}

function setUsesWord(block: PaletteBlock, uses: u32): void {
  store<u32>(changetype<usize>(block), uses, offsetof<PaletteBlock>("uses0"));
}

/** Bits of the codes of pages [first, first + nrPages) of a block that lie in word 0 or 1. */
function maskIn(word: u32, first: u32, nrPages: u32): u64 {
  const from = max(first, word << 5);
  const end = min(first + nrPages, (word + 1) << 5);
  return from < end ? (~(<u64>0) >> ((32 - (end - from)) << 1)) << ((from & 31) << 1) : 0;
}

/** How many codes of a word are 1, 2, 3: bytes 1, 2, 3. */
function usesInWord(codes: u64): u32 {
  const low = codes & LOW_BITS;
  const high = (codes >> 1) & LOW_BITS;
  const three = low & high;
  return (
    ((<u32>popcnt(low ^ three)) << 8) | ((<u32>popcnt(high ^ three)) << 16) | ((<u32>popcnt(three)) << 24)
  );
}

function usesIn(block: PaletteBlock, first: u32, nrPages: u32): u32 {
  return (
    usesInWord(block.codes0 & maskIn(0, first, nrPages)) +
    usesInWord(block.codes1 & maskIn(1, first, nrPages))
  );
}

/** Gives pages a code, with at most two stores. */
function writeCodes(block: PaletteBlock, first: u32, nrPages: u32, code: u32): void {
  const pattern = LOW_BITS * code;
  const mask0 = maskIn(0, first, nrPages);
  const mask1 = maskIn(1, first, nrPages);
  if (mask0) block.codes0 = (block.codes0 & ~mask0) | (pattern & mask0);
  if (mask1) block.codes1 = (block.codes1 & ~mask1) | (pattern & mask1);
}

/** The slot that has this owner, else one of which `uses` says that it has none, else 0. */
function slotFor(block: PaletteBlock, memcgId: u32, uses: u32): u32 {
  for (let slot: u32 = 1; slot < 4; slot++) if (<u32>block.ownAt(slot) == memcgId) return slot;
  for (let slot: u32 = 1; slot < 4; slot++) if (((uses >> (slot << 3)) & 255) == 0) return slot;
  return 0;
}

function newOverflow(): usize {
  return poolGet(core().nodePoolAt(0));
}

function freeOverflow(ptr: usize): void {
  memory.fill(ptr, 0, WIDE_BLOCK_BYTES);
  poolPut(core().nodePoolAt(0), ptr);
}

function linkTo(block: PaletteBlock, ptr: usize, form: u32): void {
  block.link = (<u32>ptr - core().arenaPtr) | form;
  block.own0 = <u16>OVERFLOWED;
}

/** Takes the overflow block away from a block whose own codes say all, or that is empty. */
function dropOverflow(block: PaletteBlock): void {
  const ptr = overflowPtr(block);
  block.own0 = 0;
  block.link = 0;
  block.uses0 = 0; // B4
  freeOverflow(ptr);
}

function narrowToWide(block: PaletteBlock): void {
  const wide = changetype<WideBlock>(newOverflow());
  for (let page: u32 = 0; page < PAGES; page++) {
    const code = <u32>(block.codesAt(page >> 5) >> ((page & 31) << 1)) & 3;
    if (code) wideEnter(wide, page, 1, code, block.ownAt(code));
  }
  linkTo(block, changetype<usize>(wide), 0);
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

/** Lets a wide block with few owners go (B3). */
function narrowAgain(block: PaletteBlock): void {
  const wide = wideOf(block);
  if (wideOwners(wide) > NARROW_AGAIN) return;
  let codes0: u64 = 0;
  let codes1: u64 = 0;
  let code: u32 = 0;
  for (let slot: u32 = 1; slot < 4; slot++) block.ownSet(slot, 0);
  for (let slot: u32 = 1; slot < WIDE_SLOTS; slot++) {
    if (!wide.usesAt(slot)) continue;
    code++;
    block.ownSet(code, wide.ownAt(slot));
    block.usesSet(code, wide.usesAt(slot));
    codes0 |= wideTo2Bits(wide, 0, slot, code);
    codes1 |= wideTo2Bits(wide, 32, slot, code);
  }
  block.codes0 = codes0;
  block.codes1 = codes1;
  dropOverflow(block);
}

/** Turns a column with few owners wide, or narrow; where memory for the moment between is lacking, it stays. */
function wideAgain(block: PaletteBlock): void {
  if (!poolReserve(core().nodePoolAt(0), 1)) return;
  const column = columnOf(block);
  const wide = changetype<WideBlock>(newOverflow());
  if (!wideFromColumn(wide, column, WIDE_AGAIN)) {
    freeOverflow(changetype<usize>(wide));
    return;
  }
  linkTo(block, changetype<usize>(wide), 0);
  block.uses0 = 0;
  freeOverflow(changetype<usize>(column));
  narrowAgain(block);
}

function setInColumn(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  block.uses0 += <u8>columnSet(columnOf(block), first, nrPages, memcgId);
}

function clearInColumn(block: PaletteBlock, first: u32, nrPages: u32): void {
  const before: u32 = block.uses0;
  const after = before - nrPages;
  columnSet(columnOf(block), first, nrPages, 0);
  block.uses0 = <u8>after;
  if (!after) dropOverflow(block);
  else if ((before - 1) >> COUNT_SHIFT != (after - 1) >> COUNT_SHIFT) wideAgain(block);
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

function clearInWide(block: PaletteBlock, first: u32, nrPages: u32): void {
  const wide = wideOf(block);
  wideLeave(wide, first, nrPages);
  wideEnter(wide, first, nrPages, 0, 0);
  narrowAgain(block);
}

/** Gives pages of one block to an owner. */
function setInBlock(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  const whole = nrPages == PAGES;
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

function clearInBlock(block: PaletteBlock, first: u32, nrPages: u32): void {
  if (block.own0) {
    if (nrPages == PAGES) dropOverflow(block);
    else if (hasColumn(block)) clearInColumn(block, first, nrPages);
    else clearInWide(block, first, nrPages);
    return;
  }
  const left = nrPages == PAGES ? 0 : usesWord(block) - usesIn(block, first, nrPages);
  writeCodes(block, first, nrPages, 0);
  setUsesWord(block, left); // B1
}

/** Whether an owner that is new to the block could need an overflow block. */
function couldOverflow(block: PaletteBlock): bool {
  if (block.own0) return !hasColumn(block);
  return block.uses1 != 0 && block.uses2 != 0 && block.uses3 != 0;
}

/** Whether a block that has not overflowed keeps B1, B2 and B4. */
function isSoundNarrow(block: PaletteBlock): bool {
  if (block.link || usesIn(block, 0, PAGES) != usesWord(block)) return false;
  for (let slot: u32 = 1; slot < 4; slot++) {
    const own = block.ownAt(slot);
    if (own == 0 && block.usesAt(slot)) return false;
    for (let other = slot + 1; other < 4; other++) if (own && own == block.ownAt(other)) return false;
  }
  return true;
}

export abstract class PaletteLookup {
  static readonly DESIGN: u32 = Design.PALETTE;
  static readonly OVERLAYS: bool = false;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return ((<u64>nrFrames + PAGE_MASK) / PAGES) * PALETTE_BLOCK_BYTES;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), WIDE_BLOCK_BYTES);
  }

  @inline static ownerOf(pfn: u32): u32 {
    const c = core();
    const block = <usize>(c.indexPtr + (pfn / PAGES) * PALETTE_BLOCK_BYTES);
    const page = pfn & PAGE_MASK;
    const code = (<u32>load<u8>(block + (page >> 2)) >> ((page & 3) << 1)) & 3;
    const found: u32 = load<u16>(block + (code << 1), offsetof<PaletteBlock>("own0"));
    // Overflowed: code 0 and own0 1, in one comparison, for a branch on the code alone would be a coin to guess.
    if ((found | (code << 16)) != OVERFLOWED) return found;
    const link = load<u32>(block, offsetof<PaletteBlock>("link"));
    const ptr = <usize>(c.arenaPtr + (link & ~COLUMN));
    if (link & COLUMN) return changetype<ColumnBlock>(ptr).ownAt(page);
    const wideCode = (<u32>load<u8>(ptr + (page >> 1)) >> ((page & 1) << 2)) & 15;
    return changetype<WideBlock>(ptr).ownAt(wideCode);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    // A block that the range covers whole needs nothing: only the first and the last can be parts.
    if (!((pfn | nrPages) & PAGE_MASK)) return true;
    const last = pfn + nrPages - 1;
    let needed = u32(couldOverflow(blockOf(pfn)));
    if (pfn / PAGES != last / PAGES) needed += u32(couldOverflow(blockOf(last)));
    return needed == 0 || poolReserve(core().nodePoolAt(0), needed);
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      setInBlock(blockOf(pfn), pfn & PAGE_MASK, runEnd - pfn, memcgId);
      pfn = runEnd;
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      clearInBlock(blockOf(pfn), pfn & PAGE_MASK, runEnd - pfn);
      pfn = runEnd;
    }
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  /** Links count from the arena's first byte, wherever that is. */
  static relocate(delta: u32): void {}

  /** 1 = codes, uses or slots (B1), 2 = own0 and link (B2), 3 = a wide block (B3), 4 = a column (B4), 5 = blocks lost (B5). */
  static check(): u32 {
    const c = core();
    let overflows: u32 = 0;
    for (let at: u32 = 0; at < c.indexBytes; at += PALETTE_BLOCK_BYTES) {
      const block = changetype<PaletteBlock>(<usize>(c.indexPtr + at));
      if (!block.own0) {
        if (block.uses0) return 4;
        if (!isSoundNarrow(block)) return 1;
        continue;
      }
      overflows++;
      if (!block.link || block.codes0 | block.codes1 || usesWord(block) >> 8) return 2;
      if (overflowPtr(block) >= <usize>c.arenaNext) return 2;
      if (hasColumn(block)) {
        if (!block.uses0 || columnOwned(columnOf(block)) != <u32>block.uses0) return 4;
      } else {
        if (block.uses0) return 4;
        if (!wideIsSound(wideOf(block)) || wideOwners(wideOf(block)) <= NARROW_AGAIN) return 3;
      }
    }
    return overflows == c.nodePoolAt(0).nrObjects ? 0 : 5;
  }
}
