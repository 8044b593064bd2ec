/**
 * compare: everything that a core says about itself, as plain data, and the same of the naive ledger.
 */
import {
  AGENTS_PTR,
  CORE_PTR,
  Container,
  ContainerFlag,
  Core as CoreRecord,
  LruHead,
  NR_ERR_TALLIES,
} from "../../src/abi.js";
import { type Core, LOOKUP_BATCH } from "../../src/core/core.js";
import { folioAt } from "../../src/ledger/folio.js";
import type { NaivePages } from "./naive-books.js";
import type { NaiveLedger } from "./naive-ledger.js";

const TALLIES = ["missedFrees", "unknownFrees", "strayLru", "strayCache", "missedExits"] as const;

/** All that two ledgers with the same history have in common, `pfns` being the frames that it names. */
export function stateOf(core: Core, pfns: readonly number[]) {
  core.containerTotals();
  const containers: Record<number, unknown> = {};
  for (let id = 1; id < core.maxContainers; id++) if (core.isUsed(id)) containers[id] = containerOf(core, id);
  return {
    nrFrames: core.nrFrames,
    containers,
    owners: pfns.map((pfn) => core.ownerOf(pfn)),
    ownersOfBatch: batchOf(core, pfns),
    recount: Array.from(core.recountOwners()).slice(1),
    onlineOwners: pfns.map((pfn) => core.onlineOwnerOf(pfn)),
    folios: pfns.flatMap((pfn) => {
      const folio = pfn < core.nrFrames ? folioAt(core, pfn) : null;
      return folio?.pfn === pfn ? [folio] : [];
    }),
    tasks: tasksOf(core),
    tallies: Object.fromEntries(TALLIES.map((name) => [name, core.coreWord(CoreRecord[name])])),
    splits: core.coreWord(CoreRecord.splitFolios),
    released: core.coreWord(CoreRecord.releasedContainers),
    allocatedPages: core.coreWord(CoreRecord.allocatedPages),
    chargedPages: core.coreWord(CoreRecord.chargedPages),
  };
}

/** Owners of frames by one lookup, or several. */
function batchOf(core: Core, pfns: readonly number[]): number[] {
  const inside = pfns.filter((pfn) => pfn < core.nrFrames);
  const owners: number[] = [];
  for (let at = 0; at < inside.length; at += LOOKUP_BATCH)
    owners.push(...core.ownersInto(inside.slice(at, at + LOOKUP_BATCH)));
  return owners;
}

function pagesOf(core: Core, id: number, from: number): NaivePages {
  const at = (offset: number) => core.containerWord(id, from + offset - Container.anonPages);
  return {
    anon: at(Container.anonPages),
    file: at(Container.filePages),
    shmem: at(Container.shmemPages),
    kernel: at(Container.kernelPages),
    other: at(Container.otherPages),
    lru: [0, 1, 2, 3, 4].map((list) => at(Container.inactiveAnonPages + list * 4)),
    mapped: at(Container.mappedPages),
    charged: at(Container.chargedPages),
  };
}

function containerOf(core: Core, id: number) {
  const word = (offset: number) => core.containerWord(id, offset);
  return {
    parent: core.u16[(core.containerPtr(id) + Container.parentId) >>> 1],
    online: (core.containerFlags(id) & ContainerFlag.ONLINE) !== 0,
    max: word(Container.maxPages),
    peak: word(Container.peakPages),
    failCount: word(Container.failCount),
    chargeEvents: word(Container.chargeEvents),
    unchargeEvents: word(Container.unchargeEvents),
    usage: word(Container.usagePages),
    nrTasks: word(Container.nrTasks),
    nrChildren: word(Container.nrChildren),
    nrOnlineChildren: word(Container.nrOnlineChildren),
    own: pagesOf(core, id, Container.anonPages),
    total: pagesOf(core, id, Container.totalAnonPages),
    lists: [0, 1, 2, 3, 4].map((list) => listOf(core, id, list)),
  };
}

function listOf(core: Core, id: number, list: number): number[] {
  const ptr = core.containerPtr(id) + Container.lists + list * LruHead.sizeBytes;
  const pfns: number[] = [];
  for (let link = core.u32[ptr >>> 2]!; link !== 0; ) {
    pfns.push(link - 1);
    if (pfns.length > core.nrFrames) throw new Error(`list ${list} of container ${id} has a cycle`);
    link = core.u32[(core.framePtr(link - 1) + core.frame.lruNext) >>> 2]!;
  }
  return pfns;
}

