/**
 * time-plots: the two charts of the time section: use, stacked, and below it the rate of events, on one axis.
 *
 * x is seconds since the first event; a history without a clock has operations, and no rate.
 */
import type uPlot from "uplot";
import type { LabTimeline, Opened } from "../../../../src/lab/protocol.js";
import { el } from "../../app/dom.js";
import { colour } from "../../app/theme.js";
import { between, eventAt } from "../../app/timeline.js";
import { axis, loadUplot, mountPlot, type Plot } from "../../charts/plot.js";
import { zoomCursor } from "../../charts/zoom.js";
import { stacked, type UseLayer } from "./use-series.js";

const AXIS_WIDTH = 62;
const X_AXIS_HEIGHT = 34;
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** The common axis of the charts. */
export class TimeAxis {
  readonly hasClock: boolean;
  /** By sample; never falls. */
  readonly x: readonly number[];
  readonly #timeline: LabTimeline;

  constructor({ kind, timeline }: Opened) {
    const { seconds, events } = timeline;
    this.#timeline = timeline;
    this.hasClock = kind !== "generated" && seconds[seconds.length - 1]! > seconds[0]!;
    let latest = Number.NEGATIVE_INFINITY;
    // Clocks of CPUs may differ a little.
    this.x = Array.from(this.hasClock ? seconds : events, (value) => {
      latest = Math.max(latest, value);
      return latest;
    });
  }
  get first(): number {
    return this.x[0]!;
  }
  get last(): number {
    return this.x[this.x.length - 1]!;
  }
  get label(): string {
    return this.hasClock ? "seconds since the first event" : "operations";
  }
  toEvent(at: number): number {
    return this.hasClock ? eventAt(this.#timeline, at) : Math.round(at);
  }
  ofEvent(event: number): number {
    return between(this.#timeline.events, this.x, event);
  }
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
  rate: ArrayLike<number>,
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
  const areas = (isShown: readonly boolean[]) =>
    [x, ...stacked(layers, isShown, x.length)] as uPlot.AlignedData;
  const use = await mountPlot(places.use, {
    ...common,
    height: (width) => (width < 500 ? 260 : 340),
    data: areas(layers.map(() => true)),
    axes: [xAxis, axis("MiB", AXIS_WIDTH)],
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
    const below = await mountPlot(places.rate, {
      ...common,
      height: () => 150,
      data: [x as number[], Array.from(rate)],
      axes: [
        xAxis,
        {
          ...axis("events per second", AXIS_WIDTH),
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
