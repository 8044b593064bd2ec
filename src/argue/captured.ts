/**
 * captured: a machine from a capture: the operations that its trace amounts to.
 */
import { Op } from "../abi.js";
import { CaptureError } from "../capture/errors.js";
import { type CaptureFiles, readListedGroups } from "../capture/oracle.js";
import { replayCapture } from "../capture/replay.js";
import type { Scanner } from "../capture/scanner.js";
import { readFrames } from "../capture/tsv.js";
import { OP_WORDS } from "../core/core.js";
import { type Machine, OperationLog } from "./machine.js";

export interface CapturedOptions {
  readonly scanner: Scanner;
  /** Any design: it is replayed once, so that what the trace needs of a ledger comes about. */
  readonly design: WebAssembly.Module;
  readonly onProgress?: (textBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** What gives a page an owner in a replay. */
const CHARGES: ReadonlySet<number> = new Set([Op.ALLOC_CHARGE, Op.RECHARGE, Op.CHARGE]);

/** Reads and attributes the trace once.  Throws CaptureError, also where no page gets an owner: nothing to measure. */
export async function capturedMachine(files: CaptureFiles, options: CapturedOptions): Promise<Machine> {
  const log = new OperationLog();
  let isCharged = false;
  const [highest, kernelFlags] = await lookAtFrames(files);
  await replayCapture(files, {
    scanner: options.scanner,
    designs: [{ name: "column", module: options.design }],
    listed: await readListedGroups(files),
    nrFrames: highest,
    onStart: (replay) => {
      replay.onOperations = (words, count) => {
        log.add(words, count);
        for (let at = 0; at < count * OP_WORDS && !isCharged; at += OP_WORDS)
          isCharged = CHARGES.has(words[at]! & 0xff);
      };
    },
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!isCharged)
    throw new CaptureError({
      file: files.trace.name,
      reason: "nobody is charged for a page in this trace",
      remedy: "measure on one that has page events and counters, or without a capture",
    });
  return log.machine(files.name, "capture", highest, kernelFlags);
}

/** Frames up to the highest that the kernel listed, and how many different flags their pages have set. */
async function lookAtFrames(files: CaptureFiles): Promise<[number, number]> {
  if (files.frames === undefined) return [0, 0];
  const frames = await readFrames(files.frames.open(), "frames.tsv");
  let [hi, lo] = [0, 0];
  for (const word of frames.flagsHi) hi |= word;
  for (const word of frames.flagsLo) lo |= word;
  const highest = frames.count === 0 ? 0 : frames.pfn[frames.count - 1]! + 1;
  return [highest, bitsOf(hi >>> 0) + bitsOf(lo >>> 0)];
}

function bitsOf(word: number): number {
  return word.toString(2).replaceAll("0", "").length;
}
