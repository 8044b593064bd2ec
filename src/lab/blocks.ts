/**
 * blocks: how owners share blocks of frames, how large folios are, how free memory is cut up.
 */
import { FrameFlag, ORDER_MAX } from "../abi.js";
import { type Core, RANGE_BATCH } from "../core/core.js";
import { walkFolios } from "./columns.js";
import type { BlockFigures } from "./protocol.js";

/** Frames of one block of the palette design. */
const BLOCK_FRAMES = 64;
const OWNERS_LISTED = 4;

export function blockFigures(core: Core, nrFrames: number): Omit<BlockFigures, "event"> {
  const known = Math.min(nrFrames, core.nrFrames);
  const folios = new Array<number>(ORDER_MAX + 1).fill(0);
  walkFolios(core, known, (_pfn, order) => {
    folios[order]!++;
  });
  return { byOwners: blocksByOwners(core, known), folios, freeRuns: freeRuns(core, known) };
}

function blocksByOwners(core: Core, nrFrames: number): [number, number, number, number, number] {
  const blocks: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  const seen = new Uint16Array(OWNERS_LISTED);
  for (let first = 0; first < nrFrames; first += RANGE_BATCH) {
    const owners = core.ownersRange(first, Math.min(RANGE_BATCH, nrFrames - first), false);
    for (let block = 0; block < owners.length; block += BLOCK_FRAMES) {
      const end = Math.min(owners.length, block + BLOCK_FRAMES);
      let nrSeen = 0;
      let last = 0;
      for (let i = block; i < end && nrSeen < OWNERS_LISTED; i++) {
        const owner = owners[i]!;
        if (owner === 0 || owner === last) continue;
        last = owner;
        let at = 0;
        while (at < nrSeen && seen[at] !== owner) at++;
        if (at === nrSeen) seen[nrSeen++] = owner;
      }
      blocks[nrSeen]!++;
    }
  }
  return blocks;
}

/** Halves a bitmap of free frames order by order: a pair is free if both are. */
function freeRuns(core: Core, nrFrames: number): number[] {
  const { u16, frame } = core;
  let free = new Uint8Array(nrFrames);
  let at = (core.framePtr(0) + frame.flags) >>> 1;
  for (let pfn = 0; pfn < nrFrames; pfn++, at += frame.sizeBytes >>> 1)
    if ((u16[at]! & FrameFlag.ALLOCATED) === 0) free[pfn] = 1;
  const runs: number[] = [];
  for (let order = 0; order <= ORDER_MAX; order++) {
    let nrFree = 0;
    for (let i = 0; i < free.length; i++) nrFree += free[i]!;
    runs.push(nrFree * 2 ** order);
    const pairs = new Uint8Array(free.length >>> 1);
    for (let i = 0; i < pairs.length; i++) pairs[i] = free[2 * i]! & free[2 * i + 1]!;
    free = pairs;
  }
  return runs;
}
