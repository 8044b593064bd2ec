/**
 * rulers: pfn of the rows on the left, and what the columns add to it above; at every zoom the two add up.
 */
import { el } from "../../app/dom.js";
import { columnOffset, type Layout, rowStart } from "./layout.js";
import { hex, memory } from "./values.js";
import { corner, type Viewport } from "./viewport.js";

/** Pixels of the page between two labels, at least. */
const ACROSS = 84;
const DOWN = 22;

export interface Tick {
  /** In pixels of the page, from the canvas's corner. */
  readonly at: number;
  readonly text: string;
  readonly title: string;
}

export function columnTicks(layout: Layout, view: Viewport, density: number): Tick[] {
  const from = corner(view).x;
  return places(from, view.scale, view.width, layout.width, ACROSS * density).map((x) => ({
    at: (from + x * view.scale) / density,
    text: `+${hex(columnOffset(x))}`,
    title: `${memory(columnOffset(x))} further`,
  }));
}

export function rowTicks(layout: Layout, view: Viewport, density: number): Tick[] {
  const from = corner(view).y;
  const ticks: Tick[] = [];
  for (const y of places(from, view.scale, view.height, layout.height, DOWN * density)) {
    const start = rowStart(layout, y);
    if (start < 0 || start >= layout.nrFrames) continue;
    ticks.push({
      at: (from + y * view.scale) / density,
      text: hex(start),
      title: `${memory(start)} into physical memory`,
    });
  }
  return ticks;
}

/** Multiples of the smallest power of two that leaves room for a label, as far as they are in sight. */
function places(from: number, scale: number, size: number, length: number, room: number): number[] {
  let step = 1;
  while (step * scale < room) step *= 2;
  const found: number[] = [];
  for (let at = Math.max(0, Math.ceil(-from / scale / step) * step); at < length; at += step) {
    if (from + at * scale > size - room / 2) break;
    found.push(at);
  }
  return found;
}

/** Writes labels into a ruler; elements are used again, since a pan writes them at each picture. */
export function writeTicks(ruler: HTMLElement, ticks: readonly Tick[], isAcross: boolean): void {
  while (ruler.children.length < ticks.length) ruler.append(el("span", { class: "map-tick" }));
  while (ruler.children.length > ticks.length) ruler.lastElementChild!.remove();
  ticks.forEach((tick, i) => {
    const span = ruler.children[i] as HTMLElement;
    if (span.textContent !== tick.text) span.textContent = tick.text;
    if (span.title !== tick.title) span.title = tick.title;
    span.style.transform = isAcross ? `translateX(${tick.at}px)` : `translateY(${tick.at}px)`;
  });
}