function tasksOf(core: Core): number[][] {
  const first = core.coreWord(CoreRecord.tasksPtr) >>> 1;
  const tasks: number[][] = [];
  for (let pid = 0; pid < core.coreWord(CoreRecord.maxPids); pid++)
    if (core.u16[first + pid] !== 0) tasks.push([pid, core.u16[first + pid]!]);
  return tasks;
}

/** Pages of each container, by id from 1 on. */
function recountOf(model: NaiveLedger): number[] {
  const pages = new Array<number>(model.maxContainers).fill(0);
  for (const { owner, order } of model.folios.values()) pages[owner]! += 2 ** order;
  return pages.slice(1);
}

/** The same of the naive ledger. */
export function naiveStateOf(model: NaiveLedger, pfns: readonly number[]): ReturnType<typeof stateOf> {
  const containers: Record<number, unknown> = {};
  for (const [id, c] of model.containers)
    containers[id] = {
      ...c,
      usage: model.usage(id),
      nrTasks: model.nrTasks(id),
      nrChildren: model.children(id).length,
      nrOnlineChildren: model.children(id).filter((child) => child.online).length,
      own: model.pages(id, false),
      total: model.pages(id, true),
    };
  const folios = [...model.folios.values()];
  const sum = (of: typeof folios) => of.reduce((pages, folio) => pages + 2 ** folio.order, 0);
  return {
    nrFrames: model.nrFrames,
    containers,
    owners: pfns.map((pfn) => model.ownerOf(pfn)),
    ownersOfBatch: pfns.filter((pfn) => pfn < model.nrFrames).map((pfn) => model.ownerOf(pfn)),
    recount: recountOf(model),
    onlineOwners: pfns.map((pfn) => model.onlineOwnerOf(pfn)),
    folios: pfns.flatMap((pfn) => {
      const folio = model.folios.get(pfn);
      if (folio === undefined) return [];
      const { order, type, cached, mapCount, owner, list, wasSplit } = folio;
      const shown = {
        pfn,
        order,
        type,
        cached,
        mapCount,
        wasSplit,
        charged: owner !== 0,
        list: list < 0 ? null : list,
      };
      return [shown as NonNullable<ReturnType<typeof folioAt>>];
    }),
    tasks: [...model.tasks].sort(([a], [b]) => a - b),
    tallies: { ...model.tallies },
    splits: model.splits,
    released: model.released,
    allocatedPages: sum(folios),
    chargedPages: sum(folios.filter((folio) => folio.owner !== 0)),
  };
}

/** Bytes that a refused operation must leave alone: all but its tallies, the room that it has asked for, and what agents say of themselves. */
export function frozenBytes(core: Core): Uint8Array {
  const opsPtr = core.coreWord(CoreRecord.opsPtr);
  const framesPtr = core.coreWord(CoreRecord.framesPtr);
  const memory = new Uint8Array(core.memory.buffer);
  // From the region table to the tasks, then from the frames to the last slab: the buffers between are the host's.
  const head = memory.slice(CORE_PTR, opsPtr);
  const forget = (ptr: number, length: number) => head.fill(0, ptr - CORE_PTR, ptr - CORE_PTR + length);
  // What an agent is doing, its last error too, is not the ledger's.
  forget(AGENTS_PTR, core.coreWord(CoreRecord.containersPtr) - AGENTS_PTR);
  forget(CORE_PTR + CoreRecord.arenaEnd, 4);
  forget(CORE_PTR + CoreRecord.firstError, 4);
  forget(CORE_PTR + CoreRecord.opsExecuted, 8);
  forget(CORE_PTR + CoreRecord.firstErrorOp, 8);
  forget(CORE_PTR + CoreRecord.errorCounts, NR_ERR_TALLIES * 4);
  for (let id = 0; id < core.maxContainers; id++) forget(core.containerPtr(id) + Container.failCount, 4);
  return Buffer.concat([head, memory.subarray(framesPtr, core.coreWord(CoreRecord.arenaNext))]);
}
