// page-cache: folios enter and leave the cache of a file.
//
// Who pays is settled by the first charge, not by who adds or reads: a folio that is charged already keeps its owner.
// A folio that leaves the cache stays charged until it is freed, and counts as `other` meanwhile.
import { Err, FrameFlag, PageType } from "../abi";
import { frameHas, frameSet, frameSetType, frameType, headErr } from "../core/frame";
import { frameAt } from "../core/region";
import { setKind, tryCharge } from "./charge";

/** Adds a folio, as SHMEM if it is that already, else as FILE; with `id` an uncharged one is charged. */
export function cacheAdd(pfn: u32, id: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (frameHas(frame, FrameFlag.CACHED)) return Err.CACHED;
  const type = <u32>(frameType(frame) == PageType.SHMEM ? PageType.SHMEM : PageType.FILE);
  if (frameHas(frame, FrameFlag.CHARGED)) {
    if (id && id != OwnerLookup.ownerOf(pfn)) return Err.CHARGED;
    setKind(pfn, frame, type, true);
    return Err.OK;
  }
  const before = frame.flags;
  frameSetType(frame, type);
  frameSet(frame, FrameFlag.CACHED);
  const refused = id ? tryCharge(pfn, frame, id) : <u32>Err.OK;
  if (refused) frame.flags = before;
  return refused;
}

export function cacheDel(pfn: u32): u32 {
  const err = headErr(pfn);
  if (err) return err;
  const frame = frameAt(pfn);
  if (!frameHas(frame, FrameFlag.CACHED)) return Err.NOT_CACHED;
  setKind(pfn, frame, frameType(frame), false);
  return Err.OK;
}
