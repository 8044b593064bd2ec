// lru: which list of its container a charged folio is on.
//
// Deactivation and reclaim are for the caller to decide: LRU_ADD with the inactive list moves a folio there.
// Lists are in order of arrival, the newest at the front.
import { Err, FrameFlag, LruList, NR_LRU_LISTS, PageFrame } from "../abi";
import { frameHas, headErr } from "../core/frame";
import { activeOf, lruLink, lruUnlink } from "../core/lru-list";
import { containerAt, frameAt } from "../core/region";

/** Puts a charged folio to the front of a list, from wherever it is. */
export function putOnList(pfn: u32, frame: PageFrame, list: u32): void {
  const ownerId = OwnerLookup.ownerOf(pfn);
  const owner = containerAt(ownerId);
  if (frame.lru) lruUnlink(owner, frame);
  lruLink(owner, list, pfn, frame);
  if (OwnerLookup.OVERLAYS) OwnerLookup.settle(frame, ownerId);
}

/** Takes a folio off the list that it is on. */
export function takeOffList(pfn: u32, frame: PageFrame): void {
  const ownerId = OwnerLookup.ownerOf(pfn);
  lruUnlink(containerAt(ownerId), frame);
  if (OwnerLookup.OVERLAYS) OwnerLookup.settle(frame, ownerId);
}

/** From an inactive list to the active one of its kind; one that is active stays where it is. */
export function activateFolio(pfn: u32, frame: PageFrame): bool {
  const list = <u32>frame.lru - 1;
  if (frame.lru == 0 || list == LruList.UNEVICTABLE) return false;
  if (activeOf(list) != list) putOnList(pfn, frame, activeOf(list));
  return true;
}

export function lruAdd(pfn: u32, list: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  if (list >= NR_LRU_LISTS) return Err.BAD_LIST;
  const frame = frameAt(pfn);
  if (!frameHas(frame, FrameFlag.CHARGED)) return Err.NOT_CHARGED;
  putOnList(pfn, frame, list);
  return Err.OK;
}

export function lruActivate(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  return activateFolio(pfn, frameAt(pfn)) ? Err.OK : Err.NOT_ON_LRU;
}

export function lruDel(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (frame.lru == 0) return Err.NOT_ON_LRU;
  takeOffList(pfn, frame);
  return Err.OK;
}
