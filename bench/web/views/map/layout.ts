/**
 * layout: where a frame lies in the plane of the map, and which frame lies at a place of it.
 *
 *      ruler above:      +0x0          +0x400        +0x800
 *                      ┌─────────────┬─────────────┬────────
 *      0x100000        │ tile: 2^10  │ the next    │             a tile is 32 × 32 frames in Z order
 *                      │ frames      │ 2^10 frames │             (bits of x and y take turns in the pfn)
 *      0x100000 + 2^10·tiles in a row├─────────────┼────────
 *                      │             │             │
 *                      ╌╌╌╌╌╌╌╌╌╌ rows left out ╌╌╌╌╌╌╌╌╌╌
 *
 * WHY      What the kernel hands out is aligned: in Z order a folio of order n is a square or two squares side by side
 *          (order 9: 32 × 16), a block of 64 frames is 8 × 8, and the largest buddy of x86, 2^10 frames, is one tile.
 *          Neighbours by pfn are neighbours in the plane, where rows of single frames would draw each folio as a thread.
 *          Tiles stand in rows, not in a larger Z: so the rulers add up at every zoom,
 *
 *              pfn = what stands left of the row + what stands above the column
 *
 * GAPS     Of a machine with holes and unused ends, rows of tiles without a used frame are left out; one row of ground
 *          with a dashed line stands for each such stretch.  A row that was shown once stays.
 */
export const TILE_SHIFT = 10;
export const TILE_SIDE = 32;
/** In `rows`: ground, in place of rows left out. */
export const GAP = -1;

const MASK = TILE_SIDE - 1;
/** Width to height of the plane that is aimed at. */
const ASPECT = 1.6;
const COLS_MIN_SHIFT = 2;
const COLS_MAX_SHIFT = 9;

export interface Layout {
  readonly nrFrames: number;
  /** Tiles in a row: 2^colsShift. */
  readonly colsShift: number;
  /** For each row of the plane, from the top: the row of memory that is shown there, or GAP. */
  readonly rows: Int32Array;
  /** Row of memory → row of the plane, or -1. */
  readonly places: Int32Array;
  /** Of the plane, in frames. */
  readonly width: number;
  readonly height: number;
}

/** Five bits, each moved to twice its place. */
export function spread(bits: number): number {
  let v = bits & MASK;
  v = (v | (v << 4)) & 0x10f;
  v = (v | (v << 2)) & 0x133;
  return (v | (v << 1)) & 0x155;
}

/** Every second bit of ten, moved together. */
export function gather(bits: number): number {
  let v = bits & 0x155;
  v = (v | (v >> 1)) & 0x133;
  v = (v | (v >> 2)) & 0x10f;
  return (v | (v >> 4)) & MASK;
}

/** How many tiles a row should have, as a power of two, so that the plane is about ASPECT times as wide as high. */
export function colsShiftFor(nrFrames: number, used: Uint8Array): number {
  let best = COLS_MIN_SHIFT;
  let least = Number.POSITIVE_INFINITY;
  for (let shift = COLS_MIN_SHIFT; shift <= COLS_MAX_SHIFT; shift++) {
    const { width, height } = layOut(nrFrames, used, shift);
    const off = Math.abs(Math.log(width / height / ASPECT));
    if (off < least) {
      best = shift;
      least = off;
    }
  }
  return best;
}

/** `used`: a byte for each tile of memory, not 0 where it is to be shown. */
export function layOut(nrFrames: number, used: Uint8Array, colsShift: number): Layout {
  const memoryRows = Math.max(1, Math.ceil(nrFrames / 2 ** (TILE_SHIFT + colsShift)));
  const places = new Int32Array(memoryRows).fill(-1);
  const rows: number[] = [];
  const cols = 1 << colsShift;
  let isAnyUsed = false;
  for (const byte of used) if (byte !== 0) isAnyUsed = true;
  let left = 0;
  /** What stands for the rows left out before this one.  A single one is as high as it is as a gap with its line. */
  const leave = (row: number) => {
    if (left === 1) {
      places[row - 1] = rows.length;
      rows.push(row - 1);
    } else if (left > 1) rows.push(GAP);
    left = 0;
  };
  for (let row = 0; row < memoryRows; row++) {
    let isShown = !isAnyUsed;
    for (let tile = row * cols; tile < (row + 1) * cols && !isShown; tile++) isShown = used[tile] !== 0;
    if (!isShown) {
      left++;
      continue;
    }
    leave(row);
    places[row] = rows.length;
    rows.push(row);
  }
  leave(memoryRows);
  return {
    nrFrames,
    colsShift,
    rows: Int32Array.from(rows),
    places,
    width: cols * TILE_SIDE,
    height: rows.length * TILE_SIDE,
  };
}

/** The frame at a place of the plane, in frames; -1 outside, in a gap, and behind the last frame. */
export function pfnAt(layout: Layout, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= layout.width || y >= layout.height) return -1;
  const row = layout.rows[y >> 5]!;
  if (row === GAP) return -1;
  const pfn = rowBase(layout, row) + columnOffset(x) + 2 * spread(y);
  return pfn < layout.nrFrames ? pfn : -1;
}

/** The place of a frame; undefined where its row is left out. */
export function placeOf(layout: Layout, pfn: number): { x: number; y: number } | undefined {
  if (pfn < 0 || pfn >= layout.nrFrames) return undefined;
  const tile = Math.floor(pfn / 2 ** TILE_SHIFT);
  const place = layout.places[tile >> layout.colsShift]!;
  if (place < 0) return undefined;
  const column = tile & ((1 << layout.colsShift) - 1);
  return { x: column * TILE_SIDE + gather(pfn), y: place * TILE_SIDE + gather(pfn >> 1) };
}

/** What the ruler above says of a column of frames. */
export function columnOffset(x: number): number {
  return (x >> 5) * 2 ** TILE_SHIFT + spread(x);
}

/** What the ruler on the left says of a row of frames; -1 in a gap. */
export function rowStart(layout: Layout, y: number): number {
  const row = layout.rows[y >> 5] ?? GAP;
  return row === GAP ? -1 : rowBase(layout, row) + 2 * spread(y);
}

function rowBase(layout: Layout, row: number): number {
  return row * 2 ** (TILE_SHIFT + layout.colsShift);
}
