/**
 * run-verification: what `verify` and `compare` share: replay, compare, and a report if one is wanted.
 */
import type { Replay } from "../capture/replay.js";
import { Timeline } from "../capture/timeline.js";
import { type Verification, verifyCapture } from "../capture/verification.js";
import type { DesignInfo } from "../designs.js";
import { openCapture } from "../node/capture-folder.js";
import { loadDesigns, loadTraceScanner } from "../node/modules.js";
import { showProgress } from "./terminal.js";

/** What a verb wants to know besides the verdict. */
export interface VerificationTask {
  /** Folder of the capture. */
  readonly path: string;
  readonly designs: readonly DesignInfo[];
  /** Where to write the page with pictures. */
  readonly html: string | undefined;
  /** The command line, for the page. */
  readonly command: string;
}

export async function runVerification(task: VerificationTask): Promise<Verification> {
  // Loaded when wanted: most calls draw nothing.
  const report = task.html === undefined ? undefined : await import("./write-report.js");
  if (task.html !== undefined) await report?.checkReportPath(task.html);
  const files = await openCapture(task.path);
  const [scanner, designs] = await Promise.all([loadTraceScanner(), loadDesigns(task.designs)]);
  const progress = await showProgress(files);
  let timeline: Timeline | undefined;
  let verification: Verification;
  try {
    verification = await verifyCapture(files, {
      scanner,
      designs,
      ...(progress.onProgress === undefined ? {} : { onProgress: progress.onProgress }),
      ...(task.html === undefined
        ? {}
        : {
            onStart: (replay: Replay) => {
              timeline = new Timeline(replay);
            },
          }),
    });
  } finally {
    progress.stop();
  }
  if (task.html !== undefined && timeline !== undefined)
    await report?.writeReport(task.html, verification, timeline, task.designs, task.command);
  return verification;
}
