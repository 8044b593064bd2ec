// plan: which pages are hot, and which owners each of them may ever have, so that a reader can tell a wrong one.
//
//   block 0        3 pages, 8 owners among them    narrow in the palette, its slots refilled all the time
//   block 1        9 pages, 6 owners               narrow and wide in turn
//   block 64       64 pages, 5 owners              wide, and empty when the tide is out: the tree grows and shrinks
//   block 65       64 pages, 20 owners             column
//   block 127      2 pages                         the tree's height
//
// A page has two owners of its own.  Some always have one of them: a reader that finds none there has found an error.

export const NR_FRAMES = 8192;
export const NR_CONTAINERS = 24;

const BLOCKS = [
  { first: 0, pages: [3, 10, 20], owners: 8, always: [3] },
  { first: 64, pages: [0, 1, 7, 15, 16, 31, 32, 62, 63], owners: 6, always: [7, 63] },
  { first: 4096, pages: Array.from({ length: 64 }, (_, i) => i), owners: 5, always: [] },
  { first: 4160, pages: Array.from({ length: 64 }, (_, i) => i), owners: 20, always: [] },
  { first: 8128, pages: [5, 63], owners: 4, always: [] },
];

/** @type {{pfn: number, owners: [number, number], always: boolean}[]} */
export const PAGES = BLOCKS.flatMap(({ first, pages, owners, always }, b) =>
  pages.map((page, i) => {
    const one = (i * 3 + b) % owners;
    const other = (one + 1 + (i % (owners - 1))) % owners;
    return {
      pfn: first + page,
      owners: /** @type {[number, number]} */ ([
        1 + ((one + b * 5) % NR_CONTAINERS),
        1 + ((other + b * 5) % NR_CONTAINERS),
      ]),
      always: always.includes(page),
    };
  }),
);

/** For each hot page one bit per owner that a lookup may answer, bit 0 for none. */
export const ALLOWED = new Uint32Array(
  PAGES.map(({ owners, always }) => (always ? 0 : 1) | (1 << owners[0]) | (1 << owners[1])),
);

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
}
