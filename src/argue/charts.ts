/**
 * charts: figures of a laboratory as charts, and what is missing in words.
 */
import { type Chart, counted, type Figure } from "./finding.js";
import type { Ratio } from "./judge.js";
import type { IndexBytes } from "./laboratory.js";
import { figureOf, type Timings } from "./trials.js";

/** Four charts: nothing owned, the machine's end, every page owned, one page in each run of 64. */
export function allBytesCharts(bytes: ReadonlyMap<string, IndexBytes>, names?: readonly string[]): Chart[] {
  return [
    bytesChart("Owner index, nothing owned", bytes, (each) => each.nothing, names),
    bytesChart("Owner index at the machine's end", bytes, (each) => each.end, names),
    bytesChart("Owner index, every page owned", bytes, (each) => each.full, names),
    bytesChart("Owner index, one page in 64 owned", bytes, (each) => each.scattered, names),
  ];
}

/** 64-bit pointer: what the mails of 2006 and 2015 are about. */
export const POINTER_BYTES = 8;

/** Times of some competitors, by the names that a reader knows. */
export function timeChart(
  title: string,
  unit: string,
  rows: string,
  timings: Timings,
  names?: Readonly<Record<string, string>>,
): Chart {
  const shown = [...timings.values()].filter(({ name }) => names === undefined || name in names);
  const figures = shown.map((timing) => ({
    ...figureOf(timing),
    label: names?.[timing.name] ?? timing.name,
  }));
  return { title, unit, rows, kind: "amount", limit: null, figures, isDetail: true };
}

/** Names as they are, for designs. */
export function asNamed(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** Ratios about 1; none of them, no chart. */
export function ratioChart(
  title: string,
  rows: string,
  ratios: readonly Ratio[],
  limit?: { readonly value: number; readonly label: string },
): Chart[] {
  if (ratios.length === 0) return [];
  const figures = ratios.map(({ label, mean, low, high }) => ({ label, value: mean, low, high }));
  return [{ title, unit: "times", rows, kind: "ratio", limit: limit ?? null, figures, isDetail: false }];
}

/** Index bytes of some designs, in one state of the machine. */
export function bytesChart(
  title: string,
  bytes: ReadonlyMap<string, IndexBytes>,
  of: (bytes: IndexBytes) => number,
  names?: readonly string[],
): Chart {
  const shown = [...bytes.values()].filter(({ design }) => names === undefined || names.includes(design));
  return {
    title,
    unit: "bytes per page",
    rows: "design",
    kind: "amount",
    limit: { value: POINTER_BYTES, label: "a pointer of 8 bytes" },
    figures: shown.map((each) => counted(each.design, of(each))),
    isDetail: false,
  };
}

export function amounts(title: string, unit: string, rows: string, figures: readonly Figure[]): Chart {
  return { title, unit, rows, kind: "amount", limit: null, figures, isDetail: false };
}

/** Ratios that were measured; the labels of the others go to `missing`. */
export function present(
  ratios: readonly (readonly [label: string, ratio: Ratio | undefined])[],
  missing: string[],
  why: string,
): Ratio[] {
  return ratios.flatMap(([label, ratio]) => {
    if (ratio !== undefined) return [ratio];
    missing.push(`not measured: ${label}: ${why}`);
    return [];
  });
}
