/**
 * argue: the claims of the threads, measured here and judged.
 *
 * Nothing is written until all is measured, and then by renaming: an interrupt leaves no half of a page.
 */
import { access, constants, rename, rm, stat, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { argue, FULL, QUICK } from "../argue/argue.js";
import { capturedMachine } from "../argue/captured.js";
import { CLAIMS, type Claim } from "../argue/claims.js";
import type { ArgueResult } from "../argue/finding.js";
import type { ModuleSource } from "../argue/laboratory.js";
import { generatedMachine, type Machine } from "../argue/machine.js";
import { argueText, claimList } from "../argue/text.js";
import { DESIGNS, LAYOUT_MODULES } from "../designs.js";
import { openCapture } from "../node/capture-folder.js";
import { loadDesign, loadLayout, loadTraceScanner } from "../node/modules.js";
import { PACKAGE_VERSION } from "../node/version.js";
import { UsageError } from "./errors.js";
import { paintFor } from "./terminal.js";

interface ArgueFlags {
  readonly html?: string;
  readonly json?: true;
  readonly quick?: true;
  readonly only?: readonly string[];
  readonly list?: true;
}

const SEED = 2006;

export function addArgue(program: Command): void {
  program
    .command("argue")
    .description(
      "measure what was claimed in the kernel's threads about where to keep a page's owner, and judge it; takes two or three minutes",
    )
    .argument("[dir]", "folder of a capture to measure on (default: a generated machine)")
    .option("--html <file>", "write a page with charts: one file, works offline")
    .option("--json", "print the result as JSON")
    .option("--quick", "measure for seconds on a small machine: wide intervals, much stays undecided")
    .option("--only <claims...>", "only these claims, by the names that --list shows")
    .option("--list", "list the claims and measure nothing")
    .addHelpText(
      "after",
      `
Example:
  $ pageledger argue --list
  $ pageledger argue --quick --only pointer-share,full-line
  $ pageledger argue test/data/captures/nested --html arguments.html`,
    )
    .action(async (dir: string | undefined, flags: ArgueFlags) => {
      const claims = selectClaims(flags.only);
      if (flags.list) {
        print(flags.json ? [JSON.stringify(claims, null, 2)] : claimList(claims, paintFor(process.stdout)));
        return;
      }
      if (flags.html !== undefined) await checkWritable(flags.html);
      const progress = progressOn(process.stderr);
      let result: ArgueResult;
      try {
        progress.show(dir === undefined ? "generating a machine" : `reading ${dir}`);
        result = await argue({
          machine: await machineOf(dir, flags.quick === true),
          modules: MODULES,
          environment: {
            cpu: cpus()[0]?.model ?? "unknown CPU",
            engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
            version: PACKAGE_VERSION,
            command: commandLine(dir, flags, flags.only ?? []),
          },
          isQuick: flags.quick === true,
          claims,
          commandFor: (id) => commandLine(dir, flags.quick ? { quick: true } : {}, [id]),
          onProgress: (done, total, what) => progress.show(`${done + 1}/${total} ${what}`),
        });
      } finally {
        progress.stop();
      }
      if (flags.html !== undefined) await writePage(flags.html, result);
      print(flags.json ? [JSON.stringify(result, null, 2)] : argueText(result, paintFor(process.stdout)));
    });
}

/** Claims by name, in the order of the list.  Throws UsageError. */
function selectClaims(names: readonly string[] | undefined): readonly Claim[] {
  if (names === undefined) return CLAIMS;
  const wanted = new Set(names.flatMap((name) => name.split(",")).map((name) => name.trim()));
  for (const name of wanted)
    if (!CLAIMS.some(({ id }) => id === name))
      throw new UsageError(
        `there is no claim "${name}"; choose from ${CLAIMS.map(({ id }) => id).join(", ")}`,
      );
  return CLAIMS.filter(({ id }) => wanted.has(id));
}

async function machineOf(dir: string | undefined, isQuick: boolean): Promise<Machine> {
  const { generatedFrames, generatedOperations } = isQuick ? QUICK : FULL;
  if (dir === undefined) return generatedMachine(generatedFrames, generatedOperations, SEED);
  const files = await openCapture(dir);
  const [scanner, design] = await Promise.all([loadTraceScanner(), loadDesign("column")]);
  return capturedMachine(files, { scanner, design });
}

/** A module that is not built is no error: what needs it is said to be missing. */
const MODULES: ModuleSource = {
  design: async (name) =>
    DESIGNS.some((design) => design.name === name) ? loadDesign(name).catch(() => undefined) : undefined,
  layout: async (layout, design) =>
    LAYOUT_MODULES.some((row) => row.layout === layout && row.design === design)
      ? loadLayout(layout, design).catch(() => undefined)
      : undefined,
};

function commandLine(
  dir: string | undefined,
  flags: { readonly html?: string | undefined; readonly quick?: true },
  only: readonly string[],
): string {
  const words = ["pageledger", "argue", ...(dir === undefined ? [] : [quoted(dir)])];
  if (flags.html !== undefined) words.push("--html", quoted(flags.html));
  if (flags.quick) words.push("--quick");
  if (only.length > 0) words.push("--only", ...only);
  return words.join(" ");
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Looks without touching: an interrupted run leaves what was there. */
async function checkWritable(path: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    await access(there === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function writePage(path: string, result: ArgueResult): Promise<void> {
  const { renderArguments } = await import("../argue/html.js");
  const html = renderArguments(result);
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await writeFile(part, html);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  process.stderr.write(`arguments: ${path} (${Math.round(html.length / 1024)} KiB)\n`);
}

/** One line that is written over, where a person watches. */
function progressOn(stream: NodeJS.WriteStream): { show(what: string): void; stop(): void } {
  if (stream.isTTY !== true) return { show() {}, stop() {} };
  const clear = "\r\x1b[K";
  return {
    show: (what) => void stream.write(`${clear}${what.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`),
    stop: () => void stream.write(clear),
  };
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
