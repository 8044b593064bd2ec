/**
 * chromium: a headless Chromium for tests, the one that comes with the test dependencies or `PAGELEDGER_CHROMIUM`.
 */
import { type Browser, chromium } from "playwright-core";

const ARGS = [
  "--headless=shell",
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

/** WebGL in software: the same pixels on every machine. */
const WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"];

export async function launchChromium({ webgl = false } = {}): Promise<Browser> {
  const own = process.env.PAGELEDGER_CHROMIUM;
  const executablePath = own !== undefined && own !== "" ? own : await bundledPath();
  return chromium.launch({
    executablePath,
    args: [...ARGS, ...(webgl ? WEBGL : ["--disable-gpu"])],
    headless: true,
  });
}

/** The package unpacks the libraries that a bare system lacks only if it takes this for the place it was made for. */
async function bundledPath(): Promise<string> {
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs20.x";
  const bundled = (await import("@sparticuz/chromium")).default;
  return bundled.executablePath();
}
