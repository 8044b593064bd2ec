/**
 * shape-meter: watches operations go by and measures the shape of their history.
 *
 *   ops ──► folios by pfn: order, owner, type, birth, activations ──► kinds, lifetimes, mix
 *           every 1024 ticks: a walk over the frames              ──► runs, gaps, owners in a block
 *
 * Takes the operations of a replayed trace and those of a history alike, so that a history can be held against the
 * profile that it was made from.  For captures and tests: it keeps an object for each live folio.
 */
import { Op, PageType } from "../abi.js";
import {
  BLOCK_FRAMES,
  BLOCK_ORDER,
  type KindShape,
  lengthClass,
  lifetimeClass,
  NR_LIFETIMES,
  NR_ORDERS,
  type ShapeProfile,
} from "./shape-profile.js";

interface Folio {
  order: number;
  owner: number;
  type: number;
  born: number;
  list: number;
  activates: number;
  left: boolean;
}

interface KindTally {
  folios: number;
  readonly lifetimes: Float64Array;
  readonly lists: Float64Array;
  activates: number;
  freed: number;
  cacheDels: number;
}

const SAMPLE_TICKS = 1024;
const OWNERS_MAX = 64;

export class ShapeMeter {
  readonly #folios = new Map<number, Folio>();
  readonly #kinds = new Map<number, KindTally>();
  readonly #runs = new Map<number, number>();
  readonly #gaps = new Map<number, number>();
  readonly #blocks = new Float64Array(BLOCK_FRAMES);
  readonly #pagesByOwner = new Map<number, number>();
  readonly #depths = new Map<number, number>();
  readonly #pagesByOrder = new Float64Array(NR_ORDERS);
  readonly #outsideByOrder = new Float64Array(NR_ORDERS);
  #ticks = 0;
  #forks = 0;
  #sampled = 0;

  get ticks(): number {
    return this.#ticks;
  }

