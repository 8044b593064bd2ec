/**
 * memory-pressure: containers that run into their limits, reclaim page cache, and lose a task where there is none left.
 *
 *   usage  limit ┄┄┄┄┄┄×┄┄┄┄┄×┄┄┄┄×┄┄┄  × refused: a batch of the oldest file pages goes, the fault is tried again
 *               ╱╲╱╲╱ ╲╱╲╱ ╲╱╲╱│           no file pages left: all anonymous memory goes with its task (OOM), and
 *              ╱               │ ╱          a new one starts
 *
 *   parent (3/4 of its children's limits) ─┬─ leaf ─┬─ leaf ─┬─ leaf ─┬─ leaf       four leaves each
 *
 * Limits also move: now and then one is halved below the usage, and later raised again.
 *
 * PARAMETERS  anon   share of faults that are anonymous; 0.35
 *             limit  pages of a leaf; 0 = three quarters of the frames among all leaves; 0
 *             containers  leaves; 16
 * COST        5.1 bytes a frame.
 */
import { PageType } from "../abi.js";
import { FolioLists } from "./folio-lists.js";
import { FrameMap } from "./frame-map.js";
import { checkHistory, type HistoryWorkload } from "./history.js";
import { resolveOwn, WorkloadError } from "./parameters.js";
import { Random } from "./random.js";
import { inactiveListOf, SteppedHistory } from "./stepped-history.js";

const NAME = "memory-pressure";
const CONTAINERS = 16;
const PARAMETERS = {
  anon: {
    text: "share of faults that are anonymous",
    unit: "share",
    fallback: 0.35,
    min: 0,
    max: 1,
    fraction: true,
  },
  limit: {
    text: "limit of a leaf; 0 = three quarters of the frames among all",
    unit: "pages",
    fallback: 0,
    min: 0,
    max: 2 ** 28,
  },
} as const;

const LEAVES_A_PARENT = 4;
const FAULTS_A_STEP = 8;
const RECLAIM_BATCH = 32;
const KILL_BATCH = 512;
const LIMIT_MOVES = 1 / 1024;

type Own = { readonly [K in keyof typeof PARAMETERS]: number };

class MemoryPressure extends SteppedHistory {
  readonly name = NAME;
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly #leaves: number;
  readonly #anon: number;
  readonly #limit: number;
  readonly #random: Random;
  readonly #frames: FrameMap;
  /** By leaf: anonymous folios at 2 × leaf, file folios behind. */
  readonly #lists: FolioLists;
  /** Pages and limits by container id: leaves first, then parents. */
  readonly #usage: Float64Array;
  readonly #max: Float64Array;
  readonly #dying: Uint8Array;
  #madeParents = 0;
  #madeLeaves = 0;

  constructor({ nrFrames, nrEvents, seed, containers }: ReturnType<typeof checkHistory>, own: Own) {
    super(nrFrames, nrEvents);
    const parents = Math.ceil(containers / LEAVES_A_PARENT);
    this.#leaves = containers;
    this.maxContainers = containers + parents + 1;
    this.maxPids = 2 * containers + 1;
    this.#anon = own.anon;
    this.#limit = own.limit || Math.max(1, Math.floor((nrFrames * 0.75) / containers));
    this.#random = new Random(seed);
    this.#frames = new FrameMap(nrFrames);
    this.#lists = new FolioLists(nrFrames, 2 * (containers + 1));
    this.#usage = new Float64Array(this.maxContainers);
    this.#max = new Float64Array(this.maxContainers);
    this.#dying = new Uint8Array(containers + 1);
  }

