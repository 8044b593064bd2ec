/**
 * run-verification: what `verify` and `compare` share: replay, compare, and a report if one is wanted.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { Timeline } from "../capture/timeline.js";
import { type Verification, verifyCapture } from "../capture/verification.js";
import type { DesignInfo } from "../designs.js";
import { openCapture } from "../node/capture-folder.js";
import { loadDesigns, loadTraceScanner } from "../node/modules.js";
import { readReportAssets } from "../node/report-assets.js";
import { PACKAGE_VERSION } from "../node/version.js";
import { buildReport } from "../report/build-report.js";
import { renderHtml } from "../report/html.js";
import type { ReportData } from "../report/report-data.js";
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
      ...(task.html === undefined ? {} : { onStart: (replay) => void (timeline = new Timeline(replay)) }),
    });
  } finally {
    progress.stop();
  }
  if (task.html !== undefined && timeline !== undefined) {
    const environment = {
      cpu: cpus()[0]?.model ?? "unknown CPU",
      engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
      version: PACKAGE_VERSION,
      command: task.command,
    };
    await writeHtml(task.html, buildReport(verification, timeline, task.designs, environment));
  }
  return verification;
}

async function writeHtml(path: string, report: ReportData): Promise<void> {
  const html = renderHtml(report, await readReportAssets());
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, html);
  process.stderr.write(`report: ${path} (${Math.round(html.length / 1024)} KiB)\n`);
}
