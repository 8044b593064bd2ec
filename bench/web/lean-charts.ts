/**
 * lean-charts: what the page takes of uPlot: stepped areas over linear axes of numbers, x from left to right and no value missing;
 * a line at the pointer, on all charts at once; zoom along x by dragging.
 *
 * The rest is switched off in the library's text, and the bundler leaves out what nothing refers to then.  An edit that finds other
 * than it expects fails the build: look at it again when the library's version changes, or when a chart is to do more.
 */
import type { Plugin } from "vite";

const LIBRARY = /\/uplot\/dist\/uPlot\.esm\.js$/;

/** What is found, how often, and what it becomes. */
type Edit = readonly [pattern: RegExp, times: number, becomes: string];

/** Lines, bars, splines, points; dates and logarithms; joined tables; scales made of others; plug-ins. */
const FORMS: readonly Edit[] = [
  [/\(paths\.(?:linear|bars|spline) += \w+\);/g, 3, ""],
  [/uPlot\.paths = \{\s*points,\s*\}/g, 1, "uPlot.paths = {}"],
  [/const (linear|points)Path = \w+\(\)/g, 2, "const $1Path = null"],
  [/uPlot\.\w+ *= \w+;/g, 14, ""],
  [/\bisTime = (?:sc\.time|mode == 1 && scales\[s\.scale\]\.time);/g, 3, "isTime = false;"],
  [/const \[ timeIncrs\w+, +_timeAxisStamps\w+, +timeAxisSplits\w+ +\] = genTimeStuffs\(\S+\);/g, 2, ""],
  [/const _(?:timeAxisSplits|timeAxisVals|timeSeriesVal|tzDate|fmtDate) +=.*;/g, 5, ""],
  [/const (days3|months3|localTz|wholeIncrs) = .*;/g, 4, "const $1 = null;"],
  [/\ngenIncrs\(2, .*/g, 1, ""],
  [/\bmode == 2\b/g, 14, "false"],
  [/\bmode == 1\b/g, 15, "true"],
  [
    /\b(?:\w*[sS]c(?:ale)?\.)?distr ==? +(?:2|3|4|100)\b|\bsc\.distr >= 3\b|\bxScaleDistr == [234]/g,
    37,
    "false",
  ],
  [/\b\w+\.from != null/g, 3, "false"],
  [/\b\w+\.from == null/g, 4, "true"],
  [/\(opts\.plugins \|\| \[\]\)\.forEach\(p => \{[\s\S]*?\n\t\}\);/g, 2, ""],
];

/** Directions, gaps in the data, turned labels, and colours by part of a line. */
const DRAWING: readonly Edit[] = [
  [/\bscaleX\.dir \* \(scaleX\.ori == 0 \? 1 : -1\)/g, 5, "1"],
  [/\b(?:sc|scale)\.dir == -1/g, 3, "false"],
  [/\b(?:scaleX|sx)\.ori == 0/g, 20, "true"],
  [/\bscaleX\.ori == 1/g, 9, "false"],
  [/!series\.spanGaps/g, 3, "false"],
  [/if \(rangeIsArr && .*\) \{|if \(!rangeIsArr && .*\) \{/g, 2, "if (false) {"],
  [/let rangeIsArr = .*;|rangeIsArr \? false : /g, 2, ""],
  [/\w+ instanceof Map\b/g, 2, "false"],
  [/\baxis\._rotate \* -PI\/180/g, 1, "0"],
  [/\bborder\.show\b/g, 1, "false"],
  [/\bseries\.some\(s => s\._focus\) && ctxAlpha != focus\.alpha/g, 1, "false"],
  [/\bctxAlpha != (?:s\.alpha|_ctxAlpha)/g, 4, "false"],
];

/** What follows the pointer besides the line: a built-in legend, points on the curves, a curve that stands out. */
const POINTER: readonly Edit[] = [
  [/\(self\.legend = assign\(\{\}, legendOpts, opts\.legend\)\)/g, 1, "{}"],
  [/\bmarkers\.\w+ += fnOrSelf\(markers\.\w+\);/g, 4, ""],
  [/const showLegend = legend\.show;/g, 1, "const showLegend = false;"],
  [/\blegend\.live\b/g, 7, "false"],
  [/self\.(?:setLegend|setSeries|addSeries|delSeries|addBand|setBand|delBand|batch) = \w+;/g, 8, ""],
  [/events\["setSeries"\] = [\s\S]*?\n\t\};/g, 1, ""],
  [/if \(shouldSetLegend\) \{|if \(shouldSetLegend \|\| cursorOnePt\) \{/g, 2, "if (false) {"],
  [/const (cursorFocus|cursorOnePt) = .*;/g, 2, "const $1 = false;"],
  [/\bpt = (?:initCursorPt\(s, i\)|cursorPts\[\w\]|cursorOnePt \? .*);/g, 7, "pt = null;"],
  [/\bpoints\.(?:show|size|stroke|width|fill|filter|paths) += fnOrSelf\(points\.\w+\);/g, 10, ""],
  [/let _ptDia = [\s\S]*?points\.pxAlign = s\.pxAlign;/g, 1, ""],
  [/\bshow: +(?:cursorPointShow|seriesPointsShow),/g, 2, ""],
  [/\b(?:size|stroke|fill): +cursorPoint\w+,/g, 3, ""],
  [/let show = s\.points\.show\(.*\);\s*let idxs = .*;/g, 1, "const show = false, idxs = null;"],
  [/cacheStrokeFill\(i, true\);/g, 1, ""],
  [/\b_points \? series\[si\]\.points : series\[si\]/g, 2, "series[si]"],
  [/if \(_points/g, 2, "if (false"],
  [/if \(!_points/g, 1, "if (true"],
  [/if \(cursor\.dataIdx == null\)/g, 1, "if (false)"],
  [/for \(let i = mode == 2 \? 1 : 0; i < series\.length; i\+\+\)/g, 2, "for (let i = 0; false; )"],
];

/** Dragging along y, or of another chart: that is passed on as a new scale (charts/zoom.ts). */
const DRAGGING: readonly Edit[] = [
  [/if \(src != null\)/g, 1, "if (false)"],
  [/\bdrag\.y(?: && rawDY >= drag\.dist)?/g, 4, "false"],
  [/if \(dragY\)|if \(dragH && dragV\)/g, 3, "if (false)"],
  [/if \(!dragY\)/g, 1, "if (true)"],
  [/\bdragV && snapV\b/g, 1, "false"],
  [/\bselect\.show\b/g, 6, "true"],
  [/\bcursor\._lock\)/g, 6, "false)"],
  [/\(cursor\.lock\)/g, 1, "(false)"],
  [/const showCursor = .*;/g, 1, "const showCursor = true;"],
];

const EDITS = [...POINTER, ...FORMS, ...DRAWING, ...DRAGGING];

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
