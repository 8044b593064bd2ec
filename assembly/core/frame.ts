// frame: page frames, and folios made of them.
//
//   pfn   512        513        514        515
//       ┌──────────┬──────────┬──────────┬──────────┐
//       │ HEAD     │ TAIL     │ TAIL     │ TAIL     │   one folio of order 2
//       │ order 2  │ order 2  │ order 2  │ order 2  │
//       │ type lru │          │          │          │
//       │ mapCount │          │          │          │
//       └──────────┴──────────┴──────────┴──────────┘
//
// INVARIANTS  F1  A free frame's record is all zero.
//             F2  A folio's first pfn is a multiple of its size, as a buddy allocator gives them.  So a tail needs
//                 no pointer to its head: the order in its record says where the head is.
//             F3  A tail holds ALLOCATED, TAIL, WAS_SPLIT and the order.  The in-page design adds the owner, overlay puts it
//                 into lruNext, object adds its number; others add nothing.
//             F4  Bytes of a descriptor that no field of ours has (other layouts than the compact one) stay zero.
// COST        An allocation writes each record of the folio once; the owner index is another matter.
import {
  Err,
  FRAME_LAYOUT,
  FrameFlag,
  FrameLayout,
  ORDER_MAX,
  PAGE_FRAME_BYTES,
  PageFrame,
  PageType,
  TYPE_MASK,
  TYPE_SHIFT,
} from "../abi";
import { isAligned } from "../prim/bits";
import { put } from "../prim/journal";
import { core, frameAt } from "./region";

const HEAD_FLAGS: u32 = FrameFlag.ALLOCATED | FrameFlag.HEAD;
const TAIL_FLAGS: u32 = FrameFlag.ALLOCATED | FrameFlag.TAIL;

export function frameHas(frame: PageFrame, flag: u32): bool {
  return (<u32>frame.flags & flag) != 0;
}

export function frameSet(frame: PageFrame, flag: u32): void {
  frame.flags = <u16>(<u32>frame.flags | flag);
}

export function frameClear(frame: PageFrame, flag: u32): void {
  frame.flags = <u16>(<u32>frame.flags & ~flag);
}

export function frameType(frame: PageFrame): u32 {
  return (<u32>frame.flags & TYPE_MASK) >> TYPE_SHIFT;
}

export function frameSetType(frame: PageFrame, type: u32): void {
  frame.flags = <u16>((<u32>frame.flags & ~TYPE_MASK) | (type << TYPE_SHIFT));
}

/** Says what a folio is, and whether it is in a page cache.  No counter hears of it. */
export function frameSetKind(frame: PageFrame, type: u32, cached: bool): void {
  const others = <u32>frame.flags & ~(TYPE_MASK | FrameFlag.CACHED);
  frame.flags = <u16>(others | (type << TYPE_SHIFT) | (cached ? FrameFlag.CACHED : 0));
}

export function isPageType(type: u32): bool {
  return type <= <u32>PageType.KERNEL;
}

export function isCacheType(type: u32): bool {
  return type == PageType.FILE || type == PageType.SHMEM;
}

export function folioPages(head: PageFrame): u32 {
  return (<u32>1) << (<u32>head.order);
}

/** First pfn of the folio that `pfn`, an allocated frame, belongs to (F2). */
export function headPfn(pfn: u32): u32 {
  return pfn & ~(((<u32>1) << (<u32>frameAt(pfn).order)) - 1);
}

/** Why there is no frame record. */
function beyondErr(): u32 {
  return core().nrRecords ? Err.BAD_PFN : Err.NO_RECORDS;
}

/** Whether `pfn` is the head of a folio: OK, or why not. */
export function headErr(pfn: u32): u32 {
  if (pfn >= core().nrRecords) return beyondErr();
  const flags = <u32>frameAt(pfn).flags;
  if (flags & FrameFlag.HEAD) return Err.OK;
  return flags & FrameFlag.TAIL ? Err.NOT_HEAD : Err.NOT_ALLOCATED;
}

/** Whether 2^order frames from `pfn` on can be a folio: OK, or why not. */
export function rangeErr(pfn: u32, order: u32): u32 {
  if (order > ORDER_MAX) return Err.BAD_ORDER;
  const nrRecords = core().nrRecords;
  if (pfn >= nrRecords || (<u32>1) << order > nrRecords - pfn) return beyondErr();
  return isAligned(pfn, order) ? Err.OK : Err.MISALIGNED; // F2
}

/** Whether some frame of the range is in use. */
export function anyAllocated(pfn: u32, nrPages: u32): bool {
  let frame = changetype<usize>(frameAt(pfn));
  for (let i: u32 = 0; i < nrPages; i++, frame += PAGE_FRAME_BYTES) {
    if (changetype<PageFrame>(frame).flags) return true;
  }
  return false;
}

/** Writes `nrFolios` heads and their tails, in a row from `pfn` on; all get the flags in `mark` too. */
export function formFolios(pfn: u32, nrFolios: u32, order: u32, mark: u32): void {
  const nrPages = (<u32>1) << order;
  let ptr = changetype<usize>(frameAt(pfn));
  for (let folio: u32 = 0; folio < nrFolios; folio++) {
    let frame = changetype<PageFrame>(ptr);
    frame.flags = <u16>(HEAD_FLAGS | mark);
    frame.order = <u8>order;
    ptr += PAGE_FRAME_BYTES;
    for (let i: u32 = 1; i < nrPages; i++, ptr += PAGE_FRAME_BYTES) {
      frame = changetype<PageFrame>(ptr);
      frame.flags = <u16>(TAIL_FLAGS | mark);
      frame.order = <u8>order;
    }
  }
}

/** Makes a record all zero (F1), the owner apart: the design takes that away.  What is reserved was never written. */
function blankFrame(ptr: usize): void {
  // Plain stores: memory.fill leaves compiled code for the engine's own, dear for the one page of most folios.
  if (FRAME_LAYOUT == FrameLayout.COMPACT) {
    put<u64>(ptr, 0);
    put<u64>(ptr + 8, 0);
  } else {
    const frame = changetype<PageFrame>(ptr);
    frame.lruNext = 0;
    frame.lruPrev = 0;
    frame.flags = 0;
    frame.order = 0;
    frame.lru = 0;
    frame.mapCount = 0;
  }
}

/** Frees the records of a folio (F1).  The owner is gone already, and so are list and charge. */
export function dissolveFolio(pfn: u32, nrPages: u32): void {
  let ptr = changetype<usize>(frameAt(pfn));
  for (let i: u32 = 0; i < nrPages; i++, ptr += PAGE_FRAME_BYTES) blankFrame(ptr);
}

/** Whether a record is all zero, reserved bytes and all. */
export function isBlank(frame: PageFrame): bool {
  const ptr = changetype<usize>(frame);
  if (FRAME_LAYOUT == FrameLayout.COMPACT) return (load<u64>(ptr) | load<u64>(ptr, 8)) == 0;
  let bits: u32 = 0;
  for (let at: usize = 0; at < PAGE_FRAME_BYTES; at += 4) bits |= load<u32>(ptr + at);
  return bits == 0;
}
