/**
 * time: use of memory over time and the rate of events, with a pointer that reads, a legend that hides, zoom and pan.
 *
 * The line in the charts is the slider's moment; a click moves the slider there.  The legend's figures are of the
 * pointer's sample, and without a pointer of the slider's moment itself.
 */
import { MOMENT_COUNTERS } from "../../../../src/lab/protocol.js";
import { formatNumber, plural } from "../../../../src/report/html-text.js";
import { button, choice, el, name, SIGNS, sign } from "../../app/dom.js";
import { colour } from "../../app/theme.js";
import { sampleBefore } from "../../app/timeline.js";
import { download, drawPicture, fileNameOf, saveCsv } from "../../charts/export.js";
import { listen } from "../../charts/plot.js";
import { type Zoom, zoomTogether } from "../../charts/zoom.js";
import { type SectionContext, section } from "./section.js";
import { TimeAxis, type TimePlots, type TimeUnit, timePlots } from "./time-plots.js";
import { type UseLayer, useLayers, useTable } from "./use-series.js";

const CHARGED = MOMENT_COUNTERS.indexOf("charged");
const HOW =
  "Drag or turn the wheel to zoom, hold shift and drag to pan, click to go to that moment. With the keyboard: arrows move the pointer, Enter goes there, + and − zoom, Escape shows all.";

export function timeSection(context: SectionContext): HTMLElement {
  const { timeline } = context.opened;
  const layers = useLayers(context.opened);
  if (timeline.events.length < 2 || layers.length === 0) {
    const none = "No container held a page at any of the samples.";
    return section("time", "Use over time", el("p", { class: "quiet" }, none));
  }
  const parts: Parts = {
    use: el("div", {
      class: "time-chart",
      tabindex: 0,
      role: "application",
      "aria-label": "Pages of each container over time, stacked, in MiB",
      "aria-describedby": "time-readout",
    }),
    rate: el("div", { class: "time-chart", role: "img", "aria-label": "Events per second over time" }),
    readout: el("p", { class: "readout", id: "time-readout", "aria-live": "off" }),
    toolbar: el("div", { class: "toolbar" }),
    legend: el("ul", { class: "use-legend", "aria-label": "Containers: press to hide or show" }),
  };
  const { hasClock, binSeconds } = new TimeAxis(context.opened, "seconds");
  const samples = plural(timeline.events.length, "sample");
  const below = hasClock
    ? ` Below, events per second, the mean of each ${formatNumber(binSeconds * 1000, 1)} ms.`
    : "";
  const about = `Pages charged to each container itself, stacked; ${samples}.${below} ${HOW}`;
  const isShown = layers.map(() => true);
  let inner = new AbortController();
  context.signal.addEventListener("abort", () => inner.abort());
  const start = (unit: TimeUnit) => {
    inner.abort();
    inner = new AbortController();
    for (const part of [parts.toolbar, parts.legend]) part.replaceChildren();
    delete parts.use.dataset.drawn;
    void draw({ ...context, signal: inner.signal }, { layers, isShown, unit, start }, parts);
  };
  // The first paint does not wait for the library.
  requestAnimationFrame(() => {
    if (!context.signal.aborted) start("seconds");
  });
  return section(
    "time",
    "Use over time",
    el("p", { class: "quiet" }, about),
    parts.toolbar,
    parts.readout,
    parts.use,
    parts.rate,
    parts.legend,
  );
}

/** What is drawn, and how to draw it anew by another unit of time. */
interface Drawing {
  readonly layers: readonly UseLayer[];
  readonly isShown: boolean[];
  readonly unit: TimeUnit;
  readonly start: (unit: TimeUnit) => void;
}

interface Parts {
  readonly use: HTMLElement;
  readonly rate: HTMLElement;
  readonly readout: HTMLElement;
  readonly toolbar: HTMLElement;
  readonly legend: HTMLElement;
}

