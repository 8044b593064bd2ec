/**
 * captured: a machine from a capture: the operations that its trace amounts to.
 */
import { type CaptureFiles, readListedGroups } from "../capture/oracle.js";
import { replayCapture } from "../capture/replay.js";
import type { Scanner } from "../capture/scanner.js";
import { readFrames } from "../capture/tsv.js";
import { type Machine, OperationLog } from "./machine.js";

export interface CapturedOptions {
  readonly scanner: Scanner;
  /** Any design: it is replayed once, so that what the trace needs of a ledger comes about. */
  readonly design: WebAssembly.Module;
  readonly onProgress?: (textBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Reads and attributes the trace once.  Throws CaptureError. */
export async function capturedMachine(files: CaptureFiles, options: CapturedOptions): Promise<Machine> {
  const log = new OperationLog();
  const [highest, kernelFlags] = await lookAtFrames(files);
  await replayCapture(files, {
    scanner: options.scanner,
    designs: [{ name: "column", module: options.design }],
    listed: await readListedGroups(files),
    nrFrames: highest,
    onStart: (replay) => {
      replay.onOperations = (words, count) => log.add(words, count);
    },
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
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
