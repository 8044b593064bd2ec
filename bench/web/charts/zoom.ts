/**
 * zoom: one range of x for charts that lie one above the other.
 *
 *   drag              zoom in            wheel      zoom about the pointer
 *   shift + drag, or  pan                buttons    whatever the caller binds to `by`, `pan`, `whole`
 *   a finger, or wheel sideways
 */
import type uPlot from "uplot";
import { listen, type Plot } from "./plot.js";

/** For `cursor` of each of the charts; `key` is common to them. */
export function zoomCursor(key: string): uPlot.Cursor {
  return {
    y: false,
    points: { show: false },
    drag: { x: true, y: false },
    // Zooming is passed on below; only where the pointer is goes by way of the library.
    sync: { key, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    bind: { mousedown: (_plot, _target, start) => (event) => (event.shiftKey ? null : start(event)) },
  };
}

export interface Zoom {
  /** Below 1 zooms in; about `centre`, or the middle. */
  by(factor: number, centre?: number): void;
  /** By a share of what is seen. */
  pan(share: number): void;
  whole(): void;
}

export interface ZoomOptions {
  readonly min: number;
  readonly max: number;
  /** What is seen at least. */
  readonly nearest: number;
  readonly onRange: (from: number, to: number) => void;
}

export function zoomTogether(
  plots: readonly Plot[],
  { min, max, nearest: sampled, onRange }: ZoomOptions,
): Zoom {
  let from = min;
  let to = max;
  // Below a millionth of the whole axes have no numbers.
  const nearest = Math.max(sampled, (max - min) / 1e6);

  const show = (low: number, high: number) => {
    const width = Math.min(max - min, Math.max(nearest, high - low));
    const start = Math.min(max - width, Math.max(min, low));
    if (start === from && start + width === to) return false;
    from = start;
    to = start + width;
    for (const plot of plots) plot.setScale("x", { min: from, max: to });
    onRange(from, to);
    return true;
  };
  const by = (factor: number, centre = (from + to) / 2) =>
    show(centre - (centre - from) * factor, centre + (to - centre) * factor);
  const pan = (share: number) => {
    const step = (to - from) * share;
    return show(from + step, to + step);
  };

  for (const plot of plots) {
    listen(plot, "setScale", (self, key) => {
      const { min: low, max: high } = self.scales.x ?? {};
      if (key === "x" && low != null && high != null && (low !== from || high !== to)) show(low, high);
    });
    const { over } = plot;
    over.addEventListener(
      "wheel",
      (event) => {
        const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
        const moved = isSideways
          ? pan(Math.sign(event.deltaX || event.deltaY) * 0.1)
          : by(event.deltaY < 0 ? 0.8 : 1.25, plot.posToVal(event.offsetX, "x"));
        // At its limits the chart lets the page scroll.
        if (moved) event.preventDefault();
      },
      { passive: false },
    );
    over.addEventListener("pointerdown", (start) => {
      if (start.pointerType !== "touch" && !start.shiftKey) return;
      over.setPointerCapture(start.pointerId);
      const [low, high] = [from, to];
      const move = (event: PointerEvent) => {
        const shift = ((start.clientX - event.clientX) / over.clientWidth) * (high - low);
        show(low + shift, high + shift);
      };
      const end = () => {
        over.removeEventListener("pointermove", move);
        over.removeEventListener("pointerup", end);
        over.removeEventListener("pointercancel", end);
      };
      over.addEventListener("pointermove", move);
      over.addEventListener("pointerup", end);
      over.addEventListener("pointercancel", end);
    });
  }
  onRange(from, to);
  return { by, pan, whole: () => void show(min, max) };
}
