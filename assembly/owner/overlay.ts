// overlay: no field for the owner; it lies in one that the page's type and state leave free.
//
//   the frame is                        its record                                             stands for the kernel's
//   a tail                              │ OWNER │ ·       │ flags order · │ ·     │ ·        │  lru of a page on no list
//   a head on no list, but not ANON     │ OWNER │ ·       │ flags order · │ ·     │ mapCount │  likewise
//   a head of type ANON, on a list      │ lruNext lruPrev │ flags order k │ OWNER │ mapCount │  index
//   or on none                          │ ·       ·       │ flags order · │ OWNER │ mapCount │  index
//   any other head on a list            │ lruNext lruPrev │ flags order k │ OWNER │ mapCount │  private
//
// Kleen said which: anonymous pages have no use for `index`, kernel pages (slab) have one field or another to spare.
// Pages of a file were his hard case, "the important others", for which he would have had a side structure: on a list
// they have mapping, index and both links in use.  What is left to them is `private`, as long as they have no
// buffers.  Our record is smaller than the kernel's and has one word for `index` and `private`: it is the word that
// in-page adds, taken here as there already.  So no byte is counted, and what the design costs is the decoding.
//
// INVARIANTS  V1  An owned frame has its owner in the field that inIndex decides on.  Of the two fields the other is 0,
//                 unless it is a link of the list that the frame is on.
//             V2  settle follows each change of type or list and each birth of a head, before anything asks for the owner.
// ORDERING    None: while the owner moves from one field to the other, who reads beside it may find it in neither.
// COST        4 loads per lookup (region base, flags, list, owner; list not for ANON) and 2 branches, all on the frame's
//             own line.  No bytes.  Going on a list or off it writes the owner once more, and so does a change to ANON or from
//             it; a tail's owner moves when a split makes it a head.
// AFTER       Kleen 2006, "the sometimes not all used fields in struct page"; page->private and the unions that Linux has
//             made of struct page since show where it leads.
import { Design, FrameFlag, PAGE_FRAME_BYTES, PageFrame, PageType } from "../abi";
import { frameHas, frameType } from "../core/frame";
import { core, frameAt } from "../core/region";

abstract class OwnerField {
  /** Whether the owner is in the word at 12, or else in the place of the first link. */
  @inline static inIndex(frame: PageFrame): bool {
    return frameType(frame) == PageType.ANON || frame.lru != 0;
  }
}

/** Whether one of the fields that are not the owner's holds something that is no link either. */
function isLittered(frame: PageFrame): bool {
  if (!OwnerField.inIndex(frame)) return frame.lruNext > 0xffff || (frame.lruPrev | <u32>frame.memcgId) != 0;
  return frame.lru == 0 && (frame.lruNext | frame.lruPrev) != 0;
}

export abstract class OverlayLookup {
  static readonly DESIGN: u32 = Design.OVERLAY;
  static readonly NEEDS_RECORDS: bool = true;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = true;
  static readonly LOCK_FREE_READS: bool = false;
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
    const frame = changetype<PageFrame>(base + pfn * PAGE_FRAME_BYTES);
    return OwnerField.inIndex(frame) ? <u32>frame.memcgId : frame.lruNext;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return OverlayLookup.ownerFrom(OverlayLookup.base(), pfn);
  }

  @inline static prepare(pfn: u32, nrPages: u32): bool {
    return true;
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    let frame = changetype<usize>(frameAt(pfn));
    OverlayLookup.settle(changetype<PageFrame>(frame), memcgId);
    for (let i: u32 = 1; i < nrPages; i++) {
      frame += PAGE_FRAME_BYTES;
      changetype<PageFrame>(frame).lruNext = memcgId;
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    OverlayLookup.setOwners(pfn, nrPages, 0);
  }

  static settle(head: PageFrame, memcgId: u32): void {
    if (DEBUG) assert(frameHas(head, FrameFlag.HEAD)); // V2
    if (OwnerField.inIndex(head)) {
      head.memcgId = <u16>memcgId;
      if (!head.lru) head.lruNext = 0; // V1
    } else {
      head.memcgId = 0;
      head.lruNext = memcgId;
    }
  }

  static usedBytes(): u32 {
    return 0;
  }

  static relocate(delta: u32): void {}

  /** 1 = something left behind in a field that is free (V1). */
  static check(): u32 {
    const nrFrames = core().nrFrames;
    for (let pfn: u32 = 0; pfn < nrFrames; pfn++) if (isLittered(frameAt(pfn))) return 1;
    return 0;
  }
}
