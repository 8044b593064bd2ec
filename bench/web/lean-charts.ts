/**
 * lean-charts: what the page takes of uPlot: stepped lines over linear axes of numbers, with a legend of its own.
 *
 * Bars, splines, dates, logarithms, the built-in legend and joined tables are switched off in the library's text, and the bundler
 * leaves out what nothing refers to then.  An edit that finds other than it expects fails the build: look at it again when the
 * library's version changes.
 */
import type { Plugin } from "vite";

const LIBRARY = /\/uplot\/dist\/uPlot\.esm\.js$/;

/** What is found, how often, and what it becomes. */
const EDITS: readonly (readonly [RegExp, number, string])[] = [
  [/\(paths\.(?:linear|bars|spline) += \w+\);/g, 3, ""],
  [/const linearPath = linear\(\)/g, 1, "const linearPath = null"],
  [/uPlot\.(?:join|fmtDate|tzDate|rangeLog|rangeAsinh) += \w+;|uPlot\.join = join;/g, 5, ""],
  [/\bisTime = (?:sc\.time|mode == 1 && scales\[s\.scale\]\.time);/g, 3, "isTime = false;"],
  [/const \[ timeIncrs\w+, +_timeAxisStamps\w+, +timeAxisSplits\w+ +\] = genTimeStuffs\(\S+\);/g, 2, ""],
  [/const _(?:timeAxisSplits|timeAxisVals|timeSeriesVal|tzDate|fmtDate) +=.*;/g, 5, ""],
  [/\b(?:sc\.)?distr == [34]\b|\bsc\.distr >= 3\b/g, 19, "false"],
  [/const showLegend = legend\.show;/g, 1, "const showLegend = false;"],
];

export function leanCharts(): Plugin {
  let isDone = false;
  return {
    name: "lean-charts",
    transform(code, id) {
      if (!LIBRARY.test(id)) return null;
      isDone = true;
      return { code: trimmed(code), map: null };
    },
    buildEnd(error) {
      if (error === undefined && !isDone) throw new Error("uPlot is another: no module is named as it was");
    },
  };
}

/** Throws Error if the text is not the one that the edits were written for. */
export function trimmed(library: string): string {
  let text = library;
  for (const [pattern, expected, replacement] of EDITS) {
    const found = text.match(pattern)?.length ?? 0;
    if (found !== expected)
      throw new Error(`uPlot is another: ${pattern} is there ${found} times, not ${expected}`);
    text = text.replace(pattern, replacement);
  }
  return text;
}
