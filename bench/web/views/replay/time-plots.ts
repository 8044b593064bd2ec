/**
 * time-plots: the two charts of the time section: use, stacked, and below it the rate of events, on one axis.
 *
 * x is seconds since the first event, or events; a history without a clock has operations, and no rate.
 */
import type uPlot from "uplot";
import type { Opened } from "../../../../src/lab/protocol.js";
import { el } from "../../app/dom.js";
import { colour } from "../../app/theme.js";
import { between } from "../../app/timeline.js";
import { axis, loadUplot, mountPlot, type Plot } from "../../charts/plot.js";
import { zoomCursor } from "../../charts/zoom.js";
import { stacked, type UseLayer } from "./use-series.js";

const AXIS_WIDTH = 62;
const X_AXIS_HEIGHT = 34;
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Bins of time that the rate is the mean of. */
const RATE_BINS = 300;

/** What x may be. */
export type TimeUnit = "seconds" | "events";

/** The common axis of the charts. */
export class TimeAxis {
  readonly hasClock: boolean;
  readonly unit: TimeUnit;
  /** By sample; never falls. */
  readonly x: readonly number[];
  readonly #seconds: readonly number[];
  readonly #events: Float64Array;

  constructor({ kind, timeline }: Opened, unit: TimeUnit) {
    this.#seconds = rising(timeline.seconds);
    this.#events = timeline.events;
    this.hasClock = kind !== "generated" && this.#seconds[this.#seconds.length - 1]! > this.#seconds[0]!;
    this.unit = this.hasClock ? unit : "events";
    this.x = this.unit === "seconds" ? this.#seconds : rising(timeline.events);
  }
  get first(): number {
    return this.x[0]!;
  }
  get last(): number {
    return this.x[this.x.length - 1]!;
  }
  /** A distance of samples that few are below: between two of them nothing is known. */
  get nearest(): number {
    const steps = this.x.map((x, i) => x - this.x[Math.max(0, i - 1)]!).filter((step) => step > 0);
    return steps.sort((a, b) => a - b)[steps.length >> 4] ?? 0;
  }
  get label(): string {
    if (this.unit === "seconds") return "seconds since the first event";
    return this.hasClock ? "events" : "operations";
  }
  toEvent(at: number): number {
    return Math.round(between(this.x, this.#events, at));
  }
  ofEvent(event: number): number {
    return between(this.#events, this.x, event);
  }
  /** Seconds of a bin of the rate. */
  get binSeconds(): number {
    return (this.#seconds[this.#seconds.length - 1]! - this.#seconds[0]!) / RATE_BINS;
  }
  /** Events per second, the mean of bins of equal time; each ends at its x. */
  rate(): { readonly x: number[]; readonly rate: number[] } {
    const start = this.#seconds[0]!;
    const edges = Array.from({ length: RATE_BINS + 1 }, (_, i) => start + i * this.binSeconds);
    const events = edges.map((second) => between(this.#seconds, this.#events, second));
    const rate = events.map((n, i) => (n - events[Math.max(0, i - 1)]!) / this.binSeconds);
    rate[0] = rate[1]!;
    return { x: this.unit === "seconds" ? edges : events, rate };
  }
}

/** Clocks of CPUs may differ a little; the chart needs an x that never falls. */
function rising(values: Float64Array): number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return Array.from(values, (value) => {
    latest = Math.max(latest, value);
    return latest;
  });
}

export interface TimePlots {
  readonly use: Plot;
  readonly all: readonly Plot[];
  /** Draws the use of these layers alone. */
  show(isShown: readonly boolean[]): void;
  /** Puts the line of the moment at `at`, on the axis. */
  mark(at: number): void;
}

/** undefined if the view went meanwhile. */
export async function timePlots(
  places: { readonly use: HTMLElement; readonly rate: HTMLElement },
  timeAxis: TimeAxis,
  layers: readonly UseLayer[],
  shown: readonly boolean[],
  signal: AbortSignal,
): Promise<TimePlots | undefined> {
  const { x, label } = timeAxis;
  const { paths } = await loadUplot();
  const common = {
    signal,
    cursor: zoomCursor("replay-time"),
    scales: { x: { time: false }, y: { range: fromZero } },
  };
  const filled = { width: 0, points: { show: false } };
  const xAxis = { ...axis(label), size: X_AXIS_HEIGHT };
  const ticksOnly = { ...axis(""), labelSize: 0, size: X_AXIS_HEIGHT };
  const areas = (isShown: readonly boolean[]) =>
    [x, ...stacked(layers, isShown, x.length)] as uPlot.AlignedData;
  const use = await mountPlot(places.use, {
    ...common,
    height: (width) => (width < 500 ? 260 : 340),
    data: areas(shown),
    axes: [timeAxis.hasClock ? ticksOnly : xAxis, axis("MiB", AXIS_WIDTH)],
    series: [
      {},
      ...layers.map(({ name, slot }) => ({
        ...filled,
        label: name,
        fill: () => colour(`--c${slot}`),
        // What a container held at one sample it held until about the next: no slopes across quiet time.
        paths: paths.stepped!({ align: 1 }),
      })),
    ],
    bands: layers.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as uPlot.Band.Bounds })),
  });
  if (use === undefined) return undefined;
  const all = [use];
  if (timeAxis.hasClock) {
    const { x: edges, rate } = timeAxis.rate();
    const below = await mountPlot(places.rate, {
      ...common,
      height: () => 160,
      data: [edges, rate],
      axes: [
        xAxis,
        {
          ...axis("events / s", AXIS_WIDTH),
          values: (_plot, ticks) => ticks.map((n) => compact.format(n)),
        },
      ],
      series: [
        {},
        {
          ...filled,
          label: "events per second",
          fill: () => colour("--bar"),
          paths: paths.stepped!({ align: -1 }),
        },
      ],
    });
    if (below === undefined) return undefined;
    all.push(below);
  }
  const lines = all.map((plot) => {
    const line = el("div", { class: "moment-line", "aria-hidden": "true" });
    plot.over.append(line);
    return line;
  });
  return {
    use,
    all,
    show(isShown) {
      const { min, max } = use.scales.x!;
      use.setData(areas(isShown), false);
      use.setScale("x", { min: min!, max: max! });
    },
    mark(at) {
      all.forEach((plot, i) => {
        const left = plot.valToPos(at, "x");
        lines[i]!.hidden = left < -1 || left > plot.over.clientWidth + 1;
        lines[i]!.style.transform = `translateX(${left}px)`;
      });
    },
  };
}

function fromZero(_plot: unknown, _min: unknown, max: number | null): [number, number] {
  return [0, max !== null && max > 0 ? max * 1.05 : 1];
}
