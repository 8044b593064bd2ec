// promises: what the benchmarks of the designs and of several agents are to show, as data: where a figure is, its limit, and what a
// whole measurement consists of.
import { geometricMean } from "../../dist/measure/index.js";
import { allCaptures } from "./environment.mjs";
import { LAB_PROMISES } from "./lab-promises.mjs";
import { density, power, short } from "./table.mjs";

/**
 * What a run of a kind measures.
 * @typedef {{ designs: string[], densities: number[], patterns: string[], recountDensities: number[], events: number[],
 *   frames: Record<string, number[]> }} Grid
 *
 * Figures of a promise: none where it was not measured; `lacks` says what a whole measurement has besides.
 * @typedef {{ figures: number[], lacks?: string, note?: string }} Found
 * @typedef {(suite: string) => { results: any, parameters: any }} Read
 *
 * A limit is for the worst figure.  Without a limit a figure is shown beside, whatever it is.
 * @typedef {{ id: string, point: number, text: string, suite: string, limit?: number, below?: boolean, isMean?: true,
 *   native?: true, frames?: number, find: (read: Read, grid: Grid) => Found }} Promised
 */

const cellsOf = (read, suite, where) =>
  (read(suite).results.cells ?? []).filter((cell) =>
    Object.entries(where).every(([key, value]) => cell[key] === value),
  );

/**
 * What is missing of a list, in words.
 * @param {string} what @param {any[]} wanted @param {any[]} found @param {(each: any) => string} [text] @returns {{ lacks?: string }}
 */
const lacking = (what, wanted, found, text = (each) => String(each)) => {
  const missing = wanted.filter((each) => !found.includes(each));
  return missing.length === 0 ? {} : { lacks: `without ${what} ${missing.map(text).join(", ")}` };
};

/** Lookups by size: wasm's time over that of scalar C, over all designs, densities and patterns. */
const overC = (nrFrames) => (read, grid) => {
  const cells = cellsOf(read, "lookup", { frames: nrFrames, question: "owner" }).filter(
    (c) => c.ratios["C scalar"],
  );
  if (cells.length === 0) return { figures: [] };
  const have = new Set(cells.map((c) => `${c.design} ${c.density} ${c.pattern}`));
  const all = grid.designs.flatMap((design) =>
    grid.densities.flatMap((d) => grid.patterns.map((pattern) => `${design} ${d} ${pattern}`)),
  );
  const measured = all.filter((cell) => have.has(cell)).length;
  return {
    figures: [geometricMean(cells.map((c) => c.ratios["C scalar"].median))],
    note: `geometric mean of ${cells.length} cells`,
    ...(measured < all.length ? { lacks: `${measured} of ${all.length} cells of the grid` } : {}),
  };
};

const radixOverC = (nrFrames) => (read, grid) => {
  const where = { frames: nrFrames, design: "radix", pattern: "uniform", question: "owner" };
  const cells = cellsOf(read, "lookup", where).filter((c) => c.ratios["C scalar"]);
  return {
    figures: cells.map((c) => c.ratios["C scalar"].median),
    ...lacking(
      "density",
      grid.densities,
      cells.map((c) => c.density),
      density,
    ),
  };
};

const overInPage = (nrFrames, question) => (read) => {
  const where = { frames: nrFrames, design: "palette", pattern: "uniform", question };
  return { figures: cellsOf(read, "versus", where).map((c) => c.faster.median) };
};

const overScript = (nrFrames, design, script) => (read) => {
  const cells = cellsOf(read, "lookup", { frames: nrFrames, design, question: "owner", pattern: "uniform" });
  return { figures: cells.flatMap((c) => (c.ratios[script] ? [1 / c.ratios[script].median] : [])) };
};

const recountNs = (nrFrames, design, competitor) => (read, grid) => {
  const cells = cellsOf(read, "recount", { frames: nrFrames, design });
  return {
    figures: cells.flatMap((c) =>
      c.estimates.filter(({ name }) => name === competitor).map((e) => e.medianNs),
    ),
    ...lacking(
      "density",
      grid.recountDensities,
      cells.map((c) => c.density),
      density,
    ),
  };
};

