/**
 * lookup-figures: from samples to what is shown: millions of operations a second, ratios, sentences.
 */
import type { Chart, Figure } from "../../../../src/argue/finding.js";
import { counted } from "../../../../src/argue/finding.js";
import { medianIntervalOf } from "../../../../src/measure/median-interval.js";
import type { LookupCell } from "./bench-protocol.js";
import { caseText, DESIGN_NAMES, framesText, SUITES } from "./lookup-plan.js";

/** `radix`, `JavaScript: radix`, `JavaScript: a Map`. */
export function labelOf({ design, by }: Pick<LookupCell, "design" | "by">): string {
  return by === "wasm" ? design : `JavaScript: ${design || (by === "Map" ? "a Map" : by)}`;
}

/** Millions a second: the median of the rounds and its 95 % interval. */
export function throughputOf(cell: LookupCell): Figure {
  const { mean, low, high } = medianIntervalOf(cell.samplesNs);
  return { label: labelOf(cell), value: 1000 / mean, low: 1000 / high, high: 1000 / low };
}

/** How many times the throughput of `b` has `a`?  Round by round where both took turns. */
export function timesOf(a: LookupCell, b: LookupCell, label: string): Figure | undefined {
  if (a.group !== b.group || a.samplesNs.length !== b.samplesNs.length) return undefined;
  const { mean, low, high } = medianIntervalOf(b.samplesNs.map((ns, round) => ns / a.samplesNs[round]!));
  return { label, value: mean, low, high };
}

/** In the order in which designs are listed, each before its twin; the Map last. */
export function inOrder(cells: readonly LookupCell[]): LookupCell[] {
  const rank = ({ design, by }: LookupCell) =>
    (design === "" ? 1000 : DESIGN_NAMES.indexOf(design)) * 2 + Number(by !== "wasm");
  return [...cells].sort((a, b) => rank(a) - rank(b));
}

/** What the throughput of a suite is counted in. */
export function unitOf({ suite }: LookupCell): string {
  return SUITES.find(({ name }) => name === suite)!.unit;
}

/** Throughput of all that were measured in a case, at least one, in machines of one size. */
export function caseChart(cells: readonly LookupCell[]): Chart {
  const [first] = cells;
  return {
    title: `${caseText(first!)}, ${framesText(first!.frames)}`,
    unit: unitOf(first!),
    rows: "design",
    kind: "amount",
    limit: null,
    figures: inOrder(cells).map(throughputOf),
    isDetail: false,
  };
}

/** Whether the two were asked the same of the same machine. */
export function isSameCase(a: LookupCell, b: LookupCell): boolean {
  return a.suite === b.suite && a.pattern === b.pattern && a.frames === b.frames;
}

/** In-page against radix, in every case measured. */
export function firstPairChart(cells: readonly LookupCell[]): Chart | undefined {
  return timesChart("Throughput of in-page over that of radix", cells, "in-page", "radix");
}

function timesChart(
  title: string,
  cells: readonly LookupCell[],
  over: string,
  under: string,
): Chart | undefined {
  const of = (design: string) => cells.filter((cell) => cell.design === design && cell.by === "wasm");
  const figures = of(over).flatMap((a) => {
    const b = of(under).find((cell) => isSameCase(cell, a));
    const label = `${caseText(a)}, ${framesText(a.frames)}`;
    return (b && timesOf(a, b, label)) ?? [];
  });
  if (figures.length === 0) return undefined;
  const limit = null;
  return {
    title,
    unit: `times ${under}`,
    rows: "case",
    kind: "ratio",
    limit,
    figures,
    isDetail: false,
  };
}

/** Modules against their twins in typed arrays, in every case measured. */
export function twinChart(cells: readonly LookupCell[]): Chart | undefined {
  const figures = cells.flatMap((twin) => {
    if (twin.by !== "typed arrays") return [];
    const { design, frames } = twin;
    const wasm = cells.find((cell) => cell.by === "wasm" && cell.design === design && isSameCase(cell, twin));
    return (wasm && timesOf(wasm, twin, `${design}: ${caseText(twin)}, ${framesText(frames)}`)) ?? [];
  });
  if (figures.length === 0) return undefined;
  return {
    title: "WebAssembly against the same layout in typed arrays",
    unit: "times the lookups of JavaScript",
    rows: "case",
    kind: "ratio",
    limit: null,
    figures,
    isDetail: true,
  };
}

/** Owner index per page, of the largest machine that was measured. */
export function bytesChart(cells: readonly LookupCell[]): Chart | undefined {
  const frames = Math.max(0, ...cells.map((cell) => cell.frames));
  const seen = new Map<string, Figure>();
  for (const { design, frames: n, bytesPerPage } of inOrder(cells))
    if (n === frames && bytesPerPage !== null && !seen.has(design))
      seen.set(design, counted(design, bytesPerPage));
  if (seen.size === 0) return undefined;
  return {
    title: `Owner index, every page owned, ${framesText(frames)}`,
    unit: "bytes per page",
    rows: "design",
    kind: "amount",
    limit: null,
    figures: [...seen.values()],
    isDetail: false,
  };
}

/** What the first pair comes to, in a sentence with whole intervals only. */
export function firstPairText({ figures }: Chart): string {
  const above = figures.filter(({ low }) => low! > 1);
  const below = figures.filter(({ high }) => high! < 1);
  const open = figures.length - above.length - below.length;
  const range = (some: readonly Figure[]) => {
    const values = some.map(({ value }) => value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least.toFixed(2) === most.toFixed(2)
      ? least.toFixed(2)
      : `${least.toFixed(2)} to ${most.toFixed(2)}`;
  };
  const cases = (some: number) => `in ${some} of ${figures.length} cases`;
  const parts = [
    ...(above.length > 0
      ? [`${cases(above.length)} in-page has ${range(above)} times the throughput of radix`]
      : []),
    ...(below.length > 0
      ? [`${cases(below.length)} radix has more, in-page ${range(below)} times its throughput`]
      : []),
    ...(open > 0 ? [`${cases(open)} the interval does not decide between in-page and radix`] : []),
  ];
  const text = parts.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
