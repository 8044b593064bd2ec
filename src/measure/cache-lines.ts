/**
 * cache-lines: which lines of 64 bytes some bytes of a record lie on.  Arithmetic, nothing is timed.
 *
 *   line         0           1           2
 *          ├───────────┼───────────┼───────────┤
 *   56 B   │ frame 0  │ frame 1  │ frame 2  │ …      frame 1 lies on two lines
 *   64 B   │ frame 0   │ frame 1   │ frame 2   │      each on its own
 */
import { FRAME_FIELD_BYTES, type FrameOffsets } from "../abi.js";

export const LINE_BYTES = 64;

/** Bytes of a record: the first one's offset, and how many. */
export interface ByteRange {
  readonly offset: number;
  readonly bytes: number;
}

export type FrameField = keyof typeof FRAME_FIELD_BYTES;

/** Bytes that some fields take in a frame layout.  Throws RangeError for an owner where the layout keeps none. */
export function fieldRanges(frame: FrameOffsets, fields: readonly FrameField[]): ByteRange[] {
  return fields.map((field) => {
    const offset = frame[field];
    if (offset === undefined) throw new RangeError(`frame layout ${frame.name} keeps no ${field}`);
    // Where a pointer was, 32 bits of it are used.
    const bytes = field === "memcgId" ? Math.min(frame.ownerBytes, 4) : FRAME_FIELD_BYTES[field];
    return { offset, bytes };
  });
}

/**
 * Numbers of the lines that `ranges` of record `index` lie on, each once, in ascending order.  Record 0 begins at byte
 * address `base`, and each takes `bytesPerRecord`.
 */
export function linesOf(
  base: number,
  bytesPerRecord: number,
  ranges: readonly ByteRange[],
  index: number,
): number[] {
  const start = base + index * bytesPerRecord;
  const lines = new Set<number>();
  for (const { offset, bytes } of ranges) {
    const first = Math.floor((start + offset) / LINE_BYTES);
    const last = Math.floor((start + offset + bytes - 1) / LINE_BYTES);
    for (let line = first; line <= last; line++) lines.add(line);
  }
  return [...lines].sort((a, b) => a - b);
}

/** Lines that `ranges` lie on, on average over all records of an array that begins at a line. */
export function meanLines(bytesPerRecord: number, ranges: readonly ByteRange[]): number {
  // After as many records as a line has bytes, positions within a line repeat.
  let lines = 0;
  for (let i = 0; i < LINE_BYTES; i++) lines += linesOf(0, bytesPerRecord, ranges, i).length;
  return lines / LINE_BYTES;
}

/** Share, 0 to 1, of the records of such an array that lie on more lines than their size takes. */
export function straddlingShare(bytesPerRecord: number): number {
  const whole = [{ offset: 0, bytes: bytesPerRecord }];
  const least = Math.ceil(bytesPerRecord / LINE_BYTES);
  let straddling = 0;
  for (let i = 0; i < LINE_BYTES; i++) if (linesOf(0, bytesPerRecord, whole, i).length > least) straddling++;
  return straddling / LINE_BYTES;
}
