/**
 * charts: figures of a laboratory as charts, and what is missing in words.
 */
import { medianIntervalOf } from "../measure/median-interval.js";
import { type Chart, counted, type Figure } from "./finding.js";
import type { Ratio } from "./judge.js";
import type { Estimates, IndexBytes } from "./laboratory.js";

/** 64-bit pointer: what the mails of 2006 and 2015 are about. */
export const POINTER_BYTES = 8;

export function timeChart(
  title: string,
  unit: string,
  estimates: Estimates,
  names?: readonly string[],
): Chart {
  const shown = [...estimates.values()].filter(({ name }) => names === undefined || names.includes(name));
  const figures = shown.map(({ name, samplesNs }): Figure => {
    const { mean, low, high } = medianIntervalOf(samplesNs);
    return { label: name, value: mean, low, high };
  });
  return { title, unit, kind: "amount", limit: null, figures };
}

export function ratioChart(title: string, ratios: readonly Ratio[], limit: Chart["limit"] = null): Chart {
  return {
    title,
    unit: "times",
    kind: "ratio",
    limit,
    figures: ratios.map(({ label, mean, low, high }) => ({ label, value: mean, low, high })),
  };
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
    kind: "amount",
    limit: { value: POINTER_BYTES, label: "a pointer of 8 bytes" },
    figures: shown.map((each) => counted(each.design, of(each))),
  };
}

export function amounts(title: string, unit: string, figures: readonly Figure[]): Chart {
  return { title, unit, kind: "amount", limit: null, figures };
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