/** A figure of the palette in each capture. */
const ofCaptures = (figureOf) => (read) => {
  const captures = Object.entries(read("memory").results.captures ?? {}).filter(([, c]) => c.bytes?.palette);
  return {
    figures: captures.map(([, { palette }]) => figureOf(palette) * 100),
    note: `${captures.length} captures`,
    ...lacking(
      "capture",
      allCaptures().map(({ name }) => name),
      captures.map(([name]) => name),
    ),
  };
};

const inOneMemory = (design) => (read) => {
  const { results, parameters } = read("big");
  const found = results[design];
  if (found === undefined) return { figures: [] };
  const lookups = Object.entries(found.lookups).map(
    ([pattern, [wasm]]) => `${pattern} ${short(wasm.meanNs)} ns`,
  );
  const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return {
    figures: [Math.log2(parameters.nrFrames)],
    note: `${mib(found.indexBytes)} of index, ${mib(found.memoryBytes)} in all; ${lookups.join(", ")}`,
  };
};

const flatCost = (read, grid) => {
  const { results, parameters } = read("flat");
  const events = parameters.events ?? [];
  const rows = Object.entries(results);
  if (rows.length === 0) return { figures: [] };
  const [worst] = rows.reduce((a, b) => (a[1].spread >= b[1].spread ? a : b));
  return {
    figures: rows.map(([, { spread }]) => 1 + spread),
    note: `${worst}; ${events.map((n) => n.toExponential()).join(", ")} events at ${power(parameters.nrFrames)} frames`,
    ...lacking(
      "design",
      grid.designs,
      rows.map(([name]) => name),
    ),
    ...lacking("events", grid.events, events, (n) => n.toExponential()),
  };
};

/** Counted charges by one agent: the deepest tree over the flattest, and wasm over C. */
const stockDepth = (read) => ({
  figures: cellsOf(read, "stock", { depth: 8 }).map((c) => c.overFirst.median),
});
const stockOverC = (read) => ({
  figures: cellsOf(read, "stock", {}).flatMap((c) =>
    c.ratios["C scalar"] ? [c.ratios["C scalar"].median] : [],
  ),
});

/** Readers by the rules of shared memory, over the same lookup in the single-agent build. */
const sharedOverAlone = (design) => (read) => ({
  figures: cellsOf(read, "read-side", { design }).map((c) => c.ratios.sharedOverAlone.median),
});

/** Throughput of two agents over that of one. */
const ofTwoAgents = (where) => (read) => ({
  figures: cellsOf(read, "scaling", where).flatMap((c) => (c.ratios["2"] ? [c.ratios["2"].median] : [])),
});

const POWERS = { 20: 2 ** 20, 24: 2 ** 24, 26: 2 ** 26 };
const below = true;

