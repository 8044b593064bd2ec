/**
 * frame-store: the column that is shown, on this side and in the texture, and how many frames have each value.
 *
 * A new column is held against the old one in slices of some milliseconds, so that the page stays quick at 2^24 frames;
 * only rows of the texture that differ are sent.  While slices are taken, `isBusy`: what would be drawn is half old.  One
 * at a time: a column that comes while everything is sent again waits, and the other way round.
 */
import { breathe } from "../../../../src/lab/breathe.js";
import { TILE_SHIFT } from "./layout.js";
import { TEXTURE_WIDTH } from "./painter.js";
import type { Painting } from "./painting.js";

const SLICE_MS = 6;
/** Rows of the texture that are compared between two looks at the clock. */
const ROWS_AT_ONCE = 32;
const VALUES = 65536;

export class FrameStore {
  readonly nrFrames: number;
  values: Uint16Array;
  /** Frames by value. */
  counts = new Uint32Array(VALUES);
  /** A byte for each tile: a frame of it was in use at a moment that was shown. */
  readonly used: Uint8Array;
  #pending = 0;
  #queue: Promise<unknown> = Promise.resolve();
  /** Until the last rows are in the texture: a painter that is slow is not given more. */
  #sent: Promise<void> | undefined;
  /** Frames that differed from what was shown before. */
  changed = 0;

  constructor(nrFrames: number) {
    this.nrFrames = nrFrames;
    this.values = new Uint16Array(nrFrames);
    this.used = new Uint8Array(Math.ceil(nrFrames / 2 ** TILE_SHIFT));
    this.counts[0] = nrFrames;
  }

  get isBusy(): boolean {
    return this.#pending > 0;
  }
  /** Settles when nothing is under way. */
  async idle(): Promise<void> {
    while (this.isBusy) await this.#queue;
  }

  /** Takes a column over, whole.  True if a tile came into use. */
  take(next: Uint16Array, painter: Painting): Promise<boolean> {
    return this.#inTurn(() => this.#take(next, painter));
  }

  /** After a loss of the graphics context: everything again. */
  sendAll(painter: Painting): Promise<void> {
    return this.#inTurn(() => this.#sendAll(painter));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const turn = this.#queue.then(work);
    // A failure is for who asked; the next has its turn all the same.
    this.#queue = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#pending--;
    }
  }

  async #take(next: Uint16Array, painter: Painting): Promise<boolean> {
    const step = 2 ** painter.texels.shift;
    const slice = ROWS_AT_ONCE * TEXTURE_WIDTH * step;
    let hasGrown = false;
    this.changed = 0;
    let began = performance.now();
    for (let from = 0; from < this.nrFrames; from += slice) {
      const to = Math.min(this.nrFrames, from + slice);
      const differs = this.#compare(next, from, to);
      if (differs.last >= 0) {
        hasGrown = this.#markUsed(next, differs.first, differs.last) || hasGrown;
        const row = (frame: number) => Math.floor(frame / step / TEXTURE_WIDTH);
        this.#send(next, painter, row(differs.first), row(differs.last));
      }
      if (performance.now() - began > SLICE_MS) {
        await breathe();
        began = performance.now();
      }
    }
    await this.#sent;
    this.values = next;
    return hasGrown;
  }

  async #sendAll(painter: Painting): Promise<void> {
    for (let row = 0; row < painter.texels.rows; row += ROWS_AT_ONCE) {
      this.#send(this.values, painter, row, Math.min(painter.texels.rows, row + ROWS_AT_ONCE) - 1);
      if (row % (ROWS_AT_ONCE * 8) === 0) await breathe();
    }
    await this.#sent;
  }

  /** First and last frame that differ; counts are moved from the old values to the new ones. */
  #compare(next: Uint16Array, from: number, to: number): { first: number; last: number } {
    const { values, counts } = this;
    let first = to;
    let last = -1;
    let changed = 0;
    for (let frame = from; frame < to; frame++) {
      const before = values[frame]!;
      const after = next[frame]!;
      if (before === after) continue;
      if (last < 0) first = frame;
      last = frame;
      changed++;
      counts[before]!--;
      counts[after]!++;
    }
    this.changed += changed;
    return { first, last };
  }

  #markUsed(next: Uint16Array, first: number, last: number): boolean {
    let hasGrown = false;
    for (let tile = first >> TILE_SHIFT; tile <= last >> TILE_SHIFT; tile++) {
      if (this.used[tile] !== 0) continue;
      const end = Math.min(this.nrFrames, (tile + 1) << TILE_SHIFT);
      for (let frame = tile << TILE_SHIFT; frame < end; frame++)
        if (next[frame] !== 0) {
          this.used[tile] = 1;
          hasGrown = true;
          break;
        }
    }
    return hasGrown;
  }

  #send(values: Uint16Array, painter: Painting, firstRow: number, lastRow: number): void {
    const step = 2 ** painter.texels.shift;
    const from = firstRow * TEXTURE_WIDTH;
    const length = (lastRow - firstRow + 1) * TEXTURE_WIDTH;
    const isWhole = step === 1 && from + length <= values.length;
    if (isWhole) {
      this.#sent = painter.upload(firstRow, values.slice(from, from + length));
      return;
    }
    const texels = new Uint16Array(length);
    for (let i = 0; i < length; i++) texels[i] = values[(from + i) * step] ?? 0;
    this.#sent = painter.upload(firstRow, texels);
  }
}