async function draw(context: SectionContext, drawing: Drawing, parts: Parts): Promise<void> {
  const { opened, model, signal } = context;
  const { layers, isShown, unit, start } = drawing;
  const { timeline } = opened;
  const axis = new TimeAxis(opened, unit);
  const plots = await timePlots(parts, axis, layers, isShown, signal);
  if (plots === undefined) return;
  const { use, all } = plots;
  const samples = axis.x.length;
  const rate = axis.hasClock ? axis.rate() : undefined;

  let pointed: number | undefined;
  const values = legend(parts.legend, drawing, (i, isPressed) => {
    isShown[i] = isPressed;
    plots.show(isShown);
    read();
  });
  const sliderSample = () => sampleBefore(timeline.events, model.target);
  const read = () => {
    const { moment } = model;
    if (moment === undefined) return;
    const [at, event, seconds] =
      pointed === undefined
        ? [axis.ofEvent(moment.event), moment.event, moment.seconds]
        : [axis.x[pointed]!, timeline.events[pointed]!, timeline.seconds[pointed]!];
    let total = 0;
    layers.forEach(({ pages, members }, i) => {
      const held =
        pointed === undefined
          ? members.reduce(
              (sum, index) => sum + moment.counters[index * MOMENT_COUNTERS.length + CHARGED]!,
              0,
            )
          : (pages[pointed] ?? 0);
      if (isShown[i]) total += held;
      values[i]!.textContent = mib(held);
    });
    const whose = pointed === undefined ? "At the slider" : "At the pointer";
    const when = axis.hasClock ? `${formatNumber(seconds, 3)} s, event` : "operation";
    const bin = rate === undefined ? 0 : Math.min(sampleBefore(rate.x, at) + 1, rate.x.length - 1);
    const speed = rate === undefined ? "" : `; ${formatNumber(rate.rate[bin] ?? 0)} events per second`;
    parts.readout.textContent = `${whose}, ${when} ${formatNumber(event)}: ${mib(total)} (${plural(total, "page")})${speed}`;
  };
  const mark = () => plots.mark(axis.ofEvent(model.target));

  const zoomed = toolbar(parts.toolbar, () => zoom, [
    ...(axis.hasClock ? [choice("Time by", { seconds: "seconds", events: "events" }, unit, start)] : []),
    button("PNG", () => void picture(context, plots, drawing), {
      title: "Save both charts as a picture",
      "data-save": "png",
    }),
    button("CSV", () => table(context), { title: "Save the figures of both charts", "data-save": "csv" }),
  ]);
  const zoom: Zoom = zoomTogether(all, {
    min: axis.first,
    max: axis.last,
    nearest: axis.nearest,
    onRange: (from, to) => {
      zoomed(from <= axis.first && to >= axis.last);
      parts.use.dataset.from = String(from);
      parts.use.dataset.to = String(to);
      mark();
    },
  });

  for (const plot of all) {
    listen(plot, "setCursor", (self) => {
      const { left = -1 } = self.cursor;
      pointed = left >= 0 ? sampleBefore(axis.x, self.posToVal(left, "x")) : undefined;
      read();
    });
    listen(plot, "setSize", mark);
    plot.over.addEventListener("click", (event) => {
      if (!event.shiftKey) model.seek(axis.toEvent(plot.posToVal(event.offsetX, "x")));
    });
  }
  // Said when a key has moved the pointer; what the mouse passes, or the slider, is not.
  const say = (live: "polite" | "off") => parts.readout.setAttribute("aria-live", live);
  parts.use.addEventListener("pointermove", () => say("off"), { signal });
  const moveTo = (at: number) => {
    say("polite");
    const sample = Math.min(samples - 1, Math.max(0, at));
    use.setCursor({ left: use.valToPos(axis.x[sample]!, "x"), top: 10 });
    pointed = sample;
    read();
  };
  parts.use.addEventListener(
    "blur",
    () => {
      say("off");
      use.setCursor({ left: -10, top: -10 });
    },
    { signal },
  );
  const onKey = (event: KeyboardEvent) => {
    const at = pointed ?? sliderSample();
    const step = event.shiftKey ? 20 : 1;
    if (event.key === "ArrowLeft") moveTo(at - step);
    else if (event.key === "ArrowRight") moveTo(at + step);
    else if (event.key === "Home") moveTo(0);
    else if (event.key === "End") moveTo(samples - 1);
    else if (event.key === "Enter") model.seek(timeline.events[at]!);
    else if (event.key === "+" || event.key === "=") zoom.by(0.5, axis.x[at]!);
    else if (event.key === "-") zoom.by(2, axis.x[at]!);
    else if (event.key === "Escape") zoom.whole();
    else return;
    event.preventDefault();
  };
  parts.use.addEventListener("keydown", onKey, { signal });
  model.on("target", mark, signal);
  model.on(
    "moment",
    () => {
      if (pointed === undefined) read();
    },
    signal,
  );
  mark();
  read();
  parts.use.dataset.drawn = "";
}

/** A button for each layer; gives back where its figure goes. */
function legend(
  list: HTMLElement,
  { layers, isShown }: Drawing,
  onPress: (layer: number, isPressed: boolean) => void,
): HTMLElement[] {
  return layers.map(({ name: text, slot }, i) => {
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = `var(--c${slot})`;
    const value = el("span", { class: "value" });
    const item = el(
      "button",
      { type: "button", "aria-pressed": String(isShown[i]) },
      swatch,
      name(text),
      " ",
      value,
    );
    item.addEventListener("click", () => {
      const isPressed = item.getAttribute("aria-pressed") !== "true";
      item.setAttribute("aria-pressed", String(isPressed));
      onPress(i, isPressed);
    });
    list.append(el("li", {}, item));
    return value;
  });
}

/** Buttons for zoom and pan, and `more`.  The function that is given back is told whether all is seen. */
function toolbar(
  bar: HTMLElement,
  zoom: () => Zoom,
  more: readonly HTMLElement[],
): (isWhole: boolean) => void {
  const act = (label: string | Node, about: string, does: (zoom: Zoom) => void) => {
    const made = button("", () => does(zoom()), { "aria-label": about, title: about });
    made.append(label);
    return made;
  };
  const closer = act("+", "Zoom in", (z) => z.by(0.5));
  const others = [
    act("−", "Zoom out", (z) => z.by(2)),
    act(sign(SIGNS.left), "Pan back", (z) => z.pan(-0.25)),
    act(sign(SIGNS.right), "Pan on", (z) => z.pan(0.25)),
    act("All", "Show the whole time", (z) => z.whole()),
  ];
  bar.append(closer, ...others, el("span", { class: "gap" }), ...more);
  return (isWhole) => {
    for (const each of others) each.disabled = isWhole;
  };
}

async function picture(
  { opened }: SectionContext,
  { all }: TimePlots,
  { layers, isShown }: Drawing,
): Promise<void> {
  const blob = await drawPicture({
    title: `${opened.title}: use over time, owners in ${opened.design}`,
    canvases: all.map(({ ctx }) => ctx.canvas),
    legend: layers
      .filter((_, i) => isShown[i])
      .map(({ name: text, slot }) => ({ name: text, colour: colour(`--c${slot}`) })),
  });
  download(`${fileNameOf(opened.title)}-use.png`, blob);
}

function table({ opened }: SectionContext): void {
  const { head, rows } = useTable(opened);
  saveCsv(`${fileNameOf(opened.title)}-use.csv`, head, rows);
}

function mib(pages: number): string {
  const value = pages / 256;
  return `${formatNumber(value, value === 0 ? 0 : value < 10 ? 2 : 1)} MiB`;
}
