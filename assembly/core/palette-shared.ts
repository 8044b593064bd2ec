// palette-shared: the palette's blocks in shared memory, where readers take no lock.
//
//   narrow ──no slot that is the owner's, or safe──► wide ──no slot left──► fresh wide, or column
//     ▲ ▲                                            │  ▲                        │
//     │ └──2 owners at most, and every slot safe─────┘  └──11 owners at most─────┤
//     └──nobody left: slots and stamps stay as they were─────────────────────────┘
//
// A slot that falls empty keeps its owner, and its uses byte becomes a stamp, 0x80 | epoch mod 128: a reader may have
// read the slot's code and not yet its owner.  The model in test/interleave/models/palette.ts is this writer and the
// reader below, step by step, with the same letters; docs/threads.md has the argument.
//
// INVARIANTS  T1  A slot gets another owner only if its stamp is neither gpEpoch nor the epoch before, both taken modulo 128
//                 after the step back: gpEpoch has then gone on twice since, and every reader online announced in between.
//             T2  A slot of a wide block gets an owner once.  Out of slots, the block is copied and link names the copy.
//             T3  A block turns narrow only if all its slots are safe: nobody holds a code from before it overflowed.
//             T4  What link has named is retired, not freed.
// ORDERING    reader  Pr0 own0 ─0─► Pr1 code ─not 0─► Pr2 own[code] · ─0─► Pr3 own0 ─0─► none
//                     Pr0 or Pr3 set ─► Pr4 link ─0─► Pr0, else Pr6 Pr7 or Pr8 behind it
//                     A block that was narrow at Pr0 and is narrow at Pr3 has not been wide at Pr1, unless it was empty in between
//                     (T3: this reader has not announced since): so none is right.
//             writer  Pw1 own[slot], Pw2 codes · Po1 wide block, Po2 link, Po3 own0, Po4 codes, stamps · Pw3 own, Pw4 codes,
//                     Pw5 column · Pm1 copy, Pm2 link · Pn1 slots, Pn2 codes, Pn3 own0 = 0, Pn4 link = 0
//             Each of these is one atomic access (letter A), so that all agents see them in one order; but what Pr2 and Pr3
//             read is read behind the atomic load of the code, and Pw1 and Po3 come before the store that it has read from,
//             which orders them.  A page's owner changes by one store, and no page that keeps an owner is without one.
// RACY        A stamp comes round after 128 epochs: the slot is then passed over for two epochs, which is safe.
// COST        Where an owner finds no slot, gpEpoch is asked to go on, up to twice: with no reader online every empty slot
//             is safe then.  An idle block with few owners stays wide until something in it changes.
// AFTER       ours.
import { ColumnBlock, PALETTE_SHARED_BYTES, PaletteBlock, WideBlock } from "../abi";
import { Mutation } from "../prim/torture";
import { linger, lingerLong } from "./agent";
import { advanceEpoch, epochBefore } from "./grace-period";
import {
  BLOCK_PAGES,
  COLUMN,
  clearBehindLink,
  columnOf,
  dropOverflow,
  freeOverflow,
  hasColumn,
  isRepeated,
  linkTo,
  NARROW_AGAIN,
  narrowFromWide,
  newOverflow,
  OVERFLOWED,
  overflowPtr,
  SLOTS,
  setInColumn,
  usesIn,
  WIDE_AGAIN,
  wideFromNarrow,
  wideOf,
  writeCodes,
} from "./palette-block";
import { core } from "./region";
import {
  columnFromWide,
  columnOwned,
  wideCode,
  wideEnter,
  wideIsSound,
  wideLeave,
  wideOwners,
  wideSlotFor,
} from "./wide-block";

/** Bit of a uses byte that makes it a stamp: counts end at 64. */
export const STAMPED: u32 = 0x80;
export const STAMP_MASK: u32 = 0x7f;

// Readers

/** Where a step is wrong on purpose, long enough for the block to be narrow again, or for the slot to have another owner. */
function beLate(code: u32): void {
  if (MUTATE == Mutation.NO_FIRST_LOOK && code) return;
  if (
    MUTATE == Mutation.NO_FIRST_LOOK ||
    MUTATE == Mutation.SLOT_REFILLED ||
    MUTATE == Mutation.EMPTY_REFILLED ||
    MUTATE == Mutation.NARROWED_AT_ONCE
  ) {
    lingerLong();
  }
}

export abstract class SharedBlocks {
  @inline private static at(base: usize, pfn: u32): usize {
    return base + ((pfn >> 6) << 5);
  }

  /** own0 of a page's block (Pr0): 0, or OVERFLOWED. */
  @inline static own0At(base: usize, pfn: u32): u32 {
    if (MUTATE == Mutation.NO_FIRST_LOOK) return 0;
    return atomic.load<u16>(SharedBlocks.at(base, pfn), offsetof<PaletteBlock>("_own0"));
  }

