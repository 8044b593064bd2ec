/**
 * image-check: what no audit of the core asks, because a core itself cannot get it wrong.
 *
 * The core trusts its own links: parents, slab lists, tree nodes.  An image from outside may hold any bytes under a
 * valid checksum, so each number that the core would follow is followed here first, with its bounds and without
 * cycles.  Counts against pages are left to the audit.
 */
import {
  AgentCounter,
  Container,
  ContainerFlag,
  Core as CoreRecord,
  FRAME_RESERVED,
  NR_LRU_LISTS,
  ORDER_MAX,
} from "../abi.js";
import type { Core } from "../core/core.js";
import { isName } from "./container-book.js";
import { BLOCK_BYTES } from "./image.js";
import { checkIndex } from "./image-check-index.js";
import { SnapshotError } from "./snapshot-error.js";

/** Throws SnapshotError with the reason `inconsistent`. */
export function checkImage(core: Core, names: ReadonlyMap<number, string>, blocks: readonly number[]): void {
  checkContainers(core, names);
  checkNames(core, names);
  checkTasks(core);
  checkFrames(core, blocks);
  checkIndex(core);
}

export function fail(detail: string): never {
  throw new SnapshotError("inconsistent", detail);
}

function isZero(core: Core, from: number, to: number): boolean {
  const words = core.u32;
  for (let i = from >>> 2; i < to >>> 2; i++) if (words[i] !== 0) return false;
  return true;
}

function checkContainers(core: Core, names: ReadonlyMap<number, string>): void {
  const end = core.coreWord(CoreRecord.containersEnd);
  if (end < 1 || end > core.maxContainers) fail("containersEnd is out of bounds");
  const half = (id: number, offset: number) => core.u16[(core.containerPtr(id) + offset) >>> 1]!;
  let used = 0;
  let chargedPages = 0;
  for (let id = 0; id < end; id++) {
    const ptr = core.containerPtr(id);
    const flags = core.containerFlags(id);
    if ((flags & ContainerFlag.USED) === 0) {
      const generation = ptr + Container.generation;
      if (!isZero(core, ptr, generation) || !isZero(core, generation + 4, ptr + Container.sizeBytes))
        fail(`container ${id} is not in use, and not empty`);
      continue;
    }
    used++;
    chargedPages += core.containerWord(id, Container.chargedPages);
    if (id === 0 || (flags & ~(ContainerFlag.USED | ContainerFlag.ONLINE)) !== 0)
      fail(`container ${id} has impossible flags`);
    if (!names.has(id)) fail(`container ${id} has no name`);
    // A parent's depth is less than its child's, so there is no cycle.
    const parent = half(id, Container.parentId);
    const parentFlags = parent === 0 ? flags : core.containerFlags(parent);
    const parentDepth = parent === 0 ? 0 : half(parent, Container.depth);
    if (parent >= end || (parentFlags & flags) !== flags || half(id, Container.depth) !== parentDepth + 1)
      fail(`container ${id} has an impossible parent`);
    for (const scratch of [Container.auditTasks, Container.auditChildren, Container.auditOnlineChildren])
      core.u32[(ptr + scratch) >>> 2] = 0;
  }
  checkCounters(core, end);
  if (!isZero(core, core.containerPtr(end), core.containerPtr(core.maxContainers)))
    fail("a container lies beyond the last one");
  if (used !== core.coreWord(CoreRecord.nrContainers) || used !== names.size)
    fail("the number of containers is wrong");
  if (chargedPages !== core.coreWord(CoreRecord.chargedPages)) fail("the number of charged pages is wrong");
}

/** Nothing is counted, nor in stock, for containers that are not in use. */
function checkCounters(core: Core, end: number): void {
  const words = core.u32;
  const first = core.coreWord(CoreRecord.countersPtr);
  for (let row = 0; row < core.coreWord(CoreRecord.nrAgents); row++)
    for (let id = 0; id < core.maxContainers; id++) {
      const at = first + (row * core.maxContainers + id) * AgentCounter.sizeBytes;
      const stock = words[(at + AgentCounter.stock) >>> 2]!;
      const ownedPages = words[(at + AgentCounter.ownedPages) >>> 2]!;
      const pageStock = words[(at + AgentCounter.pageStock) >>> 2]!;
      if (stock > ownedPages || ((ownedPages | pageStock) !== 0 && (id >= end || !core.isUsed(id))))
        fail(`agent ${row} has an impossible stock for container ${id}`);
    }
}

/** Online containers with the same parent have different names. */
function checkNames(core: Core, names: ReadonlyMap<number, string>): void {
  const siblings = new Set<string>();
  for (const [id, name] of names) {
    if (!isName(name)) fail(`container ${id} has an impossible name`);
    if ((core.containerFlags(id) & ContainerFlag.ONLINE) === 0) continue;
    const key = `${core.u16[(core.containerPtr(id) + Container.parentId) >>> 1]}/${name}`;
    if (siblings.has(key)) fail(`two containers have the name ${name}`);
    siblings.add(key);
  }
}

function checkTasks(core: Core): void {
  const end = core.coreWord(CoreRecord.pidsEnd);
  const maxPids = core.coreWord(CoreRecord.maxPids);
  if (end > maxPids) fail("pidsEnd is out of bounds");
  const first = core.coreWord(CoreRecord.tasksPtr) >>> 1;
  for (let pid = end; pid < maxPids; pid++)
    if (core.u16[first + pid] !== 0) fail("a task lies beyond the last one");
}

/** Order and list of every frame in bounds; nothing in reserved bytes, nor between the regions, where frames may be added. */
function checkFrames(core: Core, blocks: readonly number[]): void {
  const framesPtr = core.framePtr(0);
  const framesEnd = core.framePtr(core.nrRecords);
  const { sizeBytes, order, lru } = core.frame;
  const reserved = FRAME_RESERVED[core.frameLayout]!;
  const indexPtr = core.coreWord(CoreRecord.indexPtr);
  const indexEnd = indexPtr + core.coreWord(CoreRecord.indexBytes);
  const bytes = new Uint8Array(core.memory.buffer);
  for (const number of blocks) {
    const at = number * BLOCK_BYTES;
    const end = Math.min(at + BLOCK_BYTES, framesEnd);
    if (at < framesPtr) continue;
    // From the frame that the block begins in, which may have begun in the block before.
    for (let frame = at - ((at - framesPtr) % sizeBytes); frame < end; frame += sizeBytes) {
      if (bytes[frame + order]! > ORDER_MAX || bytes[frame + lru]! > NR_LRU_LISTS)
        fail(`frame ${(frame - framesPtr) / sizeBytes} has an impossible order or list`);
      for (const [first, length] of reserved)
        for (let i = frame + first; i < frame + first + length; i++)
          if (bytes[i] !== 0)
            fail(`frame ${(frame - framesPtr) / sizeBytes} has something in reserved bytes`);
    }
  }
  const gaps = [
    bytes.subarray(framesEnd, indexPtr),
    bytes.subarray(indexEnd, core.coreWord(CoreRecord.arenaPtr)),
  ];
  if (gaps.some((gap) => gap.some((byte) => byte !== 0))) fail("there is something between the regions");
}
