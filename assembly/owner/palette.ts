// palette: 64 pages share half a cache line: a 2-bit code for each, and a palette of three owners.
//
//   pfn ──>>6, ×32──► PaletteBlock (core/palette-block)
//   │ codes: 64 × 2 bits      │ own0 own1 own2 own3 │ uses0 … uses3 │ link │──► more than three owners
//     0         8            16                    24              28
//
// In captures of real machines owners interleave finely, so runs are short; but few of them meet in any 64 pages.
//
// INVARIANTS  those of palette-block (B1 to B4).
//             B5  The pool holds exactly the overflow blocks that links name, and those retired.
// ORDERING    In shared memory readers take no lock: the same blocks by the rules of core/palette-shared, T1 to T4.  Nor do those need it
//             who charge and uncharge single pages of a ledger without frame records: core/palette-lockless, T5 to T8.
// COST        3 loads per lookup (region base, code, owner), the last two in one half line; in batches of shared memory
//             too while nobody has the lock or has written without it, else 4, own0 before the code, two of them atomic, and more where one of eight blocks
//             has overflowed; 5 or 6 where a block has
//             overflowed.  0.5 bytes per page, 0.0122 % of memory, owned or not; 128 per block that overflows, 31 of
//             them to a slab.  An aligned run of 64 pages is three words written.
// AFTER       ours; palettes of images, and the u16 column of swap_cgroup where they end.
import {
  Design,
  PALETTE_BLOCK_BYTES,
  PALETTE_RETIRED_AT,
  PALETTE_SHARED_BYTES,
  PaletteBlock,
  SLAB_BYTES,
  WIDE_BLOCK_BYTES,
} from "../abi";
import { linger } from "../core/agent";
import { LOW_BITS } from "../core/codes";
import { gracePeriodInit, reserveObjects, retiredFault } from "../core/grace-period";
import { Lockless } from "../core/lockless";
import {
  BLOCK_PAGES,
  clearInBlock,
  couldOverflow,
  countOverflow,
  isSoundNarrow,
  OVERFLOWED,
  overflowFault,
  overflowOwner,
  setInBlock,
} from "../core/palette-block";
import { paletteCharge, paletteUncharge } from "../core/palette-lockless";
import {
  clearInSharedBlock,
  isSoundSharedNarrow,
  SharedBlocks,
  setInSharedBlock,
  sharedBlocksMost,
  sharedOverflowFault,
  sharedOverflowOwner,
} from "../core/palette-shared";
import { core } from "../core/region";
import { poolInit, poolReserve } from "../core/slab";
import { countPages } from "../core/wide-block";
import { LOOKUP_CHUNK } from "../prim/config";

const PAGE_MASK: u32 = BLOCK_PAGES - 1;

function blockOf(pfn: u32): PaletteBlock {
  return changetype<PaletteBlock>(<usize>(core().indexPtr + (pfn / BLOCK_PAGES) * PALETTE_BLOCK_BYTES));
}

/** Owner of a page whose block has said OVERFLOWED. */
function ownerBehindLink(base: usize, pfn: u32): u32 {
  return SHARED ? sharedOverflowOwner(base, pfn) : overflowOwner(blockOf(pfn), pfn & PAGE_MASK);
}

/** Asks the links of those among LOOKUP_CHUNK pages that came out as OVERFLOWED. */
function askLinks(pfns: usize, out: usize): void {
  const overflowed = v128.splat<u16>(<u16>OVERFLOWED);
  for (let at: usize = 0; at < LOOKUP_CHUNK * 2; at += 16) {
    let pages: u32 = i16x8.bitmask(i16x8.eq(v128.load(out + at), overflowed));
    for (; pages; pages &= pages - 1) {
      const to = at + ((<usize>ctz(pages)) << 1);
      const pfn = load<u32>(pfns + (to << 1));
      store<u16>(out + to, <u16>ownerBehindLink(<usize>core().indexPtr, pfn));
    }
  }
}

/** In shared memory a slot that is empty may not be free yet, so that a whole block can overflow as well. */
function prepareShared(pfn: u32, nrPages: u32): bool {
  let needed: u32 = 0;
  const last = (pfn + nrPages - 1) / BLOCK_PAGES;
  for (let number = pfn / BLOCK_PAGES; number <= last; number++) {
    needed += sharedBlocksMost(blockOf(number * BLOCK_PAGES));
  }
  return needed == 0 || reserveObjects(needed);
}

