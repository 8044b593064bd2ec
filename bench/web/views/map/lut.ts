/**
 * lut: value of a column → colour, as the bytes of the map's second texture.
 *
 * 256 colours a row, RGBA; as many rows as there are values.  A value that is filtered out has the colour --dim.
 *
 * Alpha is the weight of a frame in a pixel that holds many.  What is filtered out weighs little, and so do free frames
 * unless they are all that is left: else single owned frames would be lost among them.
 */
import type { Paint, ValueName } from "./values.js";

export type Rgb = readonly [number, number, number];

export interface Palette {
  /** --c0 … --c11. */
  readonly owners: readonly Rgb[];
  readonly rest: Rgb;
  readonly free: Rgb;
  readonly dim: Rgb;
  readonly ground: Rgb;
  readonly mark: Rgb;
  /** From dark to bright: lightness rises along it, so it reads the same with any kind of colour vision. */
  readonly ramp: readonly Rgb[];
}

export const LUT_WIDTH = 256;
const LIGHT = 24;

/** `colourOf`: value of a style sheet's variable, "#rgb" or "#rrggbb". */
export function readPalette(colourOf: (name: string) => string): Palette {
  const rgb = (name: string) => parseColour(colourOf(name));
  return {
    owners: Array.from({ length: 12 }, (_, i) => rgb(`--c${i}`)),
    rest: rgb("--c12"),
    free: rgb("--free"),
    dim: rgb("--dim"),
    ground: rgb("--bg"),
    mark: rgb("--mark"),
    ramp: [rgb("--c8"), rgb("--c3"), rgb("--c1")],
  };
}

export function parseColour(css: string): Rgb {
  const digits = css.trim().replace(/^#/, "");
  const long = digits.length === 3 ? [...digits].map((d) => d + d).join("") : digits;
  const value = Number.parseInt(long, 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export function colourOf(paint: Paint, palette: Palette): Rgb {
  if (paint === "free") return palette.free;
  if (paint === "rest") return palette.rest;
  if (typeof paint === "number") return palette.owners[paint]!;
  const { ramp } = palette;
  const place = Math.min(1, Math.max(0, paint.at)) * (ramp.length - 1);
  const from = ramp[Math.floor(place)]!;
  const to = ramp[Math.ceil(place)]!;
  const part = place - Math.floor(place);
  const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * part);
  return [mix(0), mix(1), mix(2)];
}

export function buildLut(
  values: readonly ValueName[],
  palette: Palette,
  isHidden: (value: number) => boolean,
): Uint8Array {
  const highest = values.reduce((most, { value }) => Math.max(most, value), 0);
  const rows = Math.floor(highest / LUT_WIDTH) + 1;
  const bytes = new Uint8Array(rows * LUT_WIDTH * 4);
  for (let i = 0; i < rows * LUT_WIDTH; i++) put(bytes, i, palette.rest);
  const isFigure = ({ value, paint }: ValueName) => paint !== "free" && !isHidden(value);
  const freeWeight = values.some(isFigure) ? LIGHT : 255;
  for (const { value, paint } of values)
    if (isHidden(value)) put(bytes, value, palette.dim, LIGHT);
    else put(bytes, value, colourOf(paint, palette), paint === "free" ? freeWeight : 255);
  return bytes;
}

function put(bytes: Uint8Array, at: number, [red, green, blue]: Rgb, weight = 255): void {
  bytes[at * 4] = red;
  bytes[at * 4 + 1] = green;
  bytes[at * 4 + 2] = blue;
  bytes[at * 4 + 3] = weight;
}
