// history-plan: pages that two Web Workers look up while a third one changes their owners, and the owners that each may have.
export const NR_CONTAINERS = 12;
export const NR_FRAMES = 8192;

/** A block whose pages always have an owner, few in all; one of many owners that empties; one far away, so that a tree grows. */
const BLOCKS = [
  { first: 0, step: 16, owners: 3, always: true },
  { first: 4096, step: 1, owners: NR_CONTAINERS, always: false },
  { first: 8128, step: 32, owners: 4, always: false },
];

export const PAGES = BLOCKS.flatMap(({ first, step, owners, always }) =>
  Array.from({ length: 64 / step }, (_, i) => ({
    pfn: first + i * step,
    ids: [1 + (i % owners), 1 + ((i + 1) % owners)],
    always,
  })),
);
