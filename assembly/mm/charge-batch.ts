// charge-batch: one owner for many folios, or none again, in one call and all or nothing.
//
//   with frame records      pass 1  every folio is asked, marked CHARGED and given its type: one named twice is found
//                                   by its mark; a type that it had is kept beside the new one
//                           pass 2  owners into the index
//   without                 one pass over pages in ascending order, so that none is named twice
//
// INVARIANTS  K1  A refused batch has taken every mark and owner back; Core.batchAt names the page that refused.
// COST        The counters of the container and of those above it change once per batch of charges, and once per run
//             of one owner when uncharging.
import { Container, Err, FrameFlag, PageFrame, PageType, TYPE_MASK, TYPE_SHIFT } from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { chargePages, onlineErr, releaseIfUnheld, unchargePages } from "../core/container";
import {
  folioPages,
  frameClear,
  frameHas,
  frameSet,
  frameSetType,
  frameType,
  headErr,
  isPageType,
} from "../core/frame";
import { foldAll, OTHER } from "../core/page-stock";
import { containerAt, core, frameAt, inBuffers } from "../core/region";
import { addUsage } from "../core/usage";
import { addHeadings, countsAsMapped, headingFor, limitErr } from "./charge";

function pfnAt(pfns: usize, i: u32): u32 {
  return load<u32>(pfns + (i << 2));
}

/** Bits of PageFrame.flags, free otherwise, in which a folio keeps its former type while a batch may still be refused. */
const FORMER_SHIFT: u32 = 11;
const FORMER_MASK: u32 = TYPE_MASK << (FORMER_SHIFT - TYPE_SHIFT);

function refuse(err: u32, at: u32): u32 {
  core().batchAt = at;
  if (SHARED) agentAt(thisAgent()).batchAt = at;
  return err;
}

/** Marks a folio CHARGED, of a new type. */
function mark(frame: PageFrame, type: u32): void {
  const former = frameType(frame) << FORMER_SHIFT;
  frameSetType(frame, type);
  frameSet(frame, FrameFlag.CHARGED | former);
}

/** Takes the marks of the first `nrFolios` back (K1). */
function unmark(pfns: usize, nrFolios: u32): void {
  for (let i: u32 = 0; i < nrFolios; i++) {
    const frame = frameAt(pfnAt(pfns, i));
    frameSetType(frame, (<u32>frame.flags & FORMER_MASK) >> FORMER_SHIFT);
    frameClear(frame, FrameFlag.CHARGED | FORMER_MASK);
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
  let cachedPages: u32 = 0;
  let mappedPages: u32 = 0;
  let formerBits: u32 = 0;
  for (let i: u32 = 0; i < nrFolios; i++) {
    const pfn = pfnAt(pfns, i);
    let err = headErr(pfn);
    if (!err && frameHas(frameAt(pfn), FrameFlag.CHARGED)) err = Err.CHARGED;
    if (err) {
      unmark(pfns, i);
      return refuse(err, i);
    }
    const frame = frameAt(pfn);
    mark(frame, type);
    const pages = folioPages(frame);
    nrPages += pages;
    if (frameHas(frame, FrameFlag.CACHED)) cachedPages += pages;
    if (countsAsMapped(frame)) mappedPages += pages;
    formerBits |= frame.flags;
  }
  const refused = limitErr(id, nrPages, 0);
  const owned: u32 = refused ? 0 : ownFolios(pfns, nrFolios, id);
  if (owned < nrFolios) {
    if (!refused) addUsage(id, -nrPages, 0);
    disownFolios(pfns, owned);
    unmark(pfns, nrFolios);
    return refuse(refused ? refused : Err.NO_MEMORY, owned);
  }
  if (formerBits & FORMER_MASK) {
    for (let i: u32 = 0; i < nrFolios; i++) frameClear(frameAt(pfnAt(pfns, i)), FORMER_MASK);
  }
  const container = containerAt(id);
  addTo(container, headingFor(type, true), cachedPages);
  addTo(container, headingFor(type, false), nrPages - cachedPages);
  container.mappedPages += mappedPages;
  chargePages(id, nrPages, 0);
  core().chargedPages += nrPages;
  return Err.OK;
}

/** Adds pages to one of a container's headings, or takes them away by the negative. */
function addTo(container: Container, heading: u32, nrPages: u32): void {
  container.ownSet(heading, container.ownAt(heading) + nrPages);
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
      for (let done: u32 = 0; done < i; done++) frameSet(frameAt(pfnAt(pfns, done)), FrameFlag.CHARGED); // K1
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

/** Pages in ascending order, under the lock. */
export function chargeBare(pfns: usize, nrPages: u32, id: u32): u32 {
  const refused = limitErr(id, nrPages, 0);
  if (refused) return refuse(refused, 0);
  for (let i: u32 = 0; i < nrPages; i++) {
    let err = ascendingErr(pfns, i);
    const pfn = pfnAt(pfns, i);
    if (!err && OwnerLookup.ownerOf(pfn)) err = Err.CHARGED;
    if (!err && !OwnerLookup.prepare(pfn, 1)) err = Err.NO_MEMORY;
    if (err) {
      for (let done: u32 = 0; done < i; done++) OwnerLookup.clearOwners(pfnAt(pfns, done), 1); // K1
      addUsage(id, -nrPages, 0);
      return refuse(err, i);
    }
    OwnerLookup.setOwners(pfn, 1, id);
  }
  chargePages(id, nrPages, 0);
  addTo(containerAt(id), OTHER, nrPages);
  core().chargedPages += nrPages;
  return Err.OK;
}

export function unchargeBare(pfns: usize, nrPages: u32): u32 {
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
    addTo(containerAt(id), OTHER, -1);
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
  // Some may have been charged without the lock.
  foldAll();
  return core().nrRecords ? unchargeFolios(<usize>pfnsPtr, nrPfns) : unchargeBare(<usize>pfnsPtr, nrPfns);
}
