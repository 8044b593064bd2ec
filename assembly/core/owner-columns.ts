// owner-columns: a u16 column of owners for each 2048 pages, there only while one of them has an owner in it.
//
//   pfn ──>>11──► directory: MemSection │ columnPtr │ nrOwned │          8 bytes per 2048 pages
//                                           │
//                                           ▼
//       &2047 ──► │ u16 │ u16 │ u16 │ …  2048 owners: one slab, 4 KiB │
//
// INVARIANTS  N1  nrOwned is the number of owners in the column that are not 0.
//             N2  A section has a column exactly if nrOwned is not 0; the pool counts them.
// CONTEXT     `directory` is the address of the design's MemSections; its pool holds columns and nothing else.
// ORDERING    columnsSet stores one u16 per page; a new column is all zero before the directory names it.
// COST        A lookup loads the column's address and the owner, only the first where there is no column.
import { MEM_SECTION_BYTES, MemSection, SLAB_BYTES } from "../abi";
import { clearBytes, put } from "../prim/journal";
import { core } from "./region";
import { arenaReserve, poolGiveSlab, poolTakeSlab } from "./slab";

const SHIFT: u32 = 11;
const PAGE_MASK: u32 = 2047;

function sectionAt(directory: u32, number: u32): MemSection {
  return changetype<MemSection>(<usize>(directory + number * MEM_SECTION_BYTES));
}

/** Owners of one column that are not 0. */
function countOwned(columnPtr: u32): u32 {
  let owned: u32 = 0;
  for (let at: u32 = 0; at < SLAB_BYTES; at += 2) {
    if (load<u16>(<usize>(columnPtr + at))) owned++;
  }
  return owned;
}

/** Bytes of a directory for so many frames. */
export function directoryBytes(nrFrames: u32): u64 {
  return ((<u64>nrFrames + PAGE_MASK) >> SHIFT) * MEM_SECTION_BYTES;
}

export abstract class OwnerColumns {
  /** Owner of a page, 0 = none. */
  @inline static ownerAt(directory: u32, pfn: u32): u32 {
    const columnPtr = sectionAt(directory, pfn >> SHIFT).columnPtr;
    return columnPtr ? load<u16>(<usize>(columnPtr + ((pfn & PAGE_MASK) << 1))) : 0;
  }
}

/** Makes sure that columnsSet on this range has its columns; false changes nothing. */
export function columnsReserve(directory: u32, pfn: u32, nrPages: u32): bool {
  const last = (pfn + nrPages - 1) >> SHIFT;
  let missing: u32 = 0;
  for (let number = pfn >> SHIFT; number <= last; number++) {
    if (!sectionAt(directory, number).columnPtr) missing++;
  }
  return arenaReserve(missing);
}

/** Gives the pages to `memcgId`, whether they had an owner or not. */
export function columnsSet(directory: u32, pfn: u32, nrPages: u32, memcgId: u32): void {
  const end = pfn + nrPages;
  while (pfn < end) {
    const section = sectionAt(directory, pfn >> SHIFT);
    if (!section.columnPtr) section.columnPtr = <u32>poolTakeSlab(core().nodePoolAt(0)); // N2
    const runEnd = min(end, (pfn | PAGE_MASK) + 1);
    let word = <usize>(section.columnPtr + ((pfn & PAGE_MASK) << 1));
    let added: u32 = 0;
    for (; pfn < runEnd; pfn++, word += 2) {
      added += u32(load<u16>(word) == 0);
      put<u16>(word, <u16>memcgId);
    }
    section.nrOwned += added; // N1
  }
}

/** Takes the owner of pages that all have one. */
export function columnsClear(directory: u32, pfn: u32, nrPages: u32): void {
  const end = pfn + nrPages;
  while (pfn < end) {
    const section = sectionAt(directory, pfn >> SHIFT);
    const runEnd = min(end, (pfn | PAGE_MASK) + 1);
    const ptr = <usize>(section.columnPtr + ((pfn & PAGE_MASK) << 1));
    clearBytes(ptr, <usize>((runEnd - pfn) << 1));
    section.nrOwned -= runEnd - pfn; // N1
    if (!section.nrOwned) {
      poolGiveSlab(core().nodePoolAt(0), section.columnPtr); // N2: all zero, as the arena wants it
      section.columnPtr = 0;
    }
    pfn = runEnd;
  }
}

/** The arena has moved up by `delta` bytes. */
export function columnsRelocate(directory: u32, bytes: u32, delta: u32): void {
  if (delta == 0) return;
  for (let number: u32 = 0; number < bytes / MEM_SECTION_BYTES; number++) {
    const section = sectionAt(directory, number);
    if (section.columnPtr) section.columnPtr += delta;
  }
}

/** 1 = a wrong count (N1), 2 = a column that nobody needs, or one lost (N2). */
export function columnsCheck(directory: u32, bytes: u32): u32 {
  const c = core();
  let columns: u32 = 0;
  for (let number: u32 = 0; number < bytes / MEM_SECTION_BYTES; number++) {
    const section = sectionAt(directory, number);
    if (!section.columnPtr != !section.nrOwned) return 2;
    if (!section.columnPtr) continue;
    if (section.columnPtr < c.arenaPtr || section.columnPtr >= c.arenaNext) return 2;
    if (countOwned(section.columnPtr) != section.nrOwned) return 1;
    columns++;
  }
  return columns == c.nodePoolAt(0).nrObjects && columns == c.nodePoolAt(0).nrSlabs ? 0 : 2;
}
