// alloc: frames become folios and free frames again.
//
// INVARIANTS  A1  allocatedPages is the number of frames that are part of a folio.
// COST        One record written per frame of the folio.
import { Err, FrameFlag } from "../abi";
import {
  anyAllocated,
  dissolveFolio,
  folioPages,
  formFolios,
  frameHas,
  headErr,
  rangeErr,
} from "../core/frame";
import { core, frameAt } from "../core/region";
import { dropCharge } from "./charge";

/** Makes a folio of free frames. */
export function formFolio(pfn: u32, order: u32): void {
  formFolios(pfn, 1, order, 0);
  core().allocatedPages += (<u32>1) << order; // A1
}

/** Frees a folio with all that it holds, and says how many pages it had. */
export function releaseFolio(pfn: u32): u32 {
  const frame = frameAt(pfn);
  const nrPages = folioPages(frame);
  if (frameHas(frame, FrameFlag.CHARGED)) dropCharge(pfn, frame);
  dissolveFolio(pfn, nrPages);
  core().allocatedPages -= nrPages;
  return nrPages;
}

export function alloc(pfn: u32, order: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  if (anyAllocated(pfn, (<u32>1) << order)) return Err.NOT_FREE;
  formFolio(pfn, order);
  return Err.OK;
}

export function free(pfn: u32, order: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  if (<u32>frameAt(pfn).order != order) return Err.BAD_ORDER;
  releaseFolio(pfn);
  return Err.OK;
}
