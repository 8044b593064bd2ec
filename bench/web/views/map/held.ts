/**
 * held: what was drawn is kept, so that a pan draws only what comes into sight.
 *
 *      plane, in pixels of one scale, y upwards
 *      ┌───────┬───────┬───────┐
 *      │     ┌─┼─────┐ │       │   cells as large as the canvas.  A pixel of the plane has the place in the kept picture that it
 *      ├─────┼─┼─────┼─┼───────┤   has in its cell: what stays in sight stays where it is, whichever way the map is moved
 *      │     └─┼─────┘ │       │
 *      └───────┴───────┴───────┘
 */
import { corner, type Viewport } from "./viewport.js";

/** Pixels left ≤ x < right, bottom ≤ y < top. */
export interface Box {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

/** What of a cell a box covers; the cell's own corner is the origin of its places. */
export interface Piece extends Box {
  readonly originX: number;
  readonly originY: number;
}

/** What of the plane a view shows. */
export function sightOf(view: Viewport): Box {
  const { x, y } = corner(view);
  return { left: -x, bottom: y - view.height, right: view.width - x, top: y };
}

export function area({ left, bottom, right, top }: Box): number {
  return Math.max(0, right - left) * Math.max(0, top - bottom);
}

/** Of boxes that do not overlap. */
export function areaOf(boxes: readonly Box[]): number {
  return boxes.reduce((sum, box) => sum + area(box), 0);
}

/** What of a box lies outside another: up to four boxes, none twice. */
export function without(box: Box, other: Box): Box[] {
  const bottom = Math.max(box.bottom, Math.min(box.top, other.bottom));
  const top = Math.max(bottom, Math.min(box.top, other.top));
  return [
    { ...box, top: bottom },
    { ...box, bottom: top },
    { ...box, bottom, top, right: Math.min(box.right, other.left) },
    { ...box, bottom, top, left: Math.max(box.left, other.right) },
  ].filter((part) => area(part) > 0);
}

/** A box cut along the cells' edges. */
export function pieces(box: Box, width: number, height: number): Piece[] {
  const found: Piece[] = [];
  for (let y = Math.floor(box.bottom / height) * height; y < box.top; y += height)
    for (let x = Math.floor(box.left / width) * width; x < box.right; x += width)
      found.push({
        left: Math.max(box.left, x),
        right: Math.min(box.right, x + width),
        bottom: Math.max(box.bottom, y),
        top: Math.min(box.top, y + height),
        originX: x,
        originY: y,
      });
  return found;
}

/** Where a box lies at a scale `factor` times as large, to whole pixels. */
export function scaled({ left, bottom, right, top }: Box, factor: number): Box {
  const at = (edge: number) => Math.round(edge * factor);
  return { left: at(left), bottom: at(bottom), right: at(right), top: at(top) };
}
