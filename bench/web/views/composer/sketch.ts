/**
 * sketch: what a workload does, in a picture: the same operations, on a machine so small that each frame can be seen.
 *
 *   frames   ▓▓▓░░░███      one column a slice of operations, one row a few frames; colour = owner,
 *     ↓      ░░▓▓▓░░██      full where something happened to them in that slice
 *            time →
 */
import { Err, Op } from "../../../../src/abi.js";
import { type History, type HistoryWorkload, OP_WORDS } from "../../../../src/workload/history.js";
import { WorkloadError } from "../../../../src/workload/parameters.js";

export const SKETCH_FRAMES = 4096;
export const SKETCH_COLUMNS = 240;
export const SKETCH_ROWS = 128;
const FRAMES_A_ROW = SKETCH_FRAMES / SKETCH_ROWS;
const OPS_A_COLUMN = 128;
const CONTAINERS_MAX = SKETCH_FRAMES / 64;
const SEED = 1;

export interface Sketch {
  /** Row by row: 0 = free, else the container's id. */
  readonly owner: Uint16Array<ArrayBuffer>;
  /** 1 where something happened in that slice. */
  readonly touched: Uint8Array<ArrayBuffer>;
}

export const SKETCH_HEAD = ["first operation", "first frame", "owner", "touched"] as const;

/** Cell by cell, for a spreadsheet. */
export function sketchRows({ owner, touched }: Sketch): (readonly number[])[] {
  return Array.from(owner, (id, i) => [
    (i % SKETCH_COLUMNS) * OPS_A_COLUMN,
    Math.floor(i / SKETCH_COLUMNS) * FRAMES_A_ROW,
    id,
    touched[i]!,
  ]);
}

/** Own parameters that do not fit so small a machine are left at their defaults. */
export function sketchOf(
  workload: HistoryWorkload,
  own: Readonly<Record<string, number>>,
  containers: number | undefined,
): Sketch {
  const sizes = {
    nrFrames: SKETCH_FRAMES,
    nrEvents: SKETCH_COLUMNS * OPS_A_COLUMN,
    seed: SEED,
    ...(containers === undefined ? {} : { containers: Math.min(containers, CONTAINERS_MAX) }),
  };
  try {
    return draw(workload.create({ ...own, ...sizes }));
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    return draw(workload.create({ nrFrames: SKETCH_FRAMES, nrEvents: sizes.nrEvents, seed: SEED }));
  }
}

function draw(history: History): Sketch {
  const owners = new Uint16Array(SKETCH_FRAMES);
  const words = new Uint32Array(OPS_A_COLUMN * OP_WORDS);
  const owner = new Uint16Array(SKETCH_COLUMNS * SKETCH_ROWS);
  const touched = new Uint8Array(SKETCH_COLUMNS * SKETCH_ROWS);
  for (let column = 0; column < SKETCH_COLUMNS; column++) {
    const count = history.fill(words);
    for (let at = 0; at < count * OP_WORDS; at += OP_WORDS) {
      const word0 = words[at]!;
      const code = word0 & 0xff;
      if (!ON_FOLIOS.has(code)) continue;
      const first = words[at + 1]!;
      const last = first + (1 << ((word0 >>> 8) & 0xff)) - 1;
      for (let row = rowOf(first); row <= rowOf(last); row++) touched[row * SKETCH_COLUMNS + column] = 1;
      if (code === Op.FREE) owners.fill(0, first, last + 1);
      else if (PLACES.has(code) && (words[at + 3]! & 0xff) === Err.OK && word0 >>> 16 !== 0)
        owners.fill(word0 >>> 16, first, last + 1);
    }
    for (let row = 0; row < SKETCH_ROWS; row++) {
      let pfn = row * FRAMES_A_ROW;
      const end = pfn + FRAMES_A_ROW - 1;
      while (pfn < end && owners[pfn] === 0) pfn++;
      owner[row * SKETCH_COLUMNS + column] = owners[pfn]!;
    }
  }
  return { owner, touched };
}

/** Operations that name a folio, and those of them that give it an owner. */
const ON_FOLIOS: ReadonlySet<number> = new Set([
  Op.ALLOC,
  Op.CHARGE,
  Op.CACHE_ADD,
  Op.LRU_ADD,
  Op.LRU_ACTIVATE,
  Op.CACHE_DEL,
  Op.MAP,
  Op.UNMAP,
  Op.FREE,
]);
const PLACES: ReadonlySet<number> = new Set([Op.CHARGE, Op.CACHE_ADD]);

function rowOf(pfn: number): number {
  return Math.floor(pfn / FRAMES_A_ROW);
}
