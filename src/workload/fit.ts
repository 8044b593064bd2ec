/**
 * fit: reads a capture once and says what it is shaped like.
 *
 * The trace goes through the same reader and attribution as a replay; its operations go to a meter instead of a ledger.
 */
import { Attribution } from "../capture/attribution.js";
import { OpBatch } from "../capture/op-batch.js";
import { type CaptureFiles, readListedGroups } from "../capture/oracle.js";
import { scanTrace } from "../capture/reader.js";
import type { Scanner } from "../capture/scanner.js";
import { ShapeMeter } from "./shape-meter.js";
import type { ShapeProfile } from "./shape-profile.js";

const BATCH_OPS = 16384;

export interface FitOptions {
  readonly scanner: Scanner;
  readonly onProgress?: (textBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Throws CaptureError where the trace cannot be believed. */
export async function fitProfile(files: CaptureFiles, options: FitOptions): Promise<ShapeProfile> {
  const meter = new ShapeMeter();
  const ops = new OpBatch(BATCH_OPS, (batch) => meter.take(batch.words, batch.count));
  const listed = await readListedGroups(files);
  const attribution = new Attribution(ops, listed, files.trace.name, { mark() {}, reclaimIds: () => [] });
  await scanTrace(files.trace.open(), (batch) => attribution.consumeRange(batch, 0, batch.count), {
    ...options,
    file: files.trace.name,
  });
  ops.flush();
  return meter.profile(files.name);
}
