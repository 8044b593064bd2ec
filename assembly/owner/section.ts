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
// INVARIANTS  N1 and N2 of owner-columns, which does the work: this design is nothing else.
// ORDERING    setOwners stores one u16 per page; a new column is all zero before the directory names it.
// COST        3 loads per lookup (directory base, column, owner), 2 where there is no column.  2 bytes per page in
//             sections in use, 8 bytes per section anywhere: worst case 4 KiB for one page.
// AFTER       Kleen 2006, "allocate on demand"; mem_section of SPARSEMEM, which held page_cgroup tables from 2.6.28 on.
import { Design, SLAB_BYTES } from "../abi";
import {
  columnsCheck,
  columnsClear,
  columnsRelocate,
  columnsReserve,
  columnsSet,
  directoryBytes,
  OwnerColumns,
} from "../core/owner-columns";
import { core } from "../core/region";

export abstract class SectionLookup {
  static readonly DESIGN: u32 = Design.SECTION;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = false;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return directoryBytes(nrFrames);
  }

  static init(): void {}

  @inline static base(): usize {
    return <usize>core().indexPtr;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    return OwnerColumns.ownerAt(<u32>base, pfn);
  }

  @inline static ownerOf(pfn: u32): u32 {
    return SectionLookup.ownerFrom(SectionLookup.base(), pfn);
  }

  @inline static prepare(pfn: u32, nrPages: u32): bool {
    return columnsReserve(core().indexPtr, pfn, nrPages);
  }

  @inline static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    columnsSet(core().indexPtr, pfn, nrPages, memcgId);
  }

  @inline static clearOwners(pfn: u32, nrPages: u32): void {
    columnsClear(core().indexPtr, pfn, nrPages);
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  static relocate(delta: u32): void {
    columnsRelocate(core().indexPtr, core().indexBytes, delta);
  }

  /** 1 = a wrong count (N1), 2 = a column that nobody needs, or one lost (N2). */
  static check(): u32 {
    return columnsCheck(core().indexPtr, core().indexBytes);
  }
}
