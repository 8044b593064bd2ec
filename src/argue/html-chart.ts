/**
 * html-chart: a chart with error bars that is a table: it needs no script, prints, and a screen reader has the figures.
 *
 *   radix      ▕███████├──┤         38.1    35.2 to 41.0        amounts: bars from zero
 *   section    ▕     ├─●─┤┊         1.02    0.98 to 1.05        ratios: points about a line at 1, dashes at the limit
 */
import { escapeHtml } from "../report/html-text.js";
import type { Chart, Figure } from "./finding.js";
import { figureText } from "./text.js";

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** Of ratios: half the time is as far from 1 as twice the time. */
  readonly isLog: boolean;
}

/** An interval beyond so many times the largest figure is cut at the edge: it would press all others into a corner. */
const REACH = 2.5;
/** Ratios within so many times have ticks at equal steps, beyond it at 1, 2, 5, 10 … */
const NEAR = 3;

export function scaleOf({ kind, figures, limit }: Chart): Scale {
  const values = [...figures.map(({ value }) => value), limit?.value ?? 0, kind === "ratio" ? 1 : 0];
  const most = Math.max(...values);
  const high = Math.max(most, ...figures.map((figure) => Math.min(figure.high ?? 0, most * REACH)));
  if (kind === "ratio") return ratioScale(figures, high);
  const to = high > 0 ? high * 1.04 : 1;
  return { from: 0, to, ticks: ticksOf(0, to), isLog: false };
}

function ratioScale(figures: readonly Figure[], high: number): Scale {
  const least = Math.min(...figures.map(({ value }) => value), 1);
  const low = Math.min(least, ...figures.map((figure) => Math.max(figure.low ?? least, least / REACH)));
  const room = Math.max(1.01, (high / low) ** 0.06);
  const [from, to] = [low / room, high * room];
  const ticks = to / from < NEAR ? ticksOf(from, to) : decadesOf(from, to);
  return { from, to, ticks, isLog: true };
}

/** … 0.5, 1, 2, 5, 10 … */
function decadesOf(from: number, to: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++)
    for (const n of [1, 2, 5]) ticks.push(Number((n * 10 ** power).toPrecision(12)));
  return ticks.filter((tick) => tick >= from && tick <= to);
}

/** Three to six round numbers within. */
function ticksOf(from: number, to: number): number[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough)!;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-9); i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

export function chartHtml(chart: Chart): string {
  const scale = scaleOf(chart);
  const hasIntervals = chart.figures.some(({ low }) => low !== null);
  const heads = [
    `<th scope="col">${escapeHtml(chart.rows)}</th>`,
    `<td class="plot" aria-hidden="true">${axisHtml(scale)}</td>`,
    `<th scope="col" class="num">${escapeHtml(chart.unit)}</th>`,
    ...(hasIntervals ? [`<th scope="col" class="num interval">95 % interval</th>`] : []),
  ];
  const rows = chart.figures.map((figure) => rowHtml(chart, scale, figure, hasIntervals));
  const limit =
    chart.limit === null ? "" : ` <span class="quiet">dashed: ${escapeHtml(chart.limit.label)}</span>`;
  return `<figure><div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(chart.title)}"><table class="chart ${chart.kind}"><caption><span><b>${escapeHtml(chart.title)}</b>${limit}</span></caption>
<thead><tr>${heads.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div></figure>`;
}

function rowHtml({ kind, limit }: Chart, scale: Scale, figure: Figure, hasIntervals: boolean): string {
  const at = (value: number) => place(value, scale);
  const { label, value, low, high } = figure;
  const marks = [];
  if (kind === "ratio") marks.push(`<i class="one" style="left:${at(1)}%"></i>`);
  if (limit !== null) marks.push(`<i class="limit" style="left:${at(limit.value)}%"></i>`);
  if (kind === "amount") marks.push(`<i class="bar-of" style="width:${at(value)}%"></i>`);
  if (low !== null && high !== null) {
    const cut = `${low < scale.from ? " cut-low" : ""}${high > scale.to ? " cut-high" : ""}`;
    const width = Number((at(high) - at(low)).toFixed(2));
    marks.push(`<i class="whisker${cut}" style="left:${at(low)}%;width:${width}%"></i>`);
  }
  if (kind === "ratio") marks.push(`<i class="point" style="left:${at(value)}%"></i>`);
  const interval = low === null || high === null ? "counted" : `${figureText(low)} to ${figureText(high)}`;
  // In a narrow window the interval moves below its figure: the drawing needs the room.
  const below = hasIntervals ? `<span class="below">${interval}</span>` : "";
  const cells = [
    `<th scope="row">${escapeHtml(label)}</th>`,
    `<td class="plot" aria-hidden="true"><span class="track">${marks.join("")}</span></td>`,
    `<td class="num">${figureText(value)}${below}</td>`,
    ...(hasIntervals ? [`<td class="num quiet interval">${interval}</td>`] : []),
  ];
  return `<tr>${cells.join("")}</tr>`;
}

/** A narrow window has room for two: 1, or zero, and the last. */
function axisHtml(scale: Scale): string {
  const ticks = scale.ticks.map((tick) => {
    const isMain = tick === scale.ticks.at(-1) || tick === (scale.isLog ? 1 : 0);
    return `<i${isMain ? "" : ` class="more"`} style="left:${place(tick, scale)}%">${figureTick(tick)}</i>`;
  });
  return `<span class="axis">${ticks.join("")}</span>`;
}

/** A tick's figure, as short as it can be said. */
export function figureTick(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** Per cent of the track, within it. */
export function place(value: number, { from, to, isLog }: Scale): number {
  const share = isLog ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  return Number((100 * Math.min(1, Math.max(0, share))).toFixed(2));
}
