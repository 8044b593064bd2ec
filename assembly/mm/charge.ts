// charge: which container pays for a folio, and under which heading.
//
//   FrameFlag.CHARGED, OwnerLookup ── who ──► Container.chargedPages, usagePages up the tree
//   PageType, CACHED, mapCount     ── what ─► anon | file | shmem | kernel | other, mapped
//
// A folio of type FILE or SHMEM counts as such while it is in a cache, as NR_FILE_PAGES does; before and after it is
// `other`, charged all the same.
//
// INVARIANTS  H1  CHARGED is set exactly in heads whose pages have an owner; all pages of a folio have the same one.
//             H2  Each charged folio is counted under one heading, and in mappedPages besides if it is file or
//                 shmem and mapped.
//             H3  All that can refuse (arguments, limit, room in the index) is asked before anything is written.
// COST        A charge: index, frame, four words of the container, then four per level of the tree.
import { Container, Err, FrameFlag, PageFrame, PageType } from "../abi";
import {
  chargePages,
  commonAncestor,
  onlineErr,
  releaseIfDrained,
  releaseIfUnheld,
  unchargePages,
} from "../core/container";
import {
  folioPages,
  frameClear,
  frameHas,
  frameSet,
  frameSetKind,
  frameSetType,
  frameType,
  headErr,
  isCacheType,
  isPageType,
} from "../core/frame";
import { lruLink, lruUnlink } from "../core/lru-list";
import { OTHER } from "../core/page-stock";
import { containerAt, core, frameAt } from "../core/region";
import { reclaimStocks } from "../core/stock";
import { addUsage, countRefusal, takeRoom } from "../core/usage";

/** Number of the own counter for pages of a type, in a page cache or not: headings stand in the order of PageType. */
export function headingFor(type: u32, cached: bool): u32 {
  return type == PageType.NONE || (isCacheType(type) && !cached) ? OTHER : type - 1;
}

/** Number of the own counter that a folio's pages belong to. */
export function headingOf(frame: PageFrame): u32 {
  return headingFor(frameType(frame), frameHas(frame, FrameFlag.CACHED));
}

/** Whether a folio's pages belong to mappedPages. */
export function countsAsMapped(frame: PageFrame): bool {
  return frame.mapCount != 0 && isCacheType(frameType(frame));
}

/** Adds a folio's pages under its headings; to take them away, pass the negative. */
export function addHeadings(owner: Container, frame: PageFrame, nrPages: u32): void {
  const heading = headingOf(frame);
  owner.ownSet(heading, owner.ownAt(heading) + nrPages);
  if (countsAsMapped(frame)) owner.mappedPages += nrPages;
}

/** Takes room at every level; the one that refuses counts it, once stocks below it are drained and there still is none. */
export function limitErr(id: u32, nrPages: u32, endId: u32): u32 {
  let refusing = takeRoom(id, nrPages, endId);
  for (let last: u32 = 0; refusing && refusing != last; ) {
    last = refusing;
    if (!reclaimStocks(last)) break;
    releaseIfDrained();
    refusing = takeRoom(id, nrPages, endId);
  }
  if (!refusing) return Err.OK;
  countRefusal(refusing, true);
  return Err.LIMIT;
}

/** Charges a folio whose range of the index is prepared, and whose room is taken. */
export function commitCharge(pfn: u32, frame: PageFrame, id: u32): void {
  const nrPages = folioPages(frame);
  if (DEBUG) assert(!frameHas(frame, FrameFlag.CHARGED)); // H1
  OwnerLookup.setOwners(pfn, nrPages, id);
  frameSet(frame, FrameFlag.CHARGED);
  chargePages(id, nrPages, 0);
  addHeadings(containerAt(id), frame, nrPages);
  core().chargedPages += nrPages;
}

/** Uncharges a folio, taking it off its LRU list first.  Type, cache and mappings stay. */
export function dropCharge(pfn: u32, frame: PageFrame): void {
  const nrPages = folioPages(frame);
  const id = OwnerLookup.ownerOf(pfn);
  const owner = containerAt(id);
  if (frame.lru) lruUnlink(owner, frame);
  addHeadings(owner, frame, -nrPages);
  OwnerLookup.clearOwners(pfn, nrPages);
  frameClear(frame, FrameFlag.CHARGED);
  unchargePages(id, nrPages, 0);
  core().chargedPages -= nrPages;
  releaseIfUnheld(id);
}

