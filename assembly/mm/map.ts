// map: how often a folio is mapped.
//
// Mappings never decide who pays.  mappedPages counts file and shmem folios, whole, while they have any (H2).
import { Err, FrameFlag, PageFrame } from "../abi";
import { folioPages, frameHas, headErr } from "../core/frame";
import { containerAt, frameAt } from "../core/region";
import { countsAsMapped } from "./charge";

const MAP_COUNT_MAX: u32 = 0xffff;

/** Adds a folio's pages to its owner's mappedPages, if they belong there. */
function addMapped(pfn: u32, frame: PageFrame, nrPages: u32): void {
  if (!frameHas(frame, FrameFlag.CHARGED) || !countsAsMapped(frame)) return;
  containerAt(OwnerLookup.ownerOf(pfn)).mappedPages += nrPages;
}

export function map(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (frame.mapCount == MAP_COUNT_MAX) return Err.OVERFLOW;
  frame.mapCount += 1;
  if (frame.mapCount == 1) addMapped(pfn, frame, folioPages(frame));
  return Err.OK;
}

export function unmap(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (frame.mapCount == 0) return Err.NOT_MAPPED;
  if (frame.mapCount == 1) addMapped(pfn, frame, -folioPages(frame));
  frame.mapCount -= 1;
  return Err.OK;
}
