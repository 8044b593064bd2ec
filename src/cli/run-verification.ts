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

export interface Verified {
  readonly verification: Verification;
  readonly report: ReportData;
}

export async function runVerification(
  path: string,
  designs: readonly DesignInfo[],
  command: string,
): Promise<Verified> {
  const files = await openCapture(path);
  const [scanner, modules] = await Promise.all([loadTraceScanner(), loadDesigns(designs)]);
  const progress = await showProgress(files);
  let timeline: Timeline | undefined;
  try {
    const verification = await verifyCapture(files, {
      scanner,
      designs: modules,
      ...(progress.onProgress === undefined ? {} : { onProgress: progress.onProgress }),
      onStart: (replay) => {
        timeline = new Timeline(replay);
      },
    });
    const report = buildReport(verification, timeline!, designs, {
      cpu: cpus()[0]?.model ?? "unknown CPU",
      engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
      version: PACKAGE_VERSION,
      command,
    });
    return { verification, report };
  } finally {
    progress.stop();
  }
}

export async function writeHtml(path: string, report: ReportData): Promise<void> {
  const html = renderHtml(report, await readReportAssets());
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, html);
  process.stderr.write(`report: ${path} (${Math.round(html.length / 1024)} KiB)\n`);
}
