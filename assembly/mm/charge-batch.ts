// charge-batch: one owner for many folios, or none again, in one call and all or nothing.
//
//   with frame records      pass 1  every folio is asked and marked CHARGED: one named twice is found by its mark
//                           pass 2  owners into the index
//                           pass 3  types
//   without                 one pass over pages in ascending order, so that none is named twice
//
// INVARIANTS  K1  A refused batch has taken every mark and owner back; Core.batchAt names the page that refused.
// COST        The counters of the container and of those above it change once per batch of charges, and once per run
//             of one owner when uncharging.
import { Err, FrameFlag, PageFrame, PageType } from "../abi";
import { chargePages, onlineErr, releaseIfUnheld, unchargePages } from "../core/container";
import { folioPages, frameClear, frameHas, frameSet, frameSetType, headErr, isPageType } from "../core/frame";
import { containerAt, core, frameAt, inBuffers } from "../core/region";
import { addHeadings, limitErr, OTHER } from "./charge";

function pfnAt(pfns: usize, i: u32): u32 {
  return load<u32>(pfns + (i << 2));
}

function refuse(err: u32, at: u32): u32 {
  core().batchAt = at;
  return err;
}

/** Flips the mark of the first `nrFolios` back. */
function unmark(pfns: usize, nrFolios: u32, charged: bool): void {
  for (let i: u32 = 0; i < nrFolios; i++) {
    const frame = frameAt(pfnAt(pfns, i));
    if (charged) frameClear(frame, FrameFlag.CHARGED);
    else frameSet(frame, FrameFlag.CHARGED);
  }
}

/** Gives the first `nrFolios` to the owner; answers how many could be. */
function ownFolios(pfns: usize, nrFolios: u32, id: u32): u32 {
  for (let i: u32 = 0; i < nrFolios; i++) {
    const pfn = pfnAt(pfns, i);
    const nrPages = folioPages(frameAt(pfn));
    if (!OwnerLookup.prepare(pfn, nrPages)) return i;
    OwnerLookup.setOwners(pfn, nrPages, id);
  }
  return nrFolios;
}

function disownFolios(pfns: usize, nrFolios: u32): void {
  for (let i: u32 = 0; i < nrFolios; i++) {
    const pfn = pfnAt(pfns, i);
    OwnerLookup.clearOwners(pfn, folioPages(frameAt(pfn)));
  }
}

function chargeFolios(pfns: usize, nrFolios: u32, id: u32, type: u32): u32 {
  let nrPages: u32 = 0;
  for (let i: u32 = 0; i < nrFolios; i++) {
    const pfn = pfnAt(pfns, i);
    let err = headErr(pfn);
    if (!err && frameHas(frameAt(pfn), FrameFlag.CHARGED)) err = Err.CHARGED;
    if (err) {
      unmark(pfns, i, true); // K1
      return refuse(err, i);
    }
    frameSet(frameAt(pfn), FrameFlag.CHARGED);
    nrPages += folioPages(frameAt(pfn));
  }
  const refused = limitErr(id, nrPages, 0);
  const owned: u32 = refused ? 0 : ownFolios(pfns, nrFolios, id);
  if (owned < nrFolios) {
    disownFolios(pfns, owned);
    unmark(pfns, nrFolios, true); // K1
    return refuse(refused ? refused : Err.NO_MEMORY, owned);
  }
  const container = containerAt(id);
  for (let i: u32 = 0; i < nrFolios; i++) {
    const frame = frameAt(pfnAt(pfns, i));
    frameSetType(frame, type);
    addHeadings(container, frame, folioPages(frame));
  }
  chargePages(id, nrPages, 0);
  core().chargedPages += nrPages;
  return Err.OK;
}

/** Counts pages that an owner has lost; none is charged to 0. */
function countLoss(id: u32, nrPages: u32): void {
  if (!id) return;
  unchargePages(id, nrPages, 0);
  core().chargedPages -= nrPages;
  releaseIfUnheld(id);
}

function unchargeErr(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (!frameHas(frame, FrameFlag.CHARGED)) return Err.NOT_CHARGED;
  return frame.lru || frame.mapCount || frameHas(frame, FrameFlag.CACHED) ? Err.BUSY : Err.OK;
}

