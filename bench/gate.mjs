// gate: what the benchmarks are to show, held against the raw results of the last runs.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { geometricMean } from "../dist/measure/index.js";
import { ROOT, resultFolder } from "./lib/environment.mjs";
import * as table from "./lib/table.mjs";

/**
 * A promise: a limit, whether figures are to stay below or above it, and where the figures are; none found is a promise missed.
 * @typedef {{ text: string, limit: number, below: boolean, figures: () => number[] }} Promised
 */

/** Lookups by size: wasm's time over that of scalar C, over all designs, densities and patterns. */
const overC = (bits) => () => {
  const ratios = cellsOf("lookup")
    .filter((c) => c.frames === 2 ** bits && c.question === "owner" && c.ratios["C scalar"])
    .map((c) => c.ratios["C scalar"].median);
  return ratios.length ? [geometricMean(ratios)] : [];
};

const radixOverC = (bits) => () =>
  cellsOf("lookup")
    .filter(
      (c) =>
        c.frames === 2 ** bits && c.design === "radix" && c.pattern === "uniform" && c.question === "owner",
    )
    .flatMap((c) => (c.ratios["C scalar"] ? [c.ratios["C scalar"].median] : []));

const overInPage = (bits) => () =>
  cellsOf("versus")
    .filter(
      (c) =>
        c.frames === 2 ** bits && c.design === "palette" && c.pattern === "uniform" && c.question === "owner",
    )
    .map((c) => c.faster.median);

const overMap = (bits, design) => () =>
  cellsOf("lookup")
    .filter((c) => c.frames === 2 ** bits && c.design === design && c.ratios["JS Map"])
    .map((c) => 1 / c.ratios["JS Map"].median);

/** Counted charges and uncharges by one agent: the deepest tree over the flattest, and wasm over C. */
const deepOverFlat = () =>
  cellsOf("stock")
    .filter((c) => c.depth === 8)
    .map((c) => c.overFirst.median);
const stockOverC = () =>
  cellsOf("stock").flatMap((c) => (c.ratios["C scalar"] ? [c.ratios["C scalar"].median] : []));

/** Throughput of two agents over that of one. */
const scalingOf = (wanted) => () =>
  cellsOf("scaling")
    .filter((c) => Object.entries(wanted).every(([key, value]) => c[key] === value))
    .flatMap((c) => (c.ratios["2"] ? [c.ratios["2"].median] : []));

/** @type {Promised[]} */
const PROMISES = [
  { text: "wasm over scalar C, 2^20", limit: 1.35, below: true, figures: overC(20) },
  { text: "wasm over scalar C, 2^24", limit: 1.15, below: true, figures: overC(24) },
  { text: "wasm over scalar C, 2^26", limit: 1.15, below: true, figures: overC(26) },
  {
    text: "radix interleaved over the plain C loop, uniform, 2^24",
    limit: 0.65,
    below: true,
    figures: radixOverC(24),
  },
  {
    text: "radix interleaved over the plain C loop, uniform, 2^26",
    limit: 0.65,
    below: true,
    figures: radixOverC(26),
  },
  {
    text: "palette, % of memory, each capture",
    limit: 0.0135,
    below: true,
    figures: () =>
      Object.values(resultsOf("memory").captures ?? {}).map((c) => c.palette.shareOfMemory * 100),
  },
  { text: "palette faster than in-page, uniform, 2^24", limit: 3, below: false, figures: overInPage(24) },
  { text: "palette faster than in-page, uniform, 2^26", limit: 2, below: false, figures: overInPage(26) },
  {
    text: "palette recount, ns a frame, 2^26",
    limit: 0.1,
    below: true,
    figures: () =>
      cellsOf("recount")
        .filter((c) => c.frames === 2 ** 26 && c.design === "palette")
        .map((c) => c.estimates[0].medianNs),
  },
  ...[20, 24].flatMap((bits) =>
    ["palette", "column"].map((design) => ({
      text: `${design} faster than a Map, 2^${bits}`,
      limit: 25,
      below: false,
      figures: overMap(bits, design),
    })),
  ),
  ...["palette", "column"].map((design) => ({
    text: `${design}, frames in one memory, log2`,
    limit: 28,
    below: false,
    figures: () => (resultsOf("big")[design] ? [Math.log2(parametersOf("big").nrFrames)] : []),
  })),
  { text: "charge with stock, depth 8 over depth 1", limit: 1.3, below: true, figures: deepOverFlat },
  { text: "charge with stock, wasm over scalar C", limit: 1.6, below: true, figures: stockOverC },
  {
    text: "two agents, charges into leaves",
    limit: 1.6,
    below: false,
    figures: scalingOf({ work: "charge", shape: "leaves", policy: "adaptive" }),
  },
  {
    text: "two agents, charges into one container",
    limit: 1.8,
    below: false,
    figures: scalingOf({ work: "charge", shape: "one container", policy: "adaptive" }),
  },
  {
    text: "two agents, lookups, each design without a lock",
    limit: 1.9,
    below: false,
    figures: scalingOf({ work: "lookup", writer: false }),
  },
  {
    text: "cost of an event from least to most, 10^5 … 10^8, each design",
    limit: 1.15,
    below: true,
    figures: () => Object.values(resultsOf("flat")).map(({ spread }) => 1 + spread),
  },
];

/** Says of each promise whether it is kept; answers whether all are. */
export function gate() {
  let kept = true;
  const rows = PROMISES.map(({ text, limit, below, figures }) => {
    const found = figures();
    const worst = below ? Math.max(...found) : Math.min(...found);
    const ok = found.length > 0 && (below ? worst <= limit : worst >= limit);
    kept &&= ok;
    const wanted = `${below ? "≤" : "≥"} ${limit}`;
    return [text, wanted, found.length ? worst.toPrecision(4) : "not measured", ok ? "kept" : "MISSED"];
  });
  console.log("what was promised, and the worst figure of the last full runs");
  table.print(rows);
  return kept;
}

const files = new Map();

function fileOf(suite) {
  const path = join(ROOT, resultFolder(), `${suite}.json`);
  if (!files.has(suite)) files.set(suite, existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {});
  return files.get(suite);
}
const resultsOf = (suite) => fileOf(suite).results ?? {};
const parametersOf = (suite) => fileOf(suite).parameters ?? {};
const cellsOf = (suite) => resultsOf(suite).cells ?? [];