/** @type {Promised[]} */
export const PROMISES = [
  ...[
    [20, 1.35],
    [24, 1.15],
    [26, 1.15],
  ].map(([bits, limit]) => ({
    id: `lookup-over-c-${bits}`,
    point: 2,
    text: `lookup, wasm over scalar C, 2^${bits}`,
    suite: "lookup",
    limit,
    below,
    isMean: /** @type {const} */ (true),
    native: /** @type {const} */ (true),
    frames: POWERS[bits],
    find: overC(POWERS[bits]),
  })),
  ...[24, 26].map((bits) => ({
    id: `radix-interleaved-${bits}`,
    point: 2,
    text: `radix interleaved over the plain C loop, uniform, 2^${bits}`,
    suite: "lookup",
    limit: 0.65,
    below,
    native: /** @type {const} */ (true),
    frames: POWERS[bits],
    find: radixOverC(POWERS[bits]),
  })),
  {
    id: "palette-memory",
    point: 3,
    text: "palette, % of memory, each capture",
    suite: "memory",
    limit: 0.0135,
    below,
    find: ofCaptures((palette) => palette.shareOfMemory),
  },
  {
    id: "palette-overflow",
    point: 3,
    text: "palette, % of blocks that overflow, each capture",
    suite: "memory",
    below,
    find: ofCaptures((palette) => palette.overflowShare),
  },
  ...[
    [24, 3],
    [26, 2],
  ].flatMap(([bits, limit]) => [
    {
      id: `palette-over-in-page-${bits}`,
      point: 3,
      text: `palette times faster than in-page, uniform, 2^${bits}`,
      suite: "versus",
      limit,
      frames: POWERS[bits],
      find: overInPage(POWERS[bits], "owner"),
    },
    {
      id: `palette-over-in-page-touched-${bits}`,
      point: 3,
      text: `the same with the frame touched, 2^${bits}`,
      suite: "versus",
      frames: POWERS[bits],
      find: overInPage(POWERS[bits], "frame"),
    },
  ]),
  ...[
    { design: "palette", competitor: "wasm", limit: 0.1 },
    { design: "palette", competitor: "C SIMD" },
    { design: "column", competitor: "wasm" },
    { design: "column", competitor: "C scalar" },
    { design: "column", competitor: "C 4 histograms" },
  ].map(({ design, competitor, limit }) => ({
    id: `recount-${design}-${competitor.toLowerCase().replaceAll(" ", "-")}`,
    point: 4,
    text: `recount, ${design}, ${competitor}, ns a frame, 2^26`,
    suite: "recount",
    ...(limit === undefined ? {} : { limit }),
    below,
    frames: POWERS[26],
    ...(competitor === "wasm" ? {} : { native: /** @type {const} */ (true) }),
    find: recountNs(POWERS[26], design, competitor),
  })),
  ...[20, 24].flatMap((bits) =>
    ["palette", "column"].map((design) => ({
      id: `map-${design}-${bits}`,
      point: 5,
      text: `${design} times faster than a Map, 2^${bits}`,
      suite: "lookup",
      limit: 25,
      frames: POWERS[bits],
      find: overScript(POWERS[bits], design, "JS Map"),
    })),
  ),
  ...[20, 24].map((bits) => ({
    id: `typed-arrays-column-${bits}`,
    point: 5,
    text: `column times faster than a typed array of JavaScript, 2^${bits}`,
    suite: "lookup",
    frames: POWERS[bits],
    find: overScript(POWERS[bits], "column", "JS typed arrays"),
  })),
  ...["palette", "column"].map((design) => ({
    id: `one-memory-${design}`,
    point: 6,
    text: `${design}, frames in one memory, log2`,
    suite: "big",
    limit: 28,
    find: inOneMemory(design),
  })),
  {
    id: "flat",
    point: 6,
    text: "cost of an event, most over least, each design",
    suite: "flat",
    limit: 1.15,
    below,
    find: flatCost,
  },
  ...["palette", "radix-rcu", "page-cgroup-rcu", "xarray"].map((design) => ({
    id: `read-side-${design}`,
    point: 3,
    text: `lookup in shared memory over the single-agent build, ${design}`,
    suite: "read-side",
    limit: 1.3,
    below,
    find: sharedOverAlone(design),
  })),
  {
    id: "stock-depth",
    point: 4,
    text: "charge with stock, depth 8 over depth 1",
    suite: "stock",
    limit: 1.3,
    below,
    find: stockDepth,
  },
  {
    id: "stock-over-c",
    point: 4,
    text: "charge with stock, wasm over scalar C",
    suite: "stock",
    limit: 1.6,
    below,
    native: /** @type {const} */ (true),
    find: stockOverC,
  },
  ...[
    ["leaves", 1.6],
    ["one container", 1.8],
  ].map(([shape, limit]) => ({
    id: `scaling-${shape}`,
    point: 2,
    text: `two agents over one, charges, ${shape}`,
    suite: "scaling",
    limit: Number(limit),
    find: ofTwoAgents({ work: "charge", shape, policy: "adaptive" }),
  })),
  {
    id: "scaling-lookup",
    point: 2,
    text: "two agents over one, lookups, each design without a lock",
    suite: "scaling",
    limit: 1.9,
    find: ofTwoAgents({ work: "lookup", writer: false }),
  },
  ...LAB_PROMISES,
];
