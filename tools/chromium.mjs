// chromium: a headless Chromium, the one that comes with the development packages or PAGELEDGER_CHROMIUM.
import { chromium } from "playwright-core";

const ARGS = [
  "--headless=shell",
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
  // WebGL in software: the same pixels on every machine.
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  // As a browser without a graphics card does: only WebGL is for its stand-in, pages are put together by the processor.
  "--disable-gpu-compositing",
];

/** @returns {Promise<import("playwright-core").Browser>} */
export async function launchChromium() {
  return chromium.launch({ executablePath: await chromiumPath(), args: ARGS });
}

/**
 * Where it is.  The package unpacks it at the first call, and takes it for whole as soon as the file is there: of several
 * processes on a new machine one has to come before the others.
 */
export async function chromiumPath() {
  return process.env.PAGELEDGER_CHROMIUM || (await bundledPath());
}

/** The package unpacks the libraries that a bare system lacks only if it takes this for the place it was made for. */
async function bundledPath() {
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs20.x";
  const { default: bundled } = await import("@sparticuz/chromium");
  return bundled.executablePath();
}
