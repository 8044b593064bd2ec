// replay: operations for traces, which may have begun too late or missed something.
//
// They fail on what no kernel could do (a range beyond memory, an unknown container), never on the ledger's state:
// what stands in the way is resolved as the kernel's own next event would, and tallied in Core, so that a verdict can
// say how much was guessed.  Limits do not refuse: the kernel let it happen.
//
//   missedFrees   folios that an allocation found in its place
//   unknownFrees  frees of frames that were free
//   strayLru      LRU events of folios unknown, uncharged or on no list
//   strayCache    cache removals of folios unknown or in no cache
//   missedExits   tasks that were still there when their pid came again or their container went
//
// CONTEXT     Offline containers take charges: their folios live on after rmdir.
import { Err, FrameFlag, NR_LRU_LISTS, PageFrame } from "../abi";
import {
  commonAncestor,
  containerRemove,
  isOnline,
  isUsed,
  onlineErr,
  pinContainer,
  unpinContainer,
} from "../core/container";
import {
  folioPages,
  frameHas,
  frameSetKind,
  frameType,
  isCacheType,
  isPageType,
  rangeErr,
} from "../core/frame";
import { containerAt, core, frameAt } from "../core/region";
import { tasksLeave } from "../core/task";
import { addUsage } from "../core/usage";
import { formFolio, releaseFolio } from "./alloc";
import { commitCharge, dropCharge, moveFolio, setKind } from "./charge";
import { carve } from "./folio-split";
import { activateFolio, putOnList, takeOffList } from "./lru";

/** Frees whatever lies in an aligned range; a larger folio is carved first.  Says how many folios went. */
function releaseRange(pfn: u32, order: u32): u32 {
  const end = pfn + ((<u32>1) << order);
  let nrFolios: u32 = 0;
  if (frameAt(pfn).flags) carve(pfn, order);
  // Folios are aligned, and none is larger than the range now: each one met is met at its head (F2).
  while (pfn < end) {
    if (frameAt(pfn).flags) {
      pfn += releaseFolio(pfn);
      nrFolios++;
    } else {
      pfn++;
    }
  }
  return nrFolios;
}

/** Whether a charge as described makes sense: OK, or why not.  Afterwards the index has room for it. */
function chargeErr(pfn: u32, order: u32, id: u32, type: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  if (!isPageType(type)) return Err.BAD_TYPE;
  if (!id) return Err.OK;
  if (!isUsed(id)) return Err.NO_CONTAINER;
  return OwnerLookup.prepare(pfn, (<u32>1) << order) ? Err.OK : Err.NO_MEMORY;
}

/** Charges a folio, limits or not: the kernel did. */
function chargeForced(pfn: u32, frame: PageFrame, id: u32): void {
  addUsage(id, folioPages(frame), 0);
  commitCharge(pfn, frame, id);
}

function allocAsTold(pfn: u32, order: u32, id: u32, type: u32): void {
  // What is freed here may be all that keeps a removed container, the very one that is to be charged.
  const removed = id != 0 && !isOnline(id);
  if (removed) pinContainer(id);
  core().missedFrees += releaseRange(pfn, order);
  formFolio(pfn, order);
  const frame = frameAt(pfn);
  frameSetKind(frame, type, isCacheType(type));
  if (id) chargeForced(pfn, frame, id);
  if (removed) unpinContainer(id);
}

export function allocCharge(pfn: u32, order: u32, id: u32, type: u32): u32 {
  const err = chargeErr(pfn, order, id, type);
  if (err) return err;
  allocAsTold(pfn, order, id, type);
  return Err.OK;
}

export function release(pfn: u32, order: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  if (releaseRange(pfn, order) == 0) core().unknownFrees += 1;
  return Err.OK;
}

/**
 * Whoever had the folio, `id` has it now, as `type`; NONE leaves the type as it is.  A folio of another size than told
 * is an allocation missed.
 */
export function recharge(pfn: u32, order: u32, id: u32, type: u32): u32 {
  const err = chargeErr(pfn, order, id, type);
  if (err) return err;
  const frame = frameAt(pfn);
  if (frame.flags) carve(pfn, order);
  if (!frame.flags || <u32>frame.order != order) {
    allocAsTold(pfn, order, id, type);
    return Err.OK;
  }
  const charged = frameHas(frame, FrameFlag.CHARGED);
  const fromId = charged ? OwnerLookup.ownerOf(pfn) : 0;
  if (fromId != id) {
    if (!charged) {
      chargeForced(pfn, frame, id);
    } else if (!id) {
      dropCharge(pfn, frame);
    } else {
      addUsage(id, folioPages(frame), commonAncestor(fromId, id));
      moveFolio(pfn, frame, fromId, id);
    }
  }
  if (type) setKind(pfn, frame, type, isCacheType(type));
  return Err.OK;
}

/** The frame at `pfn`, made the head of its folio by carving out `order` if it is a tail. */
function carvedFrame(pfn: u32, order: u32): PageFrame {
  const frame = frameAt(pfn);
  if (frameHas(frame, FrameFlag.TAIL)) carve(pfn, order);
  return frame;
}

export function lruPut(pfn: u32, order: u32, list: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  if (list >= NR_LRU_LISTS) return Err.BAD_LIST;
  const frame = carvedFrame(pfn, order);
  if (frameHas(frame, FrameFlag.CHARGED)) putOnList(pfn, frame, list);
  else core().strayLru += 1;
  return Err.OK;
}

export function replayActivate(pfn: u32, order: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  if (!activateFolio(pfn, carvedFrame(pfn, order))) core().strayLru += 1;
  return Err.OK;
}

export function replayLruDel(pfn: u32, order: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  const frame = carvedFrame(pfn, order);
  if (frame.lru) takeOffList(pfn, frame);
  else core().strayLru += 1;
  return Err.OK;
}

export function replayCacheDel(pfn: u32, order: u32): u32 {
  const err = rangeErr(pfn, order);
  if (err) return err;
  const frame = carvedFrame(pfn, order);
  if (frameHas(frame, FrameFlag.CACHED)) setKind(pfn, frame, frameType(frame), false);
  else core().strayCache += 1;
  return Err.OK;
}

/** Online children refuse, as in the kernel: their removal would have had to come first. */
export function replayRemove(id: u32): u32 {
  const err = onlineErr(id);
  if (err) return err;
  if (containerAt(id).nrOnlineChildren) return Err.BUSY;
  if (containerAt(id).nrTasks) tasksLeave(id);
  return containerRemove(id);
}
