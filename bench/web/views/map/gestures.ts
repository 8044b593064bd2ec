/**
 * gestures: what pointer, wheel, fingers and keys do to the map.
 *
 *   drag  pan            wheel, two fingers  zoom              click, Enter  pin the frame        Escape  let go of it
 *   arrows  move the cursor     Shift+arrows  pan     + −  zoom     0  the whole plane     Page up, Page down  a screen
 */

import type { Stage } from "./stage.js";
import { pan, zoomAt } from "./viewport.js";

export interface GestureTarget {
  readonly stage: Stage;
  /** The frame below the pointer; -1 for none. */
  point(pfn: number): void;
  pin(pfn: number): void;
  release(): void;
  /** Moves the cursor by steps of a frame, or of what a few pixels hold. */
  step(dx: number, dy: number): void;
  /** Zooms at the cursor, or at the middle. */
  zoom(factor: number): void;
}

/** Pixels that a press may stray and still be a click. */
const CLICK_SLACK = 4;
const WHEEL_LINE = 16;

export function listen(target: GestureTarget, signal: AbortSignal): void {
  const { stage } = target;
  const { canvas } = stage;
  const fingers = new Map<number, { x: number; y: number }>();
  let strayed = 0;

  /** In pixels of the canvas. */
  const at = (event: MouseEvent) => ({ x: event.offsetX * stage.density, y: event.offsetY * stage.density });
  const spread = () => {
    const [one, two] = [...fingers.values()];
    if (one === undefined || two === undefined) return undefined;
    return {
      x: (one.x + two.x) / 2,
      y: (one.y + two.y) / 2,
      length: Math.max(1, Math.hypot(one.x - two.x, one.y - two.y)),
    };
  };

  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      if (fingers.size === 0) strayed = 0;
      fingers.set(event.pointerId, at(event));
    },
    { signal },
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      const now = at(event);
      const before = fingers.get(event.pointerId);
      if (before === undefined) {
        target.point(stage.pfnAtPixel(now.x, now.y));
        return;
      }
      const wasSpread = spread();
      fingers.set(event.pointerId, now);
      const isSpread = spread();
      strayed += Math.hypot(now.x - before.x, now.y - before.y);
      if (strayed <= CLICK_SLACK * stage.density) return;
      if (wasSpread === undefined || isSpread === undefined) {
        canvas.classList.add("dragged");
        stage.look(pan(stage.view, stage.layout, now.x - before.x, now.y - before.y), true);
        return;
      }
      const moved = pan(stage.view, stage.layout, isSpread.x - wasSpread.x, isSpread.y - wasSpread.y);
      const factor = isSpread.length / wasSpread.length;
      stage.look(zoomAt(moved, stage.layout, factor, isSpread.x, isSpread.y), true);
    },
    { signal },
  );
  const lift = (event: PointerEvent) => {
    const was = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    canvas.classList.remove("dragged");
    if (was === undefined || event.type !== "pointerup" || strayed > CLICK_SLACK * stage.density) return;
    const now = at(event);
    const pfn = stage.pfnAtPixel(now.x, now.y);
    if (pfn >= 0) target.pin(pfn);
  };
  canvas.addEventListener("pointerup", lift, { signal });
  canvas.addEventListener("pointercancel", lift, { signal });
  canvas.addEventListener("pointerleave", () => fingers.size === 0 && target.point(-1), { signal });

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1;
      const turn = Math.max(-120, Math.min(120, event.deltaY * lines));
      const { x, y } = at(event);
      // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
      const factor = Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.003));
      stage.look(zoomAt(stage.view, stage.layout, factor, x, y), true);
    },
    { signal, passive: false },
  );

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressed(event.key, event.shiftKey)) event.preventDefault();
  });

  function pressed(key: string, isShift: boolean): boolean {
    const arrow = ARROWS[key];
    if (arrow !== undefined) {
      const [dx, dy] = arrow;
      if (isShift) slide(-dx / 4, -dy / 4);
      else target.step(dx, dy);
    } else if (key === "PageUp") slide(0, 0.9);
    else if (key === "PageDown") slide(0, -0.9);
    else if (key === "+" || key === "=") target.zoom(2);
    else if (key === "-" || key === "_") target.zoom(0.5);
    else if (key === "0") stage.fit();
    else if (key === "Enter" || key === " ") target.pin(-1);
    else if (key === "Escape") target.release();
    else return false;
    return true;
  }
  /** By parts of the canvas. */
  function slide(x: number, y: number): void {
    stage.look(pan(stage.view, stage.layout, x * stage.view.width, y * stage.view.height), true);
  }
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