  /** Takes `count` operations of 4 words. */
  take(words: Uint32Array, count: number): void {
    for (let i = 0; i < count * 4; i += 4) {
      this.#op(words[i]!, words[i + 1]!, words[i + 2]!);
      if (this.#ticks - this.#sampled >= SAMPLE_TICKS) this.#sample();
    }
  }

  #op(word0: number, pfn: number, word2: number): void {
    const order = (word0 >>> 8) & 0xff;
    const memcg = word0 >>> 16;
    switch (word0 & 0xff) {
      case Op.ALLOC:
      case Op.ALLOC_CHARGE:
        this.#ticks++;
        this.#end(pfn);
        this.#folios.set(pfn, {
          order,
          owner: memcg,
          type: memcg === 0 ? PageType.NONE : word2,
          born: this.#ticks,
          list: -1,
          activates: 0,
          left: false,
        });
        if ((word0 & 0xff) === Op.ALLOC) this.#folios.get(pfn)!.owner = 0;
        break;
      case Op.CHARGE:
        this.#set(pfn, memcg, word2);
        break;
      case Op.CACHE_ADD:
        this.#ticks++;
        this.#set(pfn, memcg, this.#folios.get(pfn)?.type || PageType.FILE);
        break;
      case Op.RECHARGE:
        // One for the cache ticks; one that only corrects the owner does not.
        if (word2 === PageType.FILE || word2 === PageType.SHMEM) this.#ticks++;
        this.#recharge(pfn, order, memcg, word2);
        break;
      case Op.LRU_ADD:
      case Op.LRU_PUT: {
        this.#ticks++;
        const folio = this.#folios.get(pfn);
        if (folio !== undefined && folio.list < 0) folio.list = word2;
        break;
      }
      case Op.LRU_ACTIVATE:
      case Op.REPLAY_ACTIVATE: {
        this.#ticks++;
        const folio = this.#folios.get(pfn);
        if (folio !== undefined) folio.activates++;
        break;
      }
      case Op.CACHE_DEL:
      case Op.REPLAY_CACHE_DEL: {
        this.#ticks++;
        const folio = this.#folios.get(pfn);
        if (folio !== undefined) folio.left = true;
        break;
      }
      case Op.FREE:
      case Op.RELEASE:
        this.#ticks++;
        this.#end(pfn);
        break;
      case Op.TASK_FORK:
      case Op.REPLAY_FORK:
        this.#forks++;
        break;
      case Op.TASK_ATTACH:
        // A replay says a fork as an attachment of the child.
        if (memcg !== 0) this.#forks++;
        break;
      case Op.CONTAINER_CREATE:
        this.#depths.set(pfn, (this.#depths.get(memcg) ?? 0) + 1);
        break;
    }
  }

  #set(pfn: number, owner: number, type: number): void {
    const folio = this.#folios.get(pfn);
    if (folio === undefined) return;
    folio.owner = owner;
    folio.type = owner === 0 ? PageType.NONE : type;
  }

  #recharge(pfn: number, order: number, owner: number, type: number): void {
    const folio = this.#folios.get(pfn);
    if (folio === undefined || folio.order !== order) return;
    const kept = folio.type === PageType.NONE ? PageType.ANON : folio.type;
    this.#set(pfn, owner, type === PageType.NONE ? kept : type);
  }

  #tally(folio: Folio): KindTally {
    const key = folio.type * NR_ORDERS + Math.min(NR_ORDERS - 1, folio.order);
    let tally = this.#kinds.get(key);
    if (tally === undefined) {
      const lifetimes = new Float64Array(NR_LIFETIMES);
      tally = { folios: 0, lifetimes, lists: new Float64Array(5), activates: 0, freed: 0, cacheDels: 0 };
      this.#kinds.set(key, tally);
    }
    return tally;
  }

  #end(pfn: number): void {
    const folio = this.#folios.get(pfn);
    if (folio === undefined) return;
    const tally = this.#tally(folio);
    this.#count(tally, folio);
    tally.lifetimes[lifetimeClass(this.#ticks - folio.born)]!++;
    tally.freed++;
    if (folio.left) tally.cacheDels++;
    this.#folios.delete(pfn);
  }

  #count(tally: KindTally, folio: Folio): void {
    tally.folios++;
    tally.activates += folio.activates;
    if (folio.list >= 0) tally.lists[folio.list]!++;
  }

  /** Walks over the frames as they are now. */
  #sample(): void {
    this.#sampled = this.#ticks;
    const pfns = Float64Array.from(this.#folios.keys()).sort();
    let runOwner = 0;
    let runStart = 0;
    let runEnd = 0;
    let block = -1;
    const inBlock = new Set<number>();
    const closeRun = (next: number) => {
      if (runOwner === 0) return;
      add(this.#runs, lengthClass(runEnd - runStart));
      const gap = next - runEnd;
      // A gap counts where another run begins in the same block.
      if (gap > 0 && next >>> BLOCK_ORDER === (runEnd - 1) >>> BLOCK_ORDER) add(this.#gaps, lengthClass(gap));
    };
    const enterBlock = (number: number) => {
      if (inBlock.size > 0) this.#blocks[Math.min(inBlock.size, BLOCK_FRAMES) - 1]!++;
      inBlock.clear();
      block = number;
    };
    for (const pfn of pfns) {
      const folio = this.#folios.get(pfn)!;
      const nrPages = 1 << folio.order;
      const order = Math.min(NR_ORDERS - 1, folio.order);
      if (folio.owner === 0) {
        this.#outsideByOrder[order]! += nrPages;
        continue;
      }
      this.#pagesByOrder[order]! += nrPages;
      add(this.#pagesByOwner, folio.owner, nrPages);
      if (folio.order >= BLOCK_ORDER) continue;
      if (pfn >>> BLOCK_ORDER !== block) enterBlock(pfn >>> BLOCK_ORDER);
      inBlock.add(folio.owner);
      if (folio.owner !== runOwner || pfn !== runEnd) {
        closeRun(pfn);
        runOwner = folio.owner;
        runStart = pfn;
      }
      runEnd = pfn + nrPages;
    }
    closeRun(Number.MAX_SAFE_INTEGER);
    enterBlock(-1);
  }

  /** The profile of all that was taken; folios that still live have no lifetime. */
  profile(name: string): ShapeProfile {
    if (this.#sampled !== this.#ticks) this.#sample();
    for (const folio of this.#folios.values()) this.#count(this.#tally(folio), folio);
    this.#folios.clear();
    const total = [...this.#kinds.values()].reduce((sum, { folios }) => sum + folios, 0);
    const kinds = [...this.#kinds]
      .sort(([a], [b]) => a - b)
      .map(([key, tally]) => kindShape(key, tally, total));
    const owners = [...this.#pagesByOwner].sort(([, a], [, b]) => b - a).slice(0, OWNERS_MAX);
    const outside = sum(this.#outsideByOrder);
    const nrRuns = sum(this.#runs.values());
    return {
      name,
      ticks: this.#ticks,
      kinds,
      runs: shares(this.#runs),
      gapShare: round(sum(this.#gaps.values()) / Math.max(1, nrRuns)),
      gaps: shares(this.#gaps),
      ownersPerBlock: trimmed(this.#blocks),
      owners: trimmed(owners.map(([, pages]) => pages)),
      depths: owners.map(([owner]) => this.#depths.get(owner) ?? 1),
      pagesByOrder: trimmed(this.#pagesByOrder),
      outsideByOrder: trimmed(this.#outsideByOrder),
      outside: round(outside / Math.max(1, outside + sum(this.#pagesByOrder))),
      forks: round(this.#forks / Math.max(1, this.#ticks)),
    };
  }
}

function kindShape(key: number, tally: KindTally, total: number): KindShape {
  const of = (n: number) => round(n / tally.folios);
  return {
    type: Math.floor(key / NR_ORDERS),
    order: key % NR_ORDERS,
    share: round(tally.folios / total),
    lifetimes: withoutTail(Array.from(tally.lifetimes, of)),
    lists: withoutTail(Array.from(tally.lists, of)),
    activates: of(tally.activates),
    cacheDels: round(tally.cacheDels / Math.max(1, tally.freed)),
  };
}

function add(tally: Map<number, number>, key: number, n = 1): void {
  tally.set(key, (tally.get(key) ?? 0) + n);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

const round = (share: number) => Number(share.toPrecision(5));

function shares(tally: ReadonlyMap<number, number>): (readonly [number, number])[] {
  const total = sum(tally.values());
  return [...tally].sort(([a], [b]) => a - b).map(([key, n]) => [key, round(n / total)] as const);
}

/** Shares of a whole, without zeros at the end. */
function trimmed(values: ArrayLike<number>): number[] {
  const total = sum(Array.from(values));
  return withoutTail(Array.from(values, (n) => round(total === 0 ? 0 : n / total)));
}

function withoutTail(values: number[]): number[] {
  let end = values.length;
  while (end > 0 && values[end - 1] === 0) end--;
  return values.slice(0, end);
}
