/**
 * page-chart: use over time, as areas stacked on each other.  Source text of the page; see page-kit.ts.
 */
import type uPlot from "uplot";
import type { PageKit } from "./page-kit.js";

type Plot = InstanceType<typeof uPlot>;
type PlotMaker = {
  new (options: uPlot.Options, data: uPlot.AlignedData, target: HTMLElement): Plot;
  readonly paths: uPlot.Series.PathBuilderFactories;
};

export function pageChart(kit: PageKit, Maker: PlotMaker | null): void {
  const place = kit.byId("chart");
  const readout = kit.byId("chart-readout");
  const reset = kit.byId<HTMLButtonElement>("chart-reset");
  const { seconds, series } = kit.data.chart;
  if (place === null || readout === null || Maker === null || series.length === 0) return;
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("#chart-legend button")];
  const isShown = series.map(() => true);
  const first = seconds[0] ?? 0;
  const last = seconds[seconds.length - 1] ?? 0;

  /** Each series on top of those before it; a hidden one has no height. */
  const stacked = (): uPlot.AlignedData => {
    const below = new Float64Array(seconds.length);
    const layers = series.map(({ pages }, i) => {
      const layer = new Array<number>(seconds.length);
      for (let at = 0; at < seconds.length; at++) {
        if (isShown[i]) below[at] = below[at]! + (pages[at] ?? 0) / 256;
        layer[at] = below[at]!;
      }
      return layer;
    });
    return [[...seconds], ...layers];
  };

  const mib = (pages: number) => {
    const value = pages / 256;
    return `${kit.number(value, value === 0 ? 0 : value < 10 ? 2 : 1)} MiB`;
  };
  const showAt = (index: number | null | undefined) => {
    const at = index ?? seconds.length - 1;
    let total = 0;
    series.forEach(({ pages }, i) => {
      const value = pages[at] ?? 0;
      if (isShown[i]) total += value;
      const cell = buttons[i]?.querySelector(".value");
      if (cell) cell.textContent = mib(value);
    });
    const when = index === null || index === undefined ? "At the last sample" : "At";
    const pages = `${kit.number(total)} page${total === 1 ? "" : "s"}`;
    readout.textContent =
      `${when}, ${kit.number(seconds[at] ?? 0, 3)} s: ${mib(total)} in all (${pages})`.replace("At,", "At");
  };

  const axis = (label: string): uPlot.Axis => ({
    label,
    labelSize: 22,
    labelFont: "13px system-ui, sans-serif",
    font: "12px system-ui, sans-serif",
    stroke: () => kit.colour("quiet"),
    grid: { stroke: () => kit.colour("line"), width: 1 },
    ticks: { stroke: () => kit.colour("line"), width: 1, size: 5 },
  });
  // What a group held at one sample it held until about the next: no slopes across quiet time.
  const steps = Maker.paths.stepped?.({ align: 1 });
  const size = () => ({
    width: Math.max(240, place.clientWidth),
    height: place.clientWidth < 500 ? 280 : 340,
  });
  const plot: Plot = new Maker(
    {
      ...size(),
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false } },
      scales: {
        x: { time: false },
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] },
      },
      axes: [
        { ...axis("seconds since the first event"), size: 32 },
        { ...axis("MiB"), size: 58 },
      ],
      series: [
        {},
        ...series.map(({ name, slot }) => ({
          label: name,
          width: 0,
          fill: () => kit.colour(`c${slot}`),
          points: { show: false },
          ...(steps === undefined ? {} : { paths: steps }),
        })),
      ],
      bands: series.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as uPlot.Band.Bounds })),
      hooks: {
        setCursor: [
          (self) => showAt(self.cursor.left !== undefined && self.cursor.left >= 0 ? self.cursor.idx : null),
        ],
        setScale: [
          (self, key) => {
            if (key !== "x" || reset === null) return;
            const { min, max } = self.scales.x!;
            reset.disabled = (min ?? first) <= first && (max ?? last) >= last;
          },
        ],
      },
    },
    stacked(),
    place,
  );
  showAt(null);

  const wholeRange = () => plot.setScale("x", { min: first, max: last });
  reset?.addEventListener("click", wholeRange);
  buttons.forEach((button, i) => {
    button.addEventListener("click", () => {
      isShown[i] = !isShown[i];
      button.setAttribute("aria-pressed", String(isShown[i]));
      plot.setData(stacked(), false);
      plot.redraw(true, false);
      const { min, max } = plot.scales.x!;
      plot.setScale("x", { min: min ?? first, max: max ?? last });
      showAt(plot.cursor.idx);
    });
  });

  const moveTo = (index: number) => {
    const at = Math.min(seconds.length - 1, Math.max(0, index));
    plot.setCursor({ left: plot.valToPos(seconds[at] ?? 0, "x"), top: 10 });
    showAt(at);
  };
  const zoom = (factor: number) => {
    const { min, max } = plot.scales.x!;
    const from = min ?? first;
    const to = max ?? last;
    const middle = seconds[plot.cursor.idx ?? -1] ?? (from + to) / 2;
    const half = ((to - from) * factor) / 2;
    if (half > 0)
      plot.setScale("x", { min: Math.max(first, middle - half), max: Math.min(last, middle + half) });
  };
  place.addEventListener("keydown", (event) => {
    const at = plot.cursor.idx ?? seconds.length - 1;
    const step = event.shiftKey ? 20 : 1;
    if (event.key === "ArrowLeft") moveTo(at - step);
    else if (event.key === "ArrowRight") moveTo(at + step);
    else if (event.key === "Home") moveTo(0);
    else if (event.key === "End") moveTo(seconds.length - 1);
    else if (event.key === "+" || event.key === "=") zoom(0.5);
    else if (event.key === "-") zoom(2);
    else if (event.key === "Escape") wholeRange();
    else return;
    event.preventDefault();
  });

  kit.onColours(() => plot.redraw(true, true));
  new ResizeObserver(() => plot.setSize(size())).observe(place);
}
