/**
 * file-scan: readers go through files from end to end; the page cache fills, and what was read first makes room.
 *
 *   file   0 1 │2 3│4 5 6 7│8 … 15│16 … 31│   folios double up to `order`, as readahead does
 *   cache  ◄── oldest: out (CACHE_DEL, FREE) ─── read again: activated ─── newest ──►
 *
 * PARAMETERS  order    largest folio, log2 of pages; 4
 *             cache    share of frames that the page cache may take; 0.7
 *             reread   share of reads that find their folio cached and activate it; 0.2
 *             filePages  pages of a file; a file that ends is deleted with 1 of 8 chance; 1024
 *             containers  readers; 4
 * COST        5.1 bytes a frame.
 */
import { LruList, PageType } from "../abi.js";
import { FolioLists } from "./folio-lists.js";
import { FrameMap } from "./frame-map.js";
import { checkHistory, type HistoryWorkload } from "./history.js";
import { resolveOwn } from "./parameters.js";
import { Random } from "./random.js";
import { SteppedHistory } from "./stepped-history.js";

const NAME = "file-scan";
const CONTAINERS = 4;
const SHARE = { unit: "share", min: 0, max: 1, fraction: true } as const;
const PARAMETERS = {
  order: { text: "largest folio, log2 of pages", unit: "order", fallback: 4, min: 0, max: 9 },
  cache: {
    ...SHARE,
    text: "share of frames that the page cache may take",
    fallback: 0.7,
    min: 0.01,
    max: 0.9,
  },
  reread: { ...SHARE, text: "share of reads that find their folio cached", fallback: 0.2, max: 0.95 },
  filePages: { text: "pages of a file", unit: "pages", fallback: 1024, min: 1, max: 2 ** 30 },
} as const;

const RECLAIM_BATCH = 32;
const DELETED_A_STEP = 256;
const DELETE_CHANCE = 1 / 8;

type Own = { readonly [K in keyof typeof PARAMETERS]: number };

class FileScan extends SteppedHistory {
  readonly name = NAME;
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly #own: Own;
  readonly #containers: number;
  readonly #random: Random;
  readonly #frames: FrameMap;
  /** The cache of each reader, oldest first. */
  readonly #cache: FolioLists;
  /** Pages read of the present file, by reader. */
  readonly #read: Float64Array;
  readonly #maxCachePages: number;
  #made = 0;
  #victim = 0;

  constructor({ nrFrames, nrEvents, seed, containers }: ReturnType<typeof checkHistory>, own: Own) {
    super(nrFrames, nrEvents);
    this.maxContainers = containers + 1;
    this.maxPids = containers + 1;
    this.#own = own;
    this.#containers = containers;
    this.#random = new Random(seed);
    this.#frames = new FrameMap(nrFrames);
    this.#cache = new FolioLists(nrFrames, containers + 1);
    this.#read = new Float64Array(containers + 1);
    this.#maxCachePages = Math.max(1, Math.floor(own.cache * nrFrames));
  }

  protected step(): void {
    if (this.#made < this.#containers) {
      const memcg = ++this.#made;
      this.container(memcg, 0);
      this.attach(memcg, memcg);
      return;
    }
    const memcg = 1 + this.#random.below(this.#containers);
    if (this.#random.chance(this.#own.reread)) {
      const pfn = this.#cache.rotate(memcg);
      if (pfn >= 0) {
        this.activate(pfn, this.#cache.orderOf(pfn), memcg, PageType.FILE);
        return;
      }
    }
    this.#readOn(memcg);
  }

  #readOn(memcg: number): void {
    const ramp = 31 - Math.clz32(1 + this.#read[memcg]! / 2);
    const order = Math.min(this.#own.order, ramp);
    const nrPages = 1 << order;
    if (this.#frames.usedPages + nrPages > this.#maxCachePages) this.#reclaim();
    let pfn = this.#frames.take(order);
    let got = order;
    if (pfn < 0) {
      // No large block is left: single pages, as the kernel falls back.
      pfn = this.#frames.take(0);
      got = 0;
    }
    if (pfn < 0) return;
    this.cached(pfn, got, memcg, PageType.FILE);
    this.lruAdd(pfn, got, memcg, PageType.FILE, LruList.INACTIVE_FILE);
    this.#cache.push(memcg, pfn, got);
    this.#read[memcg]! += 1 << got;
    if (this.#read[memcg]! < this.#own.filePages) return;
    this.#read[memcg] = 0;
    if (this.#random.chance(DELETE_CHANCE)) for (let i = 0; i < DELETED_A_STEP && this.#drop(memcg); i++);
  }

  /** Takes the oldest folios of the readers in turn. */
  #reclaim(): void {
    for (let dropped = 0; dropped < RECLAIM_BATCH && this.#frames.usedPages > 0; ) {
      this.#victim = (this.#victim % this.#containers) + 1;
      if (this.#drop(this.#victim)) dropped++;
    }
  }

  #drop(memcg: number): boolean {
    const pfn = this.#cache.shift(memcg);
    if (pfn < 0) return false;
    const order = this.#cache.orderOf(pfn);
    this.cacheDel(pfn, order, memcg, PageType.FILE);
    this.free(pfn, order, memcg, PageType.FILE);
    this.#frames.give(pfn, order);
    return true;
  }
}

export const FILE_SCAN: HistoryWorkload = {
  name: NAME,
  text: "readers fill the page cache; the oldest folios make room",
  parameters: PARAMETERS,
  containers: CONTAINERS,
  create: (parameters) =>
    new FileScan(checkHistory(FILE_SCAN, parameters), resolveOwn(NAME, PARAMETERS, parameters)),
};
