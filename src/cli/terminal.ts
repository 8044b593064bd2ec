/**
 * terminal: colours, and a progress bar on stderr where a person watches.
 *
 * stdout is for data.  Colours follow NO_COLOR and whether stdout is a terminal; the bar shows only on a terminal.
 */
import { stat } from "node:fs/promises";
import pc from "picocolors";
import type { CaptureFiles } from "../capture/oracle.js";
import type { Paint } from "../report/text.js";

export function paintFor(stream: NodeJS.WriteStream): Paint {
  const c = pc.createColors(stream.isTTY === true && !process.env.NO_COLOR);
  return { bold: c.bold, dim: c.dim, good: c.green, warn: c.yellow, bad: c.red };
}

export interface Progress {
  readonly onProgress?: (textBytes: number) => void;
  stop(): void;
}

/** Ratio of trace text to its gzip, for the bar's end; the bar settles on the truth as it goes. */
const GZIP_RATIO = 17;

export async function showProgress(files: CaptureFiles): Promise<Progress> {
  if (process.stderr.isTTY !== true) return { stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  const size = await stat(files.trace.name).then(
    (s) => s.size,
    () => 0,
  );
  const total = files.trace.name.endsWith(".gz") ? size * GZIP_RATIO : size;
  const bar = new cliProgress.SingleBar(
    {
      format: `${files.name} {bar} {percentage}% {mib} MiB of text`,
      stream: process.stderr,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { mib: 0 });
  return {
    onProgress(textBytes) {
      if (textBytes > bar.getTotal()) bar.setTotal(textBytes);
      bar.update(textBytes, { mib: Math.round(textBytes / 2 ** 20) });
    },
    stop: () => bar.stop(),
  };
}

/** A bar for a known number of operations. */
export async function countProgress(
  name: string,
  total: number,
): Promise<{ onProgress?: (done: number) => void; stop(): void }> {
  if (process.stderr.isTTY !== true) return { stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar(
    {
      format: `${name} {bar} {percentage}% {value} of {total} operations`,
      stream: process.stderr,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0);
  return { onProgress: (done) => bar.update(done), stop: () => bar.stop() };
}