  /** What a block that was narrow at Pr0 says: an owner, none, or OVERFLOWED. */
  @inline static behindCode(base: usize, pfn: u32): u32 {
    if (TORTURE) linger();
    const block = SharedBlocks.at(base, pfn);
    // A block has 2 words of 32 codes each.  A shift counts modulo 64: the page needs no mask.
    const code = <u32>(atomic.load<u64>(block + ((pfn >> 2) & 8)) >> ((<u64>pfn) << 1)) & 3; // Pr1
    if (TORTURE) linger();
    if (MUTATE) beLate(code);
    // Pr2, Pr3: a plain load will do, for whoever stored this code had stored its owner before, and own0 before a code
    // that it took away.
    return load<u16>(block + (code << 1), offsetof<PaletteBlock>("_own0"));
  }

  /** What the block itself says: an owner, none, or OVERFLOWED. */
  @inline static narrowOwner(base: usize, pfn: u32): u32 {
    // Set at the first look, it is OVERFLOWED whatever stands behind the code.
    return SharedBlocks.own0At(base, pfn) | SharedBlocks.behindCode(base, pfn);
  }
}

/** Goes on from a block that has said OVERFLOWED. */
export function sharedOverflowOwner(base: usize, pfn: u32): u32 {
  const block = changetype<PaletteBlock>(base + <usize>((pfn / BLOCK_PAGES) << 5));
  let found: u32 = OVERFLOWED;
  while (found == OVERFLOWED) {
    const link = block.link; // Pr4
    if (TORTURE) linger();
    if (link) return behindLink(link, pfn & (BLOCK_PAGES - 1));
    found = SharedBlocks.narrowOwner(base, pfn);
  }
  return found;
}

function behindLink(link: u32, page: u32): u32 {
  const ptr = <usize>(core().arenaPtr + (link & ~COLUMN));
  if (link & COLUMN) return changetype<ColumnBlock>(ptr).ownAt(page); // Pr8
  const wide = changetype<WideBlock>(ptr);
  const code = wideCode(wide, page); // Pr6
  if (TORTURE) linger();
  if (MUTATE == Mutation.WIDE_SLOT_REFILLED) lingerLong(); // late enough for the slot to have another
  return wide.ownAt(code); // Pr7; slot 0 has none
}

// Slots

function stampNow(): u32 {
  return STAMPED | (core().gpEpoch & STAMP_MASK);
}

/** Whether a slot may get another owner, by its uses byte and the owner that it has (T1). */
export function isSafe(uses: u32, own: u32): bool {
  // Never used since the block was narrow again, or emptied without the lock (T6).
  if (!uses) return !own;
  if (!(uses & STAMPED)) return false;
  if (MUTATE == Mutation.SLOT_REFILLED || MUTATE == Mutation.EMPTY_REFILLED) return true;
  const now = core().gpEpoch;
  const stamp = uses & STAMP_MASK;
  return stamp != (now & STAMP_MASK) && stamp != (epochBefore(now) & STAMP_MASK);
}

function allSafe(block: PaletteBlock): bool {
  if (MUTATE == Mutation.NARROWED_AT_ONCE) return true;
  for (let slot: u32 = 1; slot < SLOTS; slot++)
    if (!isSafe(block.usesAt(slot), block.ownAt(slot))) return false;
  return true;
}

/** The slot that has this owner, be it empty or not, else one that is safe, else 0. */
function slotNow(block: PaletteBlock, memcgId: u32): u32 {
  for (let slot: u32 = 1; slot < SLOTS; slot++) if (<u32>block.ownAt(slot) == memcgId) return slot;
  for (let slot: u32 = 1; slot < SLOTS; slot++)
    if (isSafe(block.usesAt(slot), block.ownAt(slot))) return slot;
  return 0;
}

/** Slots that fell empty while others wrote to the block, and have no stamp: they get one now (T6). */
function stampEmptied(block: PaletteBlock): void {
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    if (!block.usesAt(slot) && block.ownAt(slot)) block.usesSet(slot, <u8>stampNow());
  }
}

/** Likewise; gpEpoch goes on if that helps.  No store of the present change has been made in this block. */
function slotFor(block: PaletteBlock, memcgId: u32): u32 {
  stampEmptied(block);
  let slot = slotNow(block, memcgId);
  for (let turn = 0; turn < 2 && !slot && advanceEpoch(); turn++) slot = slotNow(block, memcgId);
  return slot;
}

/** Counts pages out of their slots, `left` as usesIn has it, and `entered` pages into one; slots that fall empty are stamped. */
function countUses(block: PaletteBlock, left: u32, slot: u32, entered: u32): void {
  for (let each: u32 = 1; each < SLOTS; each++) {
    const gone = (left >> (each << 3)) & 255;
    const come = each == slot ? entered : 0;
    if (!(gone | come)) continue;
    const before: u32 = block.usesAt(each);
    const after = (before & STAMPED ? 0 : before) - gone + come;
    block.usesSet(each, <u8>(after ? after : stampNow()));
  }
}

// Changes of form

