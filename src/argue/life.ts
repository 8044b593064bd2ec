/**
 * life: what a page goes through, again and again, as a workload that touches its descriptor.
 *
 *   charged    allocate and charge ─► onto an LRU list ─► activate ─► free        for all pages of a batch, step by step
 *   uncharged  allocate ─► map ─► unmap ─► free
 *
 * By the time a page's next step comes, the rest of its batch has passed through the caches.
 */
import { LruList, Op, PageType } from "../abi.js";
import { OP_WORDS, OPS_BUFFER_OPS } from "../core/core.js";
import { type Machine, openCore, sequence } from "./machine.js";

export interface LifeOptions {
  /** For people. */
  readonly label: string;
  readonly order: "sequential" | "random";
  readonly charged: boolean;
}

export const CHARGED: LifeOptions = {
  label: "lives of charged pages at random",
  order: "random",
  charged: true,
};
export const IN_SEQUENCE: LifeOptions = {
  label: "lives of charged pages in sequence",
  order: "sequential",
  charged: true,
};
export const UNCHARGED: LifeOptions = {
  label: "lives of uncharged pages at random",
  order: "random",
  charged: false,
};
export const LIVES: readonly LifeOptions[] = [CHARGED, IN_SEQUENCE, UNCHARGED];

const OWNER = 1;

/** Room for one container, and no history. */
const BARE: Machine = {
  name: "bare",
  source: "generated",
  nrFrames: 0,
  maxContainers: 2,
  maxPids: 2,
  operations: new Uint32Array(0),
  isCut: false,
  kernelFlags: 0,
};

/** The operations of `pages` lives in a machine of `nrFrames`, one part for each step: the same for all competitors. */
export function livesOf(nrFrames: number, pages: number, { order, charged }: LifeOptions): Uint32Array[] {
  const steps = charged ? chargedSteps : unchargedSteps;
  const pfns =
    order === "random" ? shuffled(nrFrames, pages) : Uint32Array.from({ length: pages }, (_, i) => i);
  const batch = Math.min(pages, OPS_BUFFER_OPS);
  const prepared: Uint32Array[] = [];
  for (let at = 0; at < pages; at += batch)
    for (const [word0, word2] of steps) {
      const part = pfns.subarray(at, at + batch);
      const words = new Uint32Array(part.length * OP_WORDS);
      for (const [i, pfn] of part.entries()) words.set([word0, pfn, word2, 0], i * OP_WORDS);
      prepared.push(words);
    }
  return prepared;
}

/** Opens a ledger, and answers a run of such lives; its checksum counts what was done, which is everything. */
export function liveIn(
  module: WebAssembly.Module,
  nrFrames: number,
  prepared: readonly Uint32Array[],
): () => number {
  const core = openCore(module, BARE, nrFrames);
  core.runOne(Op.CONTAINER_CREATE, OWNER, 0xffffffff);
  return () => {
    let done = 0;
    for (const words of prepared) done += core.execute(words, words.length / OP_WORDS, true).done;
    return done;
  };
}

const chargedSteps: readonly (readonly [number, number])[] = [
  [Op.ALLOC_CHARGE | (OWNER << 16), PageType.ANON],
  [Op.LRU_ADD, LruList.INACTIVE_ANON],
  [Op.LRU_ACTIVATE, 0],
  [Op.FREE, 0],
];
const unchargedSteps: readonly (readonly [number, number])[] = [
  [Op.ALLOC, 0],
  [Op.MAP, 0],
  [Op.UNMAP, 0],
  [Op.FREE, 0],
];

/** Different frames from all over the machine, in random order. */
function shuffled(nrFrames: number, count: number): Uint32Array {
  const random = sequence(44);
  const all = Uint32Array.from({ length: nrFrames }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = i + (random() % (nrFrames - i));
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all.slice(0, count);
}
