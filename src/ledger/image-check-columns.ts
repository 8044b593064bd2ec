/**
 * image-check-columns: the owner indexes of a restored image that hold columns of 2048 owners on demand.
 */
import { Container, Core as CoreRecord, MemObject, MemSection, PageFrame, SLAB_BYTES } from "../abi.js";
import type { Core } from "../core/core.js";
import { type ArenaCheck, must } from "./image-check-arena.js";

const SECTION_PAGES = SLAB_BYTES / 2;
/** Open objects of a container. */
const NR_KINDS = 3;

export function walkSections(arena: ArenaCheck): number {
  return walkColumns(arena, 0);
}

/** Follows a directory that begins so many bytes into the index and ends with it; answers how many columns there are. */
function walkColumns(arena: ArenaCheck, directoryAt: number): number {
  const { core } = arena;
  const directory = core.coreWord(CoreRecord.indexPtr) + directoryAt;
  const nrSections = (core.coreWord(CoreRecord.indexBytes) - directoryAt) / MemSection.sizeBytes;
  let columns = 0;
  for (let number = 0; number < nrSections; number++) {
    const at = directory + number * MemSection.sizeBytes;
    const columnPtr = arena.word(at + MemSection.columnPtr);
    let owned = 0;
    if (columnPtr !== 0) {
      arena.reach(columnPtr);
      columns++;
      const column = core.u16.subarray(columnPtr >>> 1, (columnPtr + SLAB_BYTES) >>> 1);
      owned = column.reduce((sum, owner) => sum + (owner === 0 ? 0 : 1), 0);
      const beyond = column.subarray(Math.max(0, core.nrFrames - number * SECTION_PAGES));
      must(owned > 0 && beyond.every((owner) => owner === 0), "a column reaches beyond the last frame");
    }
    must(owned === arena.word(at + MemSection.nrOwned), "a section counts wrong");
  }
  return columns;
}

/** Numbers of objects, wherever one is kept: in frames, in containers, in the list of free ones. */
export function walkObjects(arena: ArenaCheck): number {
  const { core } = arena;
  const halves = core.u16;
  const table = core.coreWord(CoreRecord.indexPtr);
  const objectsMax = core.coreWord(CoreRecord.objectsMax);
  const end = core.coreWord(CoreRecord.objectsEnd);
  must(end >= 1 && end <= objectsMax, "objectsEnd is out of bounds");
  const recordAt = (number: number) => table + number * MemObject.sizeBytes;
  const ownerOf = (number: number) => halves[(recordAt(number) + MemObject.memcgId) >>> 1]!;
  const nextOf = (number: number) => arena.word(recordAt(number) + MemObject.nrPages);
  const isShared = (number: number) => halves[(recordAt(number) + MemObject.isShared) >>> 1]! !== 0;
  must(ownerOf(0) === 0 && isShared(0), "object 0 has an owner");
  let left = 0;
  for (let number = 1; number < end; number++) if (ownerOf(number) === 0) left++;
  for (let number = nextOf(0); number !== 0; number = nextOf(number), left--)
    must(left > 0 && number < end && ownerOf(number) === 0, "the list of free objects leads astray");
  must(left === 0, "a free object is not on the list");
  for (let at = recordAt(end) >>> 2; at < recordAt(objectsMax) >>> 2; at++)
    must(core.u32[at] === 0, "an object lies beyond the last one");

  const named = namedObjects(core);
  for (let number = 1; number < named.length; number++)
    must(named[number] === 0 || (number < end && ownerOf(number) !== 0), "a frame names no object");
  for (let id = 1; id < core.coreWord(CoreRecord.containersEnd); id++)
    for (let kind = 0; kind < NR_KINDS; kind++) {
      const number = halves[(core.containerPtr(id) + Container.openAnon + 2 * kind) >>> 1]!;
      must(number === 0 || (number < end && ownerOf(number) === id), "an open object is another's");
    }
  return walkColumns(arena, objectsMax * MemObject.sizeBytes);
}

/** 1 for each number that is in a frame. */
function namedObjects(core: Core): Uint8Array {
  const named = new Uint8Array(2 ** 16);
  const halves = core.u16;
  const stride = PageFrame.sizeBytes >>> 1;
  let at = (core.coreWord(CoreRecord.framesPtr) + PageFrame.memcgId) >>> 1;
  for (const end = at + core.nrFrames * stride; at < end; at += stride) named[halves[at]!] = 1;
  return named;
}