/** Owners of eight pages by the rules for readers beside a writer, or OVERFLOWED. */
function narrowOwners(base: usize, pfns: usize, out: usize): void {
  for (const end = out + 16; out < end; pfns += 4, out += 2)
    store<u16>(out, <u16>SharedBlocks.narrowOwner(base, load<u32>(pfns)));
}

export abstract class PaletteLookup {
  static readonly DESIGN: u32 = Design.PALETTE;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = true;
  static readonly CHUNKS: bool = true;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = SHARED != 0;
  static readonly SEQUENCED: bool = SHARED != 0;
  static readonly RETIRES: bool = SHARED != 0;
  static readonly RETIRED_AT: u32 = SHARED ? PALETTE_RETIRED_AT : 0;
  static readonly LOCKLESS: bool = SHARED != 0;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return ((<u64>nrFrames + PAGE_MASK) / BLOCK_PAGES) * PALETTE_BLOCK_BYTES;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), SHARED ? PALETTE_SHARED_BYTES : WIDE_BLOCK_BYTES);
    if (SHARED) gracePeriodInit();
  }

  @inline static base(): usize {
    return <usize>core().indexPtr;
  }

  /** What the block itself says, by plain loads: an owner, none, or OVERFLOWED. */
  @inline private static plainOwner(base: usize, pfn: u32): u32 {
    // A word has 16 codes, a block 4 words of them and 4 of the rest.  A shift counts modulo 32: the page needs no mask.
    const word = pfn >> 4;
    const first = word & ~3;
    const code = (load<u32>(base + ((word + first) << 2)) >> (pfn << 1)) & 3;
    if (SHARED && TORTURE) linger();
    return load<u16>(base + (first << 3) + (code << 1), offsetof<PaletteBlock>("_own0"));
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    const found = SHARED ? SharedBlocks.narrowOwner(base, pfn) : PaletteLookup.plainOwner(base, pfn);
    // A branch on the code itself would be a coin to guess.
    return found == OVERFLOWED ? ownerBehindLink(base, pfn) : found;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return PaletteLookup.ownerFrom(PaletteLookup.base(), pfn);
  }

  @inline private static own0At(base: usize, pfn: u32, isPlain: bool): u32 {
    if (SHARED && !isPlain) return SharedBlocks.own0At(base, pfn);
    return load<u16>(base + (pfn / BLOCK_PAGES) * PALETTE_BLOCK_BYTES, offsetof<PaletteBlock>("_own0"));
  }

  /** OR of the own0 of eight pages' blocks. */
  @inline private static touchEight(base: usize, pfns: usize, isPlain: bool): u32 {
    return (
      PaletteLookup.own0At(base, load<u32>(pfns, 0), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 4), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 8), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 12), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 16), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 20), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 24), isPlain) |
      PaletteLookup.own0At(base, load<u32>(pfns, 28), isPlain)
    );
  }

  /** What a page's block says: plainly, where nobody writes or the sequence will tell; else own0 has been 0 before. */
  @inline private static foundBy(isPlain: bool, base: usize, pfn: u32): u32 {
    return SHARED && !isPlain ? SharedBlocks.behindCode(base, pfn) : PaletteLookup.plainOwner(base, pfn);
  }

  /** Owners of eight pages, or OVERFLOWED. */
  @inline private static eightOwners(isPlain: bool, base: usize, pfns: usize, out: usize): void {
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 0)), 0);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 4)), 2);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 8)), 4);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 12)), 6);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 16)), 8);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 20)), 10);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 24)), 12);
    store<u16>(out, <u16>PaletteLookup.foundBy(isPlain, base, load<u32>(pfns, 28)), 14);
  }

  // Both begin with a touch of every block, a few instructions a page: so short, a dozen misses are under way at once, and
  // what they bring tells whether any block has overflowed.

  @inline static plainOwnersOfChunk(base: usize, pfns: usize, out: usize): void {
    let own0: u32 = 0;
    for (let at: usize = 0; at < LOOKUP_CHUNK * 4; at += 32)
      own0 |= PaletteLookup.touchEight(base, pfns + at, true);
    for (let at: usize = 0; at < LOOKUP_CHUNK * 2; at += 16)
      PaletteLookup.eightOwners(true, base, pfns + (at << 1), out + at);
    if (own0) askLinks(pfns, out);
  }

  @inline static ownersOfChunk(base: usize, pfns: usize, out: usize): void {
    if (!SHARED) {
      PaletteLookup.plainOwnersOfChunk(base, pfns, out);
      return;
    }
    // What the first look finds at eight pages waits where their answers will be.
    for (let at: usize = 0; at < LOOKUP_CHUNK * 2; at += 16)
      store<u16>(out + at, <u16>PaletteLookup.touchEight(base, pfns + (at << 1), false));
    for (let at: usize = 0; at < LOOKUP_CHUNK * 2; at += 16) {
      if (load<u16>(out + at)) narrowOwners(base, pfns + (at << 1), out + at);
      else PaletteLookup.eightOwners(false, base, pfns + (at << 1), out + at);
    }
    askLinks(pfns, out);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    if (SHARED) return prepareShared(pfn, nrPages);
    // A block that the range covers whole needs nothing: only the first and the last can be parts.
    if (!((pfn | nrPages) & PAGE_MASK)) return true;
    const last = pfn + nrPages - 1;
    let needed = u32(couldOverflow(blockOf(pfn)));
    if (pfn / BLOCK_PAGES != last / BLOCK_PAGES) needed += u32(couldOverflow(blockOf(last)));
    return needed == 0 || poolReserve(core().nodePoolAt(0), needed);
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      if (SHARED) setInSharedBlock(blockOf(pfn), pfn & PAGE_MASK, runEnd - pfn, memcgId);
      else setInBlock(blockOf(pfn), pfn & PAGE_MASK, runEnd - pfn, memcgId);
      pfn = runEnd;
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      if (SHARED) clearInSharedBlock(blockOf(pfn), pfn & PAGE_MASK, runEnd - pfn);
      else clearInBlock(blockOf(pfn), pfn & PAGE_MASK, runEnd - pfn);
      pfn = runEnd;
    }
  }

  @inline static chargeLockless(pfn: u32, id: u32): Lockless {
    return paletteCharge(PaletteLookup.base(), pfn, id);
  }

  @inline static unchargeLockless(pfn: u32): Lockless {
    return paletteUncharge(PaletteLookup.base(), pfn);
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  /** Links count from the arena's first byte, wherever that is. */
  static relocate(delta: u32): void {}

  /** Adds the pages of a block's owners to the words at `counts`. */
  @inline private static countBlock(at: usize, counts: usize): void {
    const owners = load<u64>(at, offsetof<PaletteBlock>("_own0"));
    if (<u32>(owners & 0xffff) == OVERFLOWED) {
      countOverflow(changetype<PaletteBlock>(at), counts);
      return;
    }
    const codes0 = load<u64>(at, 0);
    const codes1 = load<u64>(at, 8);
    // The low and the high bits of 64 codes in a word each.
    const low = (codes0 & LOW_BITS) | ((codes1 & LOW_BITS) << 1);
    const high = ((codes0 >> 1) & LOW_BITS) | (codes1 & ~LOW_BITS);
    const three = low & high;
    countPages(counts, <u32>(owners >> 16) & 0xffff, <u32>popcnt(low ^ three));
    countPages(counts, <u32>(owners >> 32) & 0xffff, <u32>popcnt(high ^ three));
    countPages(counts, <u32>(owners >> 48), <u32>popcnt(three));
  }

  static countOwners(counts: usize): void {
    // Two halves in turns: a processor fetches two streams ahead faster than one.
    const bytes = <usize>core().indexBytes;
    const half = ((bytes / PALETTE_BLOCK_BYTES + 1) / 2) * PALETTE_BLOCK_BYTES;
    const first = <usize>core().indexPtr;
    for (let at = first; at < first + half; at += PALETTE_BLOCK_BYTES) {
      PaletteLookup.countBlock(at, counts);
      if (at + half < first + bytes) PaletteLookup.countBlock(at + half, counts);
    }
  }

  /** 1 = codes, uses or slots (B1), 2 = own0 and link (B2), 3 = a wide block (B3), 4 = a column (B4), 5 = blocks lost (B5), 6 = the retired (Q1). */
  static check(): u32 {
    const c = core();
    if (SHARED && retiredFault()) return 6;
    let overflows: u32 = 0;
    for (let at: u32 = 0; at < c.indexBytes; at += PALETTE_BLOCK_BYTES) {
      const block = changetype<PaletteBlock>(<usize>(c.indexPtr + at));
      if (!block.own0) {
        if (block.uses0) return 4;
        if (!(SHARED ? isSoundSharedNarrow(block) : isSoundNarrow(block))) return 1;
        continue;
      }
      overflows++;
      const fault = SHARED ? sharedOverflowFault(block) : overflowFault(block);
      if (fault) return fault;
    }
    return overflows == c.nodePoolAt(0).nrObjects - (SHARED ? c.nrRetired : 0) ? 0 : 5;
  }
}