function unchargeFolios(pfns: usize, nrFolios: u32): u32 {
  for (let i: u32 = 0; i < nrFolios; i++) {
    const err = unchargeErr(pfnAt(pfns, i));
    if (err) {
      unmark(pfns, i, false); // K1
      return refuse(err, i);
    }
    frameClear(frameAt(pfnAt(pfns, i)), FrameFlag.CHARGED);
  }
  let runOwner: u32 = 0;
  let runPages: u32 = 0;
  for (let i: u32 = 0; i < nrFolios; i++) {
    const pfn = pfnAt(pfns, i);
    const frame: PageFrame = frameAt(pfn);
    const nrPages = folioPages(frame);
    const id = OwnerLookup.ownerOf(pfn);
    if (id != runOwner) {
      countLoss(runOwner, runPages);
      runOwner = id;
      runPages = 0;
    }
    addHeadings(containerAt(id), frame, -nrPages);
    OwnerLookup.clearOwners(pfn, nrPages);
    frameSetType(frame, PageType.NONE);
    runPages += nrPages;
  }
  countLoss(runOwner, runPages);
  return Err.OK;
}

/** Whether page `i` is one of memory and comes after the page before it. */
function ascendingErr(pfns: usize, i: u32): u32 {
  const pfn = pfnAt(pfns, i);
  if (pfn >= core().nrFrames) return Err.BAD_PFN;
  return i && pfn <= pfnAt(pfns, i - 1) ? Err.BAD_ARG : Err.OK;
}

function addOther(id: u32, nrPages: u32): void {
  const container = containerAt(id);
  container.ownSet(OTHER, container.ownAt(OTHER) + nrPages);
}

function chargeBare(pfns: usize, nrPages: u32, id: u32): u32 {
  const refused = limitErr(id, nrPages, 0);
  if (refused) return refuse(refused, 0);
  for (let i: u32 = 0; i < nrPages; i++) {
    let err = ascendingErr(pfns, i);
    const pfn = pfnAt(pfns, i);
    if (!err && OwnerLookup.ownerOf(pfn)) err = Err.CHARGED;
    if (!err && !OwnerLookup.prepare(pfn, 1)) err = Err.NO_MEMORY;
    if (err) {
      for (let done: u32 = 0; done < i; done++) OwnerLookup.clearOwners(pfnAt(pfns, done), 1); // K1
      return refuse(err, i);
    }
    OwnerLookup.setOwners(pfn, 1, id);
  }
  chargePages(id, nrPages, 0);
  addOther(id, nrPages);
  core().chargedPages += nrPages;
  return Err.OK;
}

function unchargeBare(pfns: usize, nrPages: u32): u32 {
  for (let i: u32 = 0; i < nrPages; i++) {
    const err = ascendingErr(pfns, i);
    if (err) return refuse(err, i);
    if (!OwnerLookup.ownerOf(pfnAt(pfns, i))) return refuse(Err.NOT_CHARGED, i);
  }
  let runOwner: u32 = 0;
  let runPages: u32 = 0;
  for (let i: u32 = 0; i < nrPages; i++) {
    const pfn = pfnAt(pfns, i);
    const id = OwnerLookup.ownerOf(pfn);
    if (id != runOwner) {
      countLoss(runOwner, runPages);
      runOwner = id;
      runPages = 0;
    }
    addOther(id, -1);
    OwnerLookup.clearOwners(pfn, 1);
    runPages++;
  }
  countLoss(runOwner, runPages);
  return Err.OK;
}

/**
 * Charges `nrPfns` folios, pfns of their heads u32 each at `pfnsPtr`, to one container.  In a ledger without frame
 * records: pages in ascending order, type NONE.  Errors as of CHARGE; LIMIT and NO_MEMORY are asked for all together.
 */
export function chargeBatch(pfnsPtr: u32, nrPfns: u32, id: u32, type: u32): u32 {
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2)) return refuse(Err.BAD_ARG, 0);
  const bare = core().nrRecords == 0;
  if (!isPageType(type) || (bare && type != PageType.NONE)) return refuse(Err.BAD_TYPE, 0);
  const err = onlineErr(id);
  if (err) return refuse(err, 0);
  return bare ? chargeBare(<usize>pfnsPtr, nrPfns, id) : chargeFolios(<usize>pfnsPtr, nrPfns, id, type);
}

/** Uncharges `nrPfns` folios, whoever has them.  In a ledger without frame records: pages in ascending order. */
export function unchargeBatch(pfnsPtr: u32, nrPfns: u32): u32 {
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2)) return refuse(Err.BAD_ARG, 0);
  return core().nrRecords ? unchargeFolios(<usize>pfnsPtr, nrPfns) : unchargeBare(<usize>pfnsPtr, nrPfns);
}
