/**
 * chart-table: a chart with error bars that is a table, as in the report: a screen reader has the figures.
 *
 *   radix      ▕███████├──┤         38.1    35.2 to 41.0        amounts: bars from zero
 *   sequential ▕     ├─●─┤┊         1.02    0.98 to 1.05        ratios: points about a line at 1, dashes at the limit
 */
import type { Chart, Figure } from "../../../../src/argue/finding.js";
import { figureTick, place, type Scale, scaleOf } from "../../../../src/argue/html-chart.js";
import { figureText } from "../../../../src/argue/text.js";
import { el } from "../../app/dom.js";
import { exportButtons } from "../../charts/export-buttons.js";
import { csvOf, pngOf } from "./chart-export.js";

export function chartTable(chart: Chart): HTMLElement {
  const scale = scaleOf(chart);
  const hasIntervals = chart.figures.some(({ low }) => low !== null);
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, chart.rows),
    el("td", { class: "plot", "aria-hidden": "true" }, axis(scale)),
    el("th", { scope: "col", class: "num" }, chart.unit),
    hasIntervals && el("th", { scope: "col", class: "num interval" }, "95 % interval"),
  );
  const rows = chart.figures.map((figure) => row(chart, scale, figure, hasIntervals));
  const caption = el(
    "caption",
    {},
    el("b", {}, el("bdi", {}, chart.title)),
    chart.limit !== null && el("span", { class: "quiet unit" }, `dashed: ${chart.limit.label}`),
  );
  const table = el(
    "table",
    { class: `chart ${chart.kind}` },
    caption,
    el("thead", {}, head),
    el("tbody", {}, ...rows),
  );
  return el(
    "figure",
    { class: "chart-figure" },
    table,
    exportButtons(chart.title, chart.title, { png: () => pngOf(chart), csv: () => csvOf(chart) }),
  );
}

function row({ kind, limit }: Chart, scale: Scale, figure: Figure, hasIntervals: boolean): HTMLElement {
  const { label, value, low, high } = figure;
  const track = el("span", { class: "track" });
  const mark = (name: string, at: number, width?: number) => {
    const made = el("i", { class: name });
    made.style.left = `${at}%`;
    if (width !== undefined) made.style.width = `${width}%`;
    track.append(made);
  };
  const at = (x: number) => place(x, scale);
  if (kind === "ratio") mark("one", at(1));
  if (limit !== null) mark("limit", at(limit.value));
  if (kind === "amount") mark("bar-of", 0, at(value));
  if (low !== null && high !== null) {
    const cut = `${low < scale.from ? " cut-low" : ""}${high > scale.to ? " cut-high" : ""}`;
    mark(`whisker${cut}`, at(low), at(high) - at(low));
  }
  if (kind === "ratio") mark("point", at(value));
  const interval = low === null || high === null ? "counted" : `${figureText(low)} to ${figureText(high)}`;
  return el(
    "tr",
    { class: label.startsWith("JavaScript") ? "twin" : undefined },
    el("th", { scope: "row" }, el("bdi", {}, label)),
    el("td", { class: "plot", "aria-hidden": "true" }, track),
    // In a narrow window the interval moves below its figure: the drawing needs the room.
    el("td", { class: "num" }, figureText(value), hasIntervals && el("span", { class: "below" }, interval)),
    hasIntervals && el("td", { class: "num quiet interval" }, interval),
  );
}

/** A narrow window has room for two: 1, or zero, and the last. */
function axis(scale: Scale): HTMLElement {
  const ticks = scale.ticks.map((tick) => {
    const isMain = tick === scale.ticks.at(-1) || tick === (scale.isLog ? 1 : 0);
    const made = el("i", { class: isMain ? undefined : "more" }, figureTick(tick));
    made.style.left = `${place(tick, scale)}%`;
    return made;
  });
  return el("span", { class: "axis" }, ...ticks);
}
