/** write-report: the page with pictures, as one file. */
import { mkdir, open, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import type { Timeline } from "../capture/timeline.js";
import type { Verification } from "../capture/verification.js";
import type { DesignInfo } from "../designs.js";
import { readReportAssets } from "../node/report-assets.js";
import { PACKAGE_VERSION } from "../node/version.js";
import { buildReport } from "../report/build-report.js";
import { renderHtml } from "../report/html.js";
import { UsageError } from "./errors.js";

/** Makes sure that the page can be written, before the work is done.  Throws UsageError. */
export async function checkReportPath(path: string): Promise<void> {
  try {
    // One level only: a typing error should not become a tree of folders.
    await mkdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await (await open(path, "a")).close();
  } catch (error) {
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

export async function writeReport(
  path: string,
  verification: Verification,
  timeline: Timeline,
  designs: readonly DesignInfo[],
  command: string,
): Promise<void> {
  const report = buildReport(verification, timeline, designs, {
    cpu: cpus()[0]?.model ?? "unknown CPU",
    engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    version: PACKAGE_VERSION,
    command,
  });
  const html = renderHtml(report, await readReportAssets());
  await writeFile(path, html);
  process.stderr.write(`report: ${path} (${Math.round(html.length / 1024)} KiB)\n`);
}
