/**
 * size-chart: throughput by number of page frames, one line a design, with the intervals as bars.
 *
 *   M/s │ ●───●───┬●           the same figures are in the tables by design, for who cannot see a drawing
 *       │  ○──○───┴─○
 *       └──────────────  2^16 … 2^24
 */
import type { LookupCell } from "./bench-protocol.js";
import { csvText } from "./chart-export.js";
import { el } from "./elements.js";
import { exportButtons } from "./export-buttons.js";
import { inOrder, labelOf, throughputOf } from "./lookup-figures.js";
import { svgPng } from "./svg-export.js";

const [WIDTH, HEIGHT] = [560, 260] as const;
const PLOT = { left: 48, right: WIDTH - 12, top: 12, bottom: HEIGHT - 40 } as const;
const SVG = "http://www.w3.org/2000/svg";
/** Colours of the style sheet; beyond them dashes tell lines apart. */
const COLOURS = 12;

function svg(tag: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

export function sizeChart(cells: readonly LookupCell[], pattern: string): HTMLElement {
  const shown = inOrder(cells.filter((cell) => cell.pattern === pattern));
  const sizes = [...new Set(shown.map(({ frames }) => frames))].sort((a, b) => a - b);
  const names = [...new Set(shown.map(labelOf))];
  const points = shown.map((cell) => ({ ...throughputOf(cell), frames: cell.frames }));
  const most = Math.max(...points.map(({ value, high }) => Math.min(high!, value * 1.5))) * 1.05;
  const x = (frames: number) => {
    const share = sizes.length === 1 ? 0.5 : sizes.indexOf(frames) / (sizes.length - 1);
    return PLOT.left + 16 + share * (PLOT.right - PLOT.left - 32);
  };
  const y = (value: number) => PLOT.bottom - (Math.min(value, most) / most) * (PLOT.bottom - PLOT.top);
  const root = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `${pattern}: M lookups a second by number of page frames; the figures are in the tables below`,
    class: "size-chart",
  });
  for (const tick of ticksTo(most))
    root.append(
      svg("line", { x1: PLOT.left, x2: PLOT.right, y1: y(tick), y2: y(tick), class: "grid" }),
      svg("text", { x: PLOT.left - 6, y: y(tick) + 4, "text-anchor": "end" }, tick.toLocaleString("en-US")),
    );
  for (const size of sizes)
    root.append(
      svg("text", { x: x(size), y: PLOT.bottom + 18, "text-anchor": "middle" }, `2^${Math.log2(size)}`),
    );
  root.append(
    svg("text", { x: (PLOT.left + PLOT.right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, "page frames"),
  );
  const legend = el("ul", { class: "legend" });
  for (const [i, name] of names.entries()) {
    const line = points.filter(({ label }) => label === name).sort((a, b) => a.frames - b.frames);
    const tone = `tone-${i % COLOURS}${name.startsWith("JavaScript") ? " script" : ""}`;
    const group = svg("g", { class: tone });
    group.append(svg("title", {}, name));
    // Side by side, so that intervals of several designs do not lie on one another.
    const aside = (i - (names.length - 1) / 2) * Math.min(3, 28 / names.length);
    const path = line.map(({ frames, value }) => `${x(frames) + aside},${y(value)}`).join(" ");
    group.append(svg("polyline", { points: path }));
    for (const { frames, value, low, high } of line)
      group.append(
        svg("line", {
          x1: x(frames) + aside,
          x2: x(frames) + aside,
          y1: y(low!),
          y2: y(high!),
          class: "bar",
        }),
        svg("circle", { cx: x(frames) + aside, cy: y(value), r: 3.5 }),
      );
    root.append(group);
    legend.append(el("li", { class: tone }, el("i", { "aria-hidden": "true" }), name));
  }
  return el(
    "figure",
    { class: "chart-figure" },
    el("figcaption", {}, el("b", {}, pattern), el("span", { class: "quiet" }, "M lookups/s")),
    root,
    legend,
    exportButtons(`${pattern}-by-frames`, `${pattern} by number of page frames`, {
      png: () => svgPng(root as SVGSVGElement, `${pattern}, M lookups/s`, legend),
      csv: () =>
        csvText([
          ["page frames", "design", "M lookups/s", "95 % low", "95 % high"],
          ...points.map(({ frames, label, value, low, high }) => [frames, label, value, low!, high!]),
        ]),
    }),
  );
}

function ticksTo(most: number): number[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough)!;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}
