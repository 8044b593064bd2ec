// folio-split: one folio becomes several smaller ones.
//
//   split(16, 1)        │ 16 ─ ─ ─ │ order 2   ──►   │ 16 ─ │ 18 ─ │  two of order 1
//   carve(21, 0)        │ 16 ─ ─ ─ ─ ─ ─ ─ │         │ 16 ─ ─ ─ │ 20 │ 21 │ 22 ─ │    halves, no more than needed
//
// INVARIANTS  D1  Every new folio keeps owner, type, cache, mappings and LRU list; no counter moves.
// COST        Every record of the folio is written again; the owner index is not touched, for owners are per page.
import { Err, FrameFlag } from "../abi";
import { formFolios, frameHas, headErr, headPfn } from "../core/frame";
import { lruLinkBehind } from "../core/lru-list";
import { containerAt, core, frameAt } from "../core/region";

/** Splits a folio into equal ones of `newOrder`, which is smaller than its order. */
export function splitFolio(pfn: u32, newOrder: u32): void {
  const head = frameAt(pfn);
  const flags = head.flags;
  const mapCount = head.mapCount;
  const nrFolios = (<u32>1) << (<u32>head.order - newOrder);
  core().splitFolios += 1;
  formFolios(pfn, nrFolios, newOrder, FrameFlag.WAS_SPLIT);
  head.flags = <u16>(<u32>flags | FrameFlag.WAS_SPLIT);
  for (let i: u32 = 1; i < nrFolios; i++) {
    const newPfn = pfn + (i << newOrder);
    const frame = frameAt(newPfn);
    frame.flags = head.flags;
    frame.mapCount = mapCount;
    if (head.lru)
      lruLinkBehind(containerAt(OwnerLookup.ownerOf(pfn)), newPfn - ((<u32>1) << newOrder), newPfn);
    if (OwnerLookup.OVERLAYS && frameHas(head, FrameFlag.CHARGED))
      OwnerLookup.settle(frame, OwnerLookup.ownerOf(pfn));
  }
}

/** Splits as a buddy allocator would, until `pfn` heads a folio of `order`; does nothing to smaller ones. */
export function carve(pfn: u32, order: u32): void {
  while (<u32>frameAt(pfn).order > order) splitFolio(headPfn(pfn), <u32>frameAt(pfn).order - 1);
}

export function split(pfn: u32, newOrder: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  if (newOrder >= <u32>frameAt(pfn).order) return Err.BAD_ORDER;
  splitFolio(pfn, newOrder);
  return Err.OK;
}
