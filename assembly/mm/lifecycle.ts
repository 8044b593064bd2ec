// lifecycle: the ledger's birth and growth.
import { CORE_MAGIC, Err, FRAME_LAYOUT, SLAB_BYTES } from "../abi";
import { growRegions, layOutRegions } from "../core/grow";
import { core } from "../core/region";

/** Container ids and page owners are u16. */
const CONTAINERS_MAX: u32 = 65536;

/** Pids end at 2^22 on Linux. */
const PIDS_MAX: u32 = 1 << 22;

/** Lays out a ledger in fresh memory.  `maxContainers` counts id 0, which is no container. */
export function init(nrFrames: u32, maxContainers: u32, maxPids: u32): u32 {
  if (core().magic == CORE_MAGIC) return Err.EXISTS;
  if (nrFrames == 0 || maxContainers < 2 || maxContainers > CONTAINERS_MAX || maxPids > PIDS_MAX)
    return Err.BAD_ARG;
  const err = layOutRegions(nrFrames, maxContainers, maxPids, OwnerLookup.sizeBytes(nrFrames));
  if (err) return err;
  core().designId = OwnerLookup.DESIGN | (FRAME_LAYOUT << 16);
  OwnerLookup.init();
  return Err.OK;
}

/** Makes room for more frames.  What the ledger holds stays; where it lies does not. */
export function growFrames(nrFrames: u32): u32 {
  const c = core();
  if (c.magic != CORE_MAGIC || nrFrames < c.nrFrames) return Err.BAD_ARG;
  const arenaPtr = c.arenaPtr;
  const err = growRegions(nrFrames, OwnerLookup.sizeBytes(nrFrames));
  if (err) return err;
  OwnerLookup.relocate(c.arenaPtr - arenaPtr);
  return Err.OK;
}

/** Bytes of linear memory in use: all regions, and the slabs that are not free. */
export function usedBytes(): u32 {
  const c = core();
  return c.arenaNext - c.arenaFreeSlabs * SLAB_BYTES;
}
