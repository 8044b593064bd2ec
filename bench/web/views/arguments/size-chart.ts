/**
 * size-chart: throughput by number of page frames, one line a design, with the intervals as bars; dashes are its twin in
 * JavaScript.  Half the throughput is as far below as twice the throughput is above.
 *
 *   M/s │ ●───●───┬●           the same figures are in the tables by design, for who cannot see a drawing
 *       │  ○──○───┴─○
 *       └──────────────  2^16 … 2^24
 */

import { el } from "../../app/dom.js";
import { exportButtons } from "../../charts/export-buttons.js";
import type { LookupCell } from "./bench-protocol.js";
import { svg } from "./elements.js";
import { inOrder, labelOf, throughputOf, unitOf } from "./lookup-figures.js";
import { caseText } from "./lookup-plan.js";
import { svgPng } from "./svg-export.js";

const [WIDTH, HEIGHT] = [560, 260] as const;
const PLOT = { left: 48, right: WIDTH - 12, top: 12, bottom: HEIGHT - 40 } as const;
/** Colours of the style sheet. */
const COLOURS = 12;
const REACH = 1.8;

/** Of all cells of a case, at least one. */
export function sizeChart(cells: readonly LookupCell[]): HTMLElement {
  const shown = inOrder(cells);
  const what = caseText(shown[0]!);
  const unit = unitOf(shown[0]!);
  const sizes = [...new Set(shown.map(({ frames }) => frames))].sort((a, b) => a - b);
  const designs = [...new Set(shown.map(({ design }) => design))];
  const names = [...new Set(shown.map(labelOf))];
  const points = shown.map((cell) => ({ ...throughputOf(cell), frames: cell.frames }));
  // An interval beyond these bounds is cut at the edge: it would press all lines together.
  const most = Math.max(...points.map(({ value, high }) => Math.min(high!, value * REACH))) * 1.05;
  const least = Math.min(...points.map(({ value, low }) => Math.max(low!, value / REACH))) / 1.05;
  const x = (frames: number) => {
    const share = sizes.length === 1 ? 0.5 : sizes.indexOf(frames) / (sizes.length - 1);
    return PLOT.left + 16 + share * (PLOT.right - PLOT.left - 32);
  };
  const y = (value: number) => {
    const share = Math.log(Math.min(most, Math.max(least, value)) / least) / Math.log(most / least);
    return PLOT.bottom - share * (PLOT.bottom - PLOT.top);
  };
  const root = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `${what}: ${unit} by number of page frames; the figures are in the tables below`,
    class: "size-chart",
  });
  for (const tick of ticksOf(least, most))
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
    const { design, by } = shown.find((cell) => labelOf(cell) === name)!;
    const tone = `tone-${designs.indexOf(design) % COLOURS}${by === "wasm" ? "" : " script"}`;
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
    el("figcaption", {}, el("b", {}, what), el("span", { class: "quiet unit" }, unit)),
    root,
    legend,
    exportButtons(`${what}-by-frames`, `${what} by number of page frames`, {
      png: () => svgPng(root as SVGSVGElement, `${what}, ${unit}`, legend),
      csv: () => [
        ["page frames", "design", unit, "95 % low", "95 % high"],
        points.map(({ frames, label, value, low, high }) => [frames, label, value, low!, high!]),
      ],
    }),
  );
}

/** 1, 2, 5, 10 … within; where they would be many, powers of ten alone. */
function ticksOf(from: number, to: number): number[] {
  const steps = to / from > 1000 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++)
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(12)));
  return ticks.filter((tick) => tick >= from && tick <= to);
}
