// in-page: the owner id lives in the page frame itself.
//
//   pfn ──×16──► PageFrame { … memcgId:u16 @12 … }
//
// On a descriptor of another kernel it lies in the word of that kernel's pointer, 32 bits of it: pfn ──×64──► … @56.
// Where the kernel had no such word this design does not compile.
//
// INVARIANTS  O1  memcgId is 0 exactly in pages without an owner.
// ORDERING    setOwners stores one u16 per page: whoever reads beside it sees the old owner or the new one.
// COST        2 loads per lookup (region base, owner).  2 bytes per page (8 in place of a pointer), paid whether the page is used or not,
//             on a line that charge and LRU touch anyway: no cache line more.
// AFTER       the pointer in struct page of Seth's containers (2006); Linux 3.19 brought it back.
import { Design, FRAME_OWNER_BYTES, PAGE_FRAME_BYTES, PageFrame } from "../abi";
import { core, frameAt } from "../core/region";

export abstract class InPageLookup {
  static readonly DESIGN: u32 = Design.IN_PAGE;
  static readonly NEEDS_RECORDS: bool = true;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = true;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return 0;
  }

  static init(): void {}

  @inline static base(): usize {
    return <usize>core().framesPtr;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    return changetype<PageFrame>(base + pfn * PAGE_FRAME_BYTES).memcgId;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return InPageLookup.ownerFrom(InPageLookup.base(), pfn);
  }

  @inline static prepare(pfn: u32, nrPages: u32): bool {
    return true;
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    let frame = changetype<usize>(frameAt(pfn));
    for (let i: u32 = 0; i < nrPages; i++, frame += PAGE_FRAME_BYTES) {
      changetype<PageFrame>(frame).memcgId = <u16>memcgId;
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    InPageLookup.setOwners(pfn, nrPages, 0);
  }

  static usedBytes(): u32 {
    return core().nrFrames * FRAME_OWNER_BYTES;
  }

  static relocate(delta: u32): void {}

  static check(): u32 {
    return 0;
  }
}
