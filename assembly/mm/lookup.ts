// lookup: reading owners, one by one and by ranges.
//
// Ranges are written to the op buffer and the transfer buffer only, so that a wrong pointer cannot reach the ledger.
//
// COST        One call per range; per page what the design's ownerOf costs, and the store.
import { Err } from "../abi";
import { onlineAncestor } from "../core/container";
import { core, inBuffers } from "../core/region";

/** The nearest online container from the owner upwards, 0 = none: what /proc/kpagecgroup shows. */
export function onlineOwnerOf(pfn: u32): u32 {
  return onlineAncestor(pfn < core().nrFrames ? OwnerLookup.ownerOf(pfn) : 0);
}

/** Owners, u16 each at `outPtr`, of the pages firstPfn … firstPfn + nrPages - 1. */
export function ownersRange(firstPfn: u32, nrPages: u32, outPtr: u32): u32 {
  if (<u64>firstPfn + nrPages > core().nrFrames) return Err.BAD_PFN;
  if (!inBuffers(outPtr, (<u64>nrPages) << 1)) return Err.BAD_ARG;
  for (let i: u32 = 0; i < nrPages; i++) {
    store<u16>(<usize>(outPtr + (i << 1)), <u16>OwnerLookup.ownerOf(firstPfn + i));
  }
  return Err.OK;
}

/** As ownersRange, each owner replaced by its nearest online ancestor. */
export function onlineOwnersRange(firstPfn: u32, nrPages: u32, outPtr: u32): u32 {
  const err = ownersRange(firstPfn, nrPages, outPtr);
  if (err) return err;
  // Neighbours mostly have the same owner: its ancestor is looked for once.
  let lastId: u32 = 0;
  let lastOnline: u32 = 0;
  for (let i: u32 = 0; i < nrPages; i++) {
    const ptr = <usize>(outPtr + (i << 1));
    const id: u32 = load<u16>(ptr);
    if (id != lastId) {
      lastId = id;
      lastOnline = onlineAncestor(id);
    }
    store<u16>(ptr, <u16>lastOnline);
  }
  return Err.OK;
}

/** The first pfn from `pfn` on that has an owner; nrFrames if none has. */
export function nextOwned(pfn: u32): u32 {
  const nrFrames = core().nrFrames;
  while (pfn < nrFrames && OwnerLookup.ownerOf(pfn) == 0) pfn++;
  return min(pfn, nrFrames);
}
