// page-cgroup: a flat array of side records, one per page frame, all reserved from the start.
//
//   pfn ──×20──► PageCgroup │ flags │ memcgId │ page │ lruNext │ lruPrev │
//                             bit 0 lock, bit 1 used
//
// Linux 2.6.28 paid 40 bytes per page on 64 bits, 20 on 32, to get rid of the pointer in struct page and of the
// allocation at each charge.  The record's back pointer and list links are here for its size and for what it costs
// to write them; LRU lists run through the page frame in every design.  The kernel fills the back pointers of all
// pages at boot; here a page's first charge does, so that memory never used stays untouched.
//
// INVARIANTS  P1  USED is set exactly for a page with an owner.  memcgId and page keep their last value without it.
// RACY        The lock bit is never taken: the ledger lock is above it.  A reader beside it loads flags and owner one after
//             the other: it may take the owner that a page is just being given for the one that it had.
// COST        3 loads per lookup (array base, flags, owner).  20 bytes per page, used or not; a record may straddle
//             two cache lines.
// AFTER       lookup_page_cgroup of Linux 2.6.28; back pointer dropped in 2.6.39, the array itself in 3.19.
import { Design, PAGE_CGROUP_BYTES, PageCgroup } from "../abi";
import { core } from "../core/region";

const USED: u32 = 1 << 1;

export abstract class PageCgroupLookup {
  static readonly DESIGN: u32 = Design.PAGE_CGROUP;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = true;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;

  @inline private static recordOf(pfn: u32): PageCgroup {
    return changetype<PageCgroup>(<usize>(core().indexPtr + pfn * PAGE_CGROUP_BYTES));
  }

  @inline static sizeBytes(nrFrames: u32): u64 {
    return <u64>nrFrames * PAGE_CGROUP_BYTES;
  }

  static init(): void {}

  @inline static base(): usize {
    return <usize>core().indexPtr;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    const record = changetype<PageCgroup>(base + pfn * PAGE_CGROUP_BYTES);
    return record.flags & USED ? record.memcgId : 0;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return PageCgroupLookup.ownerFrom(PageCgroupLookup.base(), pfn);
  }

  @inline static prepare(pfn: u32, nrPages: u32): bool {
    return true;
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    for (let p = pfn; p < pfn + nrPages; p++) {
      const record = PageCgroupLookup.recordOf(p);
      record.page = p + 1;
      record.memcgId = memcgId;
      record.flags |= USED; // P1: last, as the kernel publishes it
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    for (let p = pfn; p < pfn + nrPages; p++) PageCgroupLookup.recordOf(p).flags &= ~USED;
  }

  static usedBytes(): u32 {
    return core().indexBytes;
  }

  static relocate(delta: u32): void {}

  /** 1 = a used record whose way back leads elsewhere or whose owner is none. */
  static check(): u32 {
    const nrFrames = core().nrFrames;
    for (let pfn: u32 = 0; pfn < nrFrames; pfn++) {
      const record = PageCgroupLookup.recordOf(pfn);
      if (record.flags & USED && (record.page != pfn + 1 || record.memcgId == 0)) return 1; // P1
    }
    return 0;
  }
}
