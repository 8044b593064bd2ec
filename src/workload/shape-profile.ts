/**
 * shape-profile: the figures by which a capture-shaped history resembles the capture that it was fitted to.
 *
 * Plain data, fit for JSON.  Time is counted in *ticks*: one for each allocation, cache event, LRU event and free,
 * and none for a charge, so that a trace and a row of strict operations run by the same clock.
 *
 *   lifetimes  [0.05, 0.2, …]   share of folios by log2 of their ticks from allocation to free;
 *                                what is missing to 1 was never freed
 */
export interface KindShape {
  /** PageType; NONE = nobody pays. */
  readonly type: number;
  readonly order: number;
  /** Of all folios allocated. */
  readonly share: number;
  readonly lifetimes: readonly number[];
  /** Share of folios first put on each LRU list; the rest on none. */
  readonly lists: readonly number[];
  /** LRU_ACTIVATE per folio. */
  readonly activates: number;
  /** Share of the freed ones that left the page cache by an event of its own. */
  readonly cacheDels: number;
}

export interface ShapeProfile {
  readonly name: string;
  /** Ticks of the capture. */
  readonly ticks: number;
  readonly kinds: readonly KindShape[];
  /** Runs of one owner in folios below 64 pages: [pages, share of runs]. */
  readonly runs: readonly (readonly [number, number])[];
  /** Share of runs that a gap follows, before the next run and within the block. */
  readonly gapShare: number;
  /** Those gaps: [pages, share of gaps]. */
  readonly gaps: readonly (readonly [number, number])[];
  /** Share of blocks of 64 frames by the owners in them; the first is for 1. */
  readonly ownersPerBlock: readonly number[];
  /** Share of charged pages by owner, largest first. */
  readonly owners: readonly number[];
  /** Depth of each of these owners in the tree of containers; 1 = top. */
  readonly depths: readonly number[];
  /** Share of live pages by order of their folio: charged ones, and those that nobody pays for. */
  readonly pagesByOrder: readonly number[];
  readonly outsideByOrder: readonly number[];
  /** Share of live pages that nobody pays for. */
  readonly outside: number;
  /** Tasks forked per tick; as many exit. */
  readonly forks: number;
}

export const NR_LIFETIMES = 32;
/** Orders that a profile tells apart. */
export const NR_ORDERS = 11;
/** Folios of this order and above fill blocks of 64 frames alone. */
export const BLOCK_ORDER = 6;
export const BLOCK_FRAMES = 1 << BLOCK_ORDER;

/** Lengths that are told apart: each up to 16, then powers of two. */
export function lengthClass(pages: number): number {
  return pages <= 16 ? pages : 2 ** (31 - Math.clz32(pages));
}

/** The class of a lifetime. */
export function lifetimeClass(ticks: number): number {
  return Math.min(NR_LIFETIMES - 1, Math.floor(Math.log2(Math.max(1, ticks))));
}
