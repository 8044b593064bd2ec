// section: a u16 column for each section of memory, there only while somebody owns a page of it.
//
//   pfn ──>>11──► directory: MemSection │ columnPtr │ nrOwned │          8 bytes per 2048 pages
//                                           │
//                                           ▼
//       &2047 ──► │ u16 │ u16 │ u16 │ …  2048 owners: one slab, 4 KiB │
//
// A section is 2048 pages, 8 MiB, so that its column is one slab and nothing is rounded up.  The kernel's are 128 MiB
// on x86-64, with the side table of a section that has memory allocated at boot or hotplug; Kleen asked for tables on
// demand, and so they are here: the first owner brings the column, the last one takes it away.
//
// INVARIANTS  N1  nrOwned is the number of owners in the column that are not 0.
//             N2  A section has a column exactly if nrOwned is not 0; the pool counts them.
// ORDERING    setOwners stores one u16 per page; a new column is all zero before the directory names it.
// COST        3 loads per lookup (directory base, column, owner), 2 where there is no column.  2 bytes per page in
//             sections in use, 8 bytes per section anywhere: worst case 4 KiB for one page.
// AFTER       Kleen 2006, "allocate on demand"; mem_section of SPARSEMEM, which held page_cgroup tables from 2.6.28 on.
import { Design, MEM_SECTION_BYTES, MemSection, SLAB_BYTES } from "../abi";
import { core } from "../core/region";
import { arenaReserve, poolGiveSlab, poolTakeSlab } from "../core/slab";

const SHIFT: u32 = 11;
const PAGE_MASK: u32 = 2047;

function sectionAt(number: u32): MemSection {
  return changetype<MemSection>(<usize>(core().indexPtr + number * MEM_SECTION_BYTES));
}

/** Sections that the flat part has room for, a few beyond the end of memory perhaps. */
function nrSections(): u32 {
  return core().indexBytes / MEM_SECTION_BYTES;
}

/** Owners of one column that are not 0. */
function countOwned(columnPtr: u32): u32 {
  let owned: u32 = 0;
  for (let at: u32 = 0; at < SLAB_BYTES; at += 2) {
    if (load<u16>(<usize>(columnPtr + at))) owned++;
  }
  return owned;
}

export abstract class SectionLookup {
  static readonly DESIGN: u32 = Design.SECTION;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return ((<u64>nrFrames + PAGE_MASK) >> SHIFT) * MEM_SECTION_BYTES;
  }

  static init(): void {}

  @inline static base(): usize {
    return <usize>core().indexPtr;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    const columnPtr = changetype<MemSection>(base + (pfn >> SHIFT) * MEM_SECTION_BYTES).columnPtr;
    return columnPtr ? load<u16>(<usize>(columnPtr + ((pfn & PAGE_MASK) << 1))) : 0;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return SectionLookup.ownerFrom(SectionLookup.base(), pfn);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    const last = (pfn + nrPages - 1) >> SHIFT;
    let missing: u32 = 0;
    for (let number = pfn >> SHIFT; number <= last; number++) {
      if (!sectionAt(number).columnPtr) missing++;
    }
    return arenaReserve(missing);
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const section = sectionAt(pfn >> SHIFT);
      if (!section.columnPtr) section.columnPtr = <u32>poolTakeSlab(core().nodePoolAt(0)); // N2
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      let word = <usize>(section.columnPtr + ((pfn & PAGE_MASK) << 1));
      let added: u32 = 0;
      for (; pfn < runEnd; pfn++, word += 2) {
        added += u32(load<u16>(word) == 0);
        store<u16>(word, <u16>memcgId);
      }
      section.nrOwned += added; // N1
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const section = sectionAt(pfn >> SHIFT);
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      const ptr = <usize>(section.columnPtr + ((pfn & PAGE_MASK) << 1));
      memory.fill(ptr, 0, <usize>((runEnd - pfn) << 1));
      section.nrOwned -= runEnd - pfn; // N1
      if (!section.nrOwned) {
        poolGiveSlab(core().nodePoolAt(0), section.columnPtr); // N2: all zero, as the arena wants it
        section.columnPtr = 0;
      }
      pfn = runEnd;
    }
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  static relocate(delta: u32): void {
    if (delta == 0) return;
    const sections = nrSections();
    for (let number: u32 = 0; number < sections; number++) {
      const section = sectionAt(number);
      if (section.columnPtr) section.columnPtr += delta;
    }
  }

  /** 1 = a wrong count (N1), 2 = a column that nobody needs, or one lost (N2). */
  static check(): u32 {
    const c = core();
    const sections = nrSections();
    let columns: u32 = 0;
    for (let number: u32 = 0; number < sections; number++) {
      const section = sectionAt(number);
      if (!section.columnPtr != !section.nrOwned) return 2;
      if (!section.columnPtr) continue;
      if (section.columnPtr < c.arenaPtr || section.columnPtr >= c.arenaNext) return 2;
      if (countOwned(section.columnPtr) != section.nrOwned) return 1;
      columns++;
    }
    return columns == c.nodePoolAt(0).nrObjects && columns == c.nodePoolAt(0).nrSlabs ? 0 : 2;
  }
}