/** Charges a folio within its limits. */
export function tryCharge(pfn: u32, frame: PageFrame, id: u32): u32 {
  const nrPages = folioPages(frame);
  const err = onlineErr(id);
  if (err) return err;
  const refused = limitErr(id, nrPages, 0);
  if (refused) return refused;
  if (!OwnerLookup.prepare(pfn, nrPages)) {
    addUsage(id, -nrPages, 0);
    return Err.NO_MEMORY;
  }
  commitCharge(pfn, frame, id);
  return Err.OK;
}

/** Changes what a folio is; its container's headings follow. */
export function setKind(pfn: u32, frame: PageFrame, type: u32, cached: bool): void {
  const charged = frameHas(frame, FrameFlag.CHARGED);
  const ownerId = charged ? OwnerLookup.ownerOf(pfn) : 0;
  const owner = containerAt(ownerId);
  const nrPages = folioPages(frame);
  if (charged) addHeadings(owner, frame, -nrPages);
  frameSetKind(frame, type, cached);
  if (OwnerLookup.OVERLAYS && charged) OwnerLookup.settle(frame, ownerId);
  if (charged) addHeadings(owner, frame, nrPages);
}

/** Moves a charge whose range of the index is prepared, and whose room is taken.  Levels above both containers see no change, not even for a moment. */
export function moveFolio(pfn: u32, frame: PageFrame, fromId: u32, toId: u32): void {
  const nrPages = folioPages(frame);
  const from = containerAt(fromId);
  const to = containerAt(toId);
  const sharedId = commonAncestor(fromId, toId);
  const list: u32 = frame.lru;
  if (list) lruUnlink(from, frame);
  addHeadings(from, frame, -nrPages);
  unchargePages(fromId, nrPages, sharedId);
  // The range is prepared: a page with an owner may still need room for another one (palette).
  OwnerLookup.setOwners(pfn, nrPages, toId);
  chargePages(toId, nrPages, sharedId);
  addHeadings(to, frame, nrPages);
  if (list) lruLink(to, list - 1, pfn, frame);
  if (OwnerLookup.OVERLAYS && list) OwnerLookup.settle(frame, toId);
  releaseIfUnheld(fromId);
}

export function charge(pfn: u32, id: u32, type: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (frameHas(frame, FrameFlag.CHARGED)) return Err.CHARGED;
  if (!isPageType(type)) return Err.BAD_TYPE;
  const before = frame.flags;
  // The heading must be known when the charge lands; a refusal puts it back (H3).
  frameSetType(frame, type);
  const refused = tryCharge(pfn, frame, id);
  if (refused) frame.flags = before;
  return refused;
}

/** Strict as the kernel is: what LRU, cache or page tables still hold is not uncharged under their feet. */
export function uncharge(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (!frameHas(frame, FrameFlag.CHARGED)) return Err.NOT_CHARGED;
  if (frame.lru || frame.mapCount || frameHas(frame, FrameFlag.CACHED)) return Err.BUSY;
  dropCharge(pfn, frame);
  frameSetType(frame, PageType.NONE);
  return Err.OK;
}

export function setType(pfn: u32, type: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  if (!isPageType(type)) return Err.BAD_TYPE;
  setKind(pfn, frameAt(pfn), type, isCacheType(type));
  return Err.OK;
}

export function moveCharge(pfn: u32, toId: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (!frameHas(frame, FrameFlag.CHARGED)) return Err.NOT_CHARGED;
  const closed = onlineErr(toId);
  if (closed) return closed;
  const fromId = OwnerLookup.ownerOf(pfn);
  if (fromId == toId) return Err.OK;
  const nrPages = folioPages(frame);
  const sharedId = commonAncestor(fromId, toId);
  const refused = limitErr(toId, nrPages, sharedId);
  if (refused) return refused;
  if (!OwnerLookup.prepare(pfn, nrPages)) {
    addUsage(toId, -nrPages, sharedId);
    return Err.NO_MEMORY;
  }
  moveFolio(pfn, frame, fromId, toId);
  return Err.OK;
}
