/**
 * plot: a uPlot chart in the page's colours, as wide as its place.
 *
 *   const plot = await mountPlot(place, { height: () => 300, signal, data, axes: [axis("seconds"), axis("MiB", 58)], series })
 *
 * The library is loaded when the first chart is.  A colour is read anew at each drawing, so a chart follows the theme:
 * give `stroke` and `fill` as functions, `() => colour("--c0")`.
 */
import type uPlot from "uplot";
import { colour } from "../app/theme.js";

export type Plot = uPlot;
export type PlotMaker = typeof uPlot;

const FONT = "system-ui, sans-serif";

/** Loaded once.  uPlot formats numbers in the browser's language as it loads, which in the POSIX locale is no tag. */
export async function loadUplot(): Promise<PlotMaker> {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US" });
  }
  return (await import("uplot")).default;
}

/** An axis with its label; `size` in CSS pixels: charts one above the other have the same. */
export function axis(label: string, size?: number): uPlot.Axis {
  return {
    label,
    labelSize: 22,
    labelFont: `13px ${FONT}`,
    font: `12px ${FONT}`,
    stroke: () => colour("--quiet"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { stroke: () => colour("--line"), width: 1, size: 5 },
    ...(size === undefined ? {} : { size }),
  };
}

export interface PlotOptions extends Omit<uPlot.Options, "width" | "height"> {
  /** CSS pixels, by the width of the place. */
  readonly height: (width: number) => number;
  readonly data: uPlot.AlignedData;
  /** When it aborts, the chart is gone. */
  readonly signal: AbortSignal;
}

/** Draws into `place`; undefined if the signal came while the library was loading. */
export async function mountPlot(place: HTMLElement, options: PlotOptions): Promise<Plot | undefined> {
  const { height, data, signal, ...own } = options;
  const Maker = await loadUplot();
  if (signal.aborted) return undefined;
  const size = () => {
    const width = Math.max(200, Math.floor(place.clientWidth));
    return { width, height: height(width) };
  };
  const plot = new Maker({ legend: { show: false }, ...own, ...size() }, data, place);
  const watcher = new ResizeObserver(() => {
    const next = size();
    if (next.width !== plot.width || next.height !== plot.height) plot.setSize(next);
  });
  watcher.observe(place);
  document.addEventListener("themechange", () => plot.redraw(true, true), { signal });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    plot.destroy();
  });
  return plot;
}

/** Calls `then` at one of the library's hooks, after those that are there. */
export function listen<K extends keyof uPlot.Hooks.Arrays>(
  plot: Plot,
  hook: K,
  then: NonNullable<uPlot.Hooks.Arrays[K]>[number],
): void {
  const calls: unknown[] = plot.hooks[hook] ?? [];
  calls.push(then);
  plot.hooks[hook] = calls as uPlot.Hooks.Arrays[K];
}
