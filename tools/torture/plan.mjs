// plan: the tree of containers, which pages are hot, and which owners each of them may ever have, so that a reader can
// tell a wrong one.
//
//   block 0        3 pages, 8 owners among them    narrow in the palette, its slots refilled all the time
//   block 1        9 pages, 6 owners               narrow and wide in turn
//   block 64       64 pages, 5 owners              wide, and empty when the tide is out: the tree grows and shrinks
//   block 65       64 pages, 20 owners             column
//   block 127      2 pages                         the tree's height
//
//   areas          folios up to an order, cut and joined: within a block beside single pages, of a whole block, across blocks
//                  and nodes; two, three, or many owners
//
// A page has two owners of its own, a page of an area any of the area's.  Some always have one: a reader that finds none
// there has found an error.  Each page and area is one agent's, but for the areas that are everybody's.
//
//   TOP ─┬─ GROUPS ── containers 1 … NR_OWNERS, no limits           own pages, and two of them counted pages as well
//        └─ LIMITED, at most LIMITED_PAGES ── COUNT_ONLY            counted pages only

export const NR_FRAMES = 8192;
/** Containers that pages can have as owners: 1 … NR_OWNERS, for sets of them are bits of a word. */
export const NR_OWNERS = 24;
export const TOP = NR_OWNERS + 1;
export const GROUPS = [TOP + 1, TOP + 2, TOP + 3];
export const LIMITED = TOP + 4;
export const LIMITED_PAGES = 3000;
export const COUNT_ONLY = [TOP + 5, TOP + 6, TOP + 7];
export const MAX_CONTAINERS = TOP + 8;
/** What counted pages are charged to. */
export const COUNTED = [1, 9, ...COUNT_ONLY];

/** Who is above whom, parents first. */
export const TREE = [
  { id: TOP, parent: 0 },
  ...[...GROUPS, LIMITED].map((id) => ({ id, parent: TOP })),
  ...Array.from({ length: NR_OWNERS }, (_, i) => ({ id: i + 1, parent: GROUPS[i % GROUPS.length] })),
  ...COUNT_ONLY.map((id) => ({ id, parent: LIMITED })),
];

const BLOCKS = [
  { first: 0, pages: [3, 10, 20], owners: 8, always: [3] },
  { first: 64, pages: [0, 1, 7, 15, 16, 31, 32, 62, 63], owners: 6, always: [7, 63] },
  { first: 4096, pages: Array.from({ length: 64 }, (_, i) => i), owners: 5, always: [] },
  { first: 4160, pages: Array.from({ length: 64 }, (_, i) => i), owners: 20, always: [] },
  { first: 8128, pages: [5, 63], owners: 4, always: [] },
];

/** @typedef {{pfn: number, owners: [number, number], always: boolean}} Page */
/** @type {Page[]} */
export const PAGES = BLOCKS.flatMap(({ first, pages, owners, always }, b) =>
  pages.map((page, i) => {
    const one = (i * 3 + b) % owners;
    const other = (one + 1 + (i % (owners - 1))) % owners;
    return {
      pfn: first + page,
      owners: /** @type {[number, number]} */ ([
        1 + ((one + b * 5) % NR_OWNERS),
        1 + ((other + b * 5) % NR_OWNERS),
      ]),
      always: always.includes(page),
    };
  }),
);

/**
 * Frames first … first + 2^order.  `alone`: an owner that the first of them may have by itself, and no other: of a run that
 * was one entry a reader may still hold a way to it.
 * @typedef {{first: number, order: number, owners: number[], alone?: number}} Area
 */
/** @type {Area[]} */
export const AREAS = [
  { first: 512, order: 9, owners: [2, 7], alone: 8 },
  { first: 4608, order: 9, owners: [1, 5, 9, 13, 17, 21] },
  { first: 128, order: 6, owners: [3, 4, 11, 12, 19], alone: 20 },
  { first: 3968, order: 7, owners: [6, 14, 22] },
  { first: 8144, order: 4, owners: [8, 16, 24] },
  { first: 2048, order: 8, owners: [10, 18] },
];

/** Areas that every agent takes from: what it does there may be refused, for another was there before. */
/** @type {Area[]} */
export const COMMON = [
  { first: 192, order: 5, owners: [1, 2, 3, 4, 5] },
  { first: 6144, order: 7, owners: [9, 15, 20, 23] },
];

/** Every frame that an operation touches. */
export const HOT = [
  ...PAGES.map(({ pfn }) => pfn),
  ...[...AREAS, ...COMMON].flatMap(({ first, order }) =>
    Array.from({ length: 2 ** order }, (_, i) => first + i),
  ),
];

/** For each frame one bit per owner that a lookup may answer, bit 0 for none. */
export const ALLOWED = new Uint32Array(NR_FRAMES).fill(1);
for (const { pfn, owners, always } of PAGES)
  ALLOWED[pfn] = (always ? 0 : 1) | (1 << owners[0]) | (1 << owners[1]);
for (const { first, order, owners, alone } of [...AREAS, ...COMMON]) {
  ALLOWED.fill(
    owners.reduce((bits, owner) => bits | (1 << owner), 1),
    first,
    first + 2 ** order,
  );
  if (alone) ALLOWED[first] |= 1 << alone;
}

/** Numbers from a seed, as many as are asked for. */
export class Random {
  /** @param {number} seed */
  constructor(seed) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }
  /** Below `end`. @param {number} end */
  below(end) {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state % end;
  }
  /** One of them. @template T @param {readonly T[]} from */
  of(from) {
    return from[this.below(from.length)];
  }
}