/** Po1 to Po4. */
function overflow(block: PaletteBlock): void {
  const wide = wideFromNarrow(block);
  if (MUTATE == Mutation.OWN0_LATE) {
    block.codes0 = 0;
    block.codes1 = 0;
    lingerLong();
  }
  linkTo(block, wide, 0);
  block.codes0 = 0;
  block.codes1 = 0;
  const stamp = <u8>stampNow();
  for (let slot: u32 = 1; slot < SLOTS; slot++) block.usesSet(slot, stamp);
}

/** Pm1, Pm2: a wide block out of slots becomes a fresh one if few of them are used, else a column. */
function remake(block: PaletteBlock): void {
  const old = wideOf(block);
  const ptr = newOverflow();
  if (wideOwners(old) <= WIDE_AGAIN) {
    const fresh = changetype<WideBlock>(ptr);
    for (let page: u32 = 0; page < BLOCK_PAGES; page++) {
      const code = wideCode(old, page);
      if (!code) continue;
      const memcgId: u32 = old.ownAt(code);
      wideEnter(fresh, page, 1, wideSlotFor(fresh, memcgId), memcgId);
    }
    linkTo(block, ptr, 0);
  } else {
    block.uses0 = <u8>columnFromWide(changetype<ColumnBlock>(ptr), old);
    linkTo(block, ptr, COLUMN);
  }
  freeOverflow(changetype<usize>(old)); // T4
}

/** Lets a wide block with few owners go, if nobody can hold a code from before (T3); else the next change tries again. */
function narrowAgain(block: PaletteBlock): void {
  const wide = wideOf(block);
  const owners = wideOwners(wide);
  if (owners > NARROW_AGAIN) return;
  if (!owners) {
    dropOverflow(block);
    return;
  }
  for (let turn = 0; turn < 2 && !allSafe(block); turn++) if (!advanceEpoch()) break;
  if (allSafe(block)) narrowFromWide(block, wide);
}

// Changes of owners

function setBehind(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  if (!hasColumn(block) && !wideSlotFor(wideOf(block), memcgId)) remake(block);
  if (hasColumn(block)) {
    setInColumn(block, first, nrPages, memcgId); // Pw5
    return;
  }
  const wide = wideOf(block);
  wideLeave(wide, first, nrPages);
  wideEnter(wide, first, nrPages, wideSlotFor(wide, memcgId), memcgId); // Pw3, Pw4
  narrowAgain(block);
}

/** Gives pages of one block to an owner. */
export function setInSharedBlock(block: PaletteBlock, first: u32, nrPages: u32, memcgId: u32): void {
  const slot: u32 = block.own0 ? 0 : slotFor(block, memcgId);
  if (!slot) {
    if (!block.own0) overflow(block);
    setBehind(block, first, nrPages, memcgId);
    return;
  }
  const left = usesIn(block, first, nrPages);
  if (<u32>block.ownAt(slot) != memcgId) block.ownSet(slot, <u16>memcgId); // Pw1
  writeCodes(block, first, nrPages, slot); // Pw2
  countUses(block, left, slot, nrPages);
}

export function clearInSharedBlock(block: PaletteBlock, first: u32, nrPages: u32): void {
  if (block.own0) {
    if (clearBehindLink(block, first, nrPages)) narrowAgain(block);
    return;
  }
  const left = usesIn(block, first, nrPages);
  writeCodes(block, first, nrPages, 0);
  countUses(block, left, 0, 0);
}

/** Overflow blocks that a change of some pages could take, whatever is cleared among them first and however gpEpoch goes on. */
export function sharedBlocksMost(block: PaletteBlock): u32 {
  if (block.own0) return 2;
  for (let slot: u32 = 1; slot < SLOTS; slot++) if (!block.usesAt(slot) && !block.ownAt(slot)) return 0;
  return 1;
}

// Checks

/** Whether a narrow block keeps B1, B2 and B4, empty slots being stamped. */
export function isSoundSharedNarrow(block: PaletteBlock): bool {
  if (block.link || block.uses0) return false;
  const uses = usesIn(block, 0, BLOCK_PAGES);
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    const found: u32 = block.usesAt(slot);
    const pages = (uses >> (slot << 3)) & 255;
    if (pages ? found != pages || !block.ownAt(slot) : found && !(found & STAMPED)) return false;
    if (isRepeated(block, slot)) return false;
  }
  return true;
}

/** As overflowFault: 0, or the number of a check of the palette design. */
export function sharedOverflowFault(block: PaletteBlock): u32 {
  if (!block.link || block.codes0 | block.codes1) return 2;
  for (let slot: u32 = 1; slot < SLOTS; slot++) if (!(block.usesAt(slot) & STAMPED)) return 2;
  if (overflowPtr(block) + PALETTE_SHARED_BYTES > <usize>core().arenaNext) return 2;
  if (hasColumn(block)) return !block.uses0 || columnOwned(columnOf(block)) != <u32>block.uses0 ? 4 : 0;
  if (block.uses0) return 4;
  return wideIsSound(wideOf(block)) && wideOwners(wideOf(block)) ? 0 : 3;
}