  protected step(): void {
    if (this.#make()) return;
    const leaf = 1 + this.#random.below(this.#leaves);
    if (this.#dying[leaf] === 1) {
      this.#kill(leaf);
      return;
    }
    if (this.#random.chance(LIMIT_MOVES)) this.#moveLimit(leaf);
    const type = this.#random.chance(this.#anon) ? PageType.ANON : PageType.FILE;
    const faults = this.#random.between(1, FAULTS_A_STEP);
    for (let i = 0; i < faults; i++) this.#fault(leaf, type);
  }

  /** Makes the next container; false when all are there. */
  #make(): boolean {
    const parents = this.maxContainers - 1 - this.#leaves;
    if (this.#madeParents < parents) {
      const id = this.#leaves + ++this.#madeParents;
      const children = Math.min(LEAVES_A_PARENT, this.#leaves - (this.#madeParents - 1) * LEAVES_A_PARENT);
      this.#max[id] = Math.max(1, Math.floor(children * this.#limit * 0.75));
      this.container(id, 0, this.#max[id]!);
      return true;
    }
    if (this.#madeLeaves === this.#leaves) return false;
    const id = ++this.#madeLeaves;
    this.#max[id] = this.#limit;
    this.container(id, this.#parentOf(id), this.#limit);
    this.attach(id, id);
    this.fork(id, this.#taskOf(id));
    return true;
  }

  #parentOf(leaf: number): number {
    return this.#leaves + 1 + Math.floor((leaf - 1) / LEAVES_A_PARENT);
  }
  #taskOf(leaf: number): number {
    return this.#leaves + leaf;
  }

  #moveLimit(leaf: number): void {
    this.#max[leaf] = this.#max[leaf] === this.#limit ? Math.max(1, this.#limit >>> 1) : this.#limit;
    this.setMax(leaf, this.#max[leaf]!);
  }

  #fault(leaf: number, type: number): void {
    const pfn = this.#frames.take(0);
    const parent = this.#parentOf(leaf);
    const fits = this.#usage[leaf]! < this.#max[leaf]!;
    if (!fits || this.#usage[parent]! >= this.#max[parent]!) {
      this.refused(pfn, 0, leaf, type);
      this.#frames.give(pfn, 0);
      this.#reclaim(fits ? this.#fattest(leaf) : leaf);
      return;
    }
    this.folio(pfn, 0, leaf, type);
    this.lruAdd(pfn, 0, leaf, type, inactiveListOf(type));
    if (type === PageType.FILE && this.#random.chance(0.25)) this.activate(pfn, 0, leaf, PageType.FILE);
    this.#lists.push(leaf * 2 + (type === PageType.FILE ? 1 : 0), pfn, 0);
    this.#usage[leaf]!++;
    this.#usage[parent]!++;
  }

  /** The sibling of `leaf`, or itself, that holds most. */
  #fattest(leaf: number): number {
    const first = leaf - ((leaf - 1) % LEAVES_A_PARENT);
    let fattest = leaf;
    for (let id = first; id < first + LEAVES_A_PARENT && id <= this.#leaves; id++)
      if (this.#usage[id]! > this.#usage[fattest]!) fattest = id;
    return fattest;
  }

  #reclaim(leaf: number): void {
    let freed = 0;
    while (freed < RECLAIM_BATCH && this.#drop(leaf, PageType.FILE)) freed++;
    if (freed === 0) this.#dying[leaf] = 1;
  }

  #drop(leaf: number, type: number): boolean {
    const pfn = this.#lists.shift(leaf * 2 + (type === PageType.FILE ? 1 : 0));
    if (pfn < 0) return false;
    if (type === PageType.FILE) this.cacheDel(pfn, 0, leaf, type);
    this.free(pfn, 0, leaf, type);
    this.#frames.give(pfn, 0);
    this.#usage[leaf]!--;
    this.#usage[this.#parentOf(leaf)]!--;
    return true;
  }

  #kill(leaf: number): void {
    for (let i = 0; i < KILL_BATCH; i++)
      if (!this.#drop(leaf, PageType.ANON)) {
        this.exit(this.#taskOf(leaf));
        this.fork(leaf, this.#taskOf(leaf));
        this.#dying[leaf] = 0;
        return;
      }
  }
}

export const MEMORY_PRESSURE: HistoryWorkload = {
  name: NAME,
  text: "limits are hit, page cache is reclaimed, tasks are killed",
  parameters: PARAMETERS,
  containers: CONTAINERS,
  create(parameters) {
    const sizes = checkHistory(MEMORY_PRESSURE, parameters);
    const own = resolveOwn(NAME, PARAMETERS, parameters);
    if (own.limit * sizes.containers * 0.75 > sizes.nrFrames * 0.9)
      throw new WorkloadError(
        NAME,
        `limits of ${own.limit} pages for ${sizes.containers} containers do not fit ${sizes.nrFrames} frames`,
        "lower limit or containers, or give more frames",
      );
    return new MemoryPressure(sizes, own);
  },
};
