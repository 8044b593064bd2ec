/**
 * lab-harness: the laboratory as a visitor has it: the built page, its own server on a free port, a headless Chromium.
 *
 *   const { page } = await openLab({ capture: "test/data/captures/nested", hash: "#/map" });
 *
 * What a test has opened is closed behind it; the test fails if there was an error on the console, an uncaught one, or a
 * request to any other origin.
 */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BrowserContextOptions, Page } from "playwright-core";
import { LAB_PAGE } from "../../src/node/lab-files.js";
import { serveLab } from "../../src/node/lab-server.js";
import { newPage } from "./pages.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What the page is built from. */
const SOURCES = ["bench/web", "bench/twins", "src", "build", "test/data/captures", "package.json"];
/** Holds the process id of who builds. */
const LOCK = join(ROOT, "dist/lab.lock");
const LOOK_MS = 100;

export interface LabOptions
  extends Pick<BrowserContextOptions, "viewport" | "colorScheme" | "reducedMotion"> {
  /** Folder of a capture, or a trace, as `pageledger lab DIR` takes it. */
  readonly capture?: string;
  /** "plain" = from a server that knows nothing of isolation; "isolated" is the default. */
  readonly headers?: "isolated" | "plain";
  /** View and its settings: "#/composer?workload=tenants". */
  readonly hash?: string;
}

export interface Lab {
  readonly page: Page;
  readonly origin: string;
}

let built: Promise<void> | undefined;

/** Opens the page, and waits until it is ready (its frame, not yet a capture). */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const { capture, headers = "isolated", hash = "", ...look } = options;
  built ??= buildPage();
  await built;
  const server = await serveLab({ capture, port: 0, isolated: headers === "isolated" });
  const { origin } = server;
  const page = await newPage(
    (url) => url.origin === origin,
    { colorScheme: "light", reducedMotion: "no-preference", acceptDownloads: true, ...look },
    () => server.close(),
  );
  await page.goto(`${origin}/${hash}`);
  await page.locator("html[data-ready]").waitFor({ state: "attached" });
  return { page, origin };
}

/** Builds dist/lab if it is missing or older than its sources.  Of many test files one builds, the others wait for it. */
export async function buildPage(): Promise<void> {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  while (!tryLock()) await setTimeout(LOOK_MS);
  try {
    await buildIfOld();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** True if the lock is this caller's now; that of a process that is gone is taken away. */
function tryLock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    // One that was made this moment may be empty still.
    const holder = Number(readFileSync(LOCK, "utf8"));
    if (holder > 0) process.kill(holder, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") rmSync(LOCK, { force: true });
  }
  return false;
}

/** Beside the old one, then in its place. */
async function buildIfOld(): Promise<void> {
  const page = join(LAB_PAGE, "index.html");
  if (existsSync(page) && newest(SOURCES) <= statSync(page).mtimeMs) return;
  const fresh = join(ROOT, `dist/lab.new-${process.pid}`);
  const old = join(ROOT, `dist/lab.old-${process.pid}`);
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  await promisify(execFile)(
    process.execPath,
    [vite, "build", "-c", "bench/web/vite.config.ts", "--outDir", fresh, "--logLevel", "warn"],
    { cwd: ROOT },
  );
  if (existsSync(LAB_PAGE)) renameSync(LAB_PAGE, old);
  renameSync(fresh, LAB_PAGE);
  rmSync(old, { recursive: true, force: true });
}

/** Time of the youngest of these files, and of those in these folders. */
function newest(paths: readonly string[]): number {
  let youngest = 0;
  for (const path of paths.map((each) => join(ROOT, each)))
    if (statSync(path).isFile()) youngest = Math.max(youngest, statSync(path).mtimeMs);
    else
      for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
        if (entry.isFile())
          youngest = Math.max(youngest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return youngest;
}
