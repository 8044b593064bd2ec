/**
 * viewport: which part of the plane the canvas shows.
 *
 * All in pixels of the device: `scale` of them a frame, and the plane's corner at (originX, originY).  The corner is
 * always drawn at a whole pixel: so a pan moves every sample of a mixed pixel by whole pixels, and nothing flickers.
 */
export interface Viewport {
  readonly scale: number;
  readonly originX: number;
  readonly originY: number;
  /** Of the canvas. */
  readonly width: number;
  readonly height: number;
}

export interface Plane {
  readonly width: number;
  readonly height: number;
}

export const SCALE_MAX = 64;

/** The whole plane, as large as it goes. */
export function wholePlane(plane: Plane, width: number, height: number): Viewport {
  const scale = fitScale(plane, width, height);
  return { scale, originX: 0, originY: 0, width, height };
}

function fitScale(plane: Plane, width: number, height: number): number {
  return Math.min(SCALE_MAX, Math.max(1, width) / plane.width, Math.max(1, height) / plane.height);
}

/** By a factor, so that what is at (x, y) stays there. */
export function zoomAt(view: Viewport, plane: Plane, factor: number, x: number, y: number): Viewport {
  const least = fitScale(plane, view.width, view.height) / 2;
  const scale = Math.min(SCALE_MAX, Math.max(least, view.scale * factor));
  const ratio = scale / view.scale;
  return clamp(
    { ...view, scale, originX: x - (x - view.originX) * ratio, originY: y - (y - view.originY) * ratio },
    plane,
  );
}

export function pan(view: Viewport, plane: Plane, dx: number, dy: number): Viewport {
  return clamp({ ...view, originX: view.originX + dx, originY: view.originY + dy }, plane);
}

/** Puts a place of the plane into the middle, at a scale. */
export function centre(view: Viewport, plane: Plane, x: number, y: number, scale = view.scale): Viewport {
  const bounded = Math.min(SCALE_MAX, scale);
  const originX = view.width / 2 - (x + 0.5) * bounded;
  const originY = view.height / 2 - (y + 0.5) * bounded;
  return clamp({ ...view, scale: bounded, originX, originY }, plane);
}

/** Moves no more than is needed to show a frame with some room around it. */
export function reveal(view: Viewport, plane: Plane, x: number, y: number): Viewport {
  const room = Math.min(48, view.width / 4, view.height / 4);
  const shift = (at: number, size: number) =>
    at < room ? room - at : at + view.scale > size - room ? size - room - at - view.scale : 0;
  return pan(
    view,
    plane,
    shift(view.originX + x * view.scale, view.width),
    shift(view.originY + y * view.scale, view.height),
  );
}

/** Another size of canvas: what was in the middle stays there. */
export function resize(view: Viewport, plane: Plane, width: number, height: number): Viewport {
  return clamp(
    {
      ...view,
      width,
      height,
      originX: view.originX + (width - view.width) / 2,
      originY: view.originY + (height - view.height) / 2,
    },
    plane,
  );
}

/** The corner as it is drawn. */
export function corner(view: Viewport): { x: number; y: number } {
  return { x: Math.round(view.originX), y: Math.round(view.originY) };
}

/** The place of the plane, in frames, below a pixel of the canvas. */
export function placeAt(view: Viewport, x: number, y: number): { x: number; y: number } {
  const from = corner(view);
  return { x: Math.floor((x - from.x) / view.scale), y: Math.floor((y - from.y) / view.scale) };
}

/** The plane can be pushed to the middle of the canvas, no further. */
function clamp(view: Viewport, plane: Plane): Viewport {
  const bound = (origin: number, size: number, length: number) =>
    Math.min(size / 2, Math.max(Math.min(0, size / 2 - length * view.scale), origin));
  return {
    ...view,
    originX: bound(view.originX, view.width, plane.width),
    originY: bound(view.originY, view.height, plane.height),
  };
}
