/** generate: a workload as the text of a trace, for `replay` and for other tools. */
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Command } from "commander";
import { openCapture } from "../node/capture-folder.js";
import { loadTraceScanner } from "../node/modules.js";
import { fitProfile } from "../workload/fit.js";
import { ALL_WORKLOADS } from "../workload/histories.js";
import { type History, type HistoryWorkload, NR_EVENTS_DEFAULT } from "../workload/history.js";
import { WorkloadError } from "../workload/parameters.js";
import { PROFILES } from "../workload/profiles.js";
import type { ShapeProfile } from "../workload/shape-profile.js";
import { traceText } from "../workload/trace-text.js";
import { UsageError } from "./errors.js";
import { countProgress } from "./terminal.js";

const FRAMES_DEFAULT = 2 ** 20;

interface GenerateFlags {
  readonly frames?: string;
  readonly events?: string;
  readonly seed?: string;
  readonly containers?: string;
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly output: string;
  readonly list?: true;
}

export function addGenerate(program: Command): void {
  program
    .command("generate")
    .description("write a made-up history as the text of a trace, which replay accepts")
    .argument("[workload]", "name of a workload; --list shows them")
    .option("--frames <n>", `page frames of the machine (default ${FRAMES_DEFAULT})`)
    .option("--events <n>", `operations of the history (default ${NR_EVENTS_DEFAULT})`)
    .option("--seed <n>", "the same seed gives the same trace (default 1)")
    .option("--containers <n>", "containers that own pages (default: the workload's)")
    .option("--profile <name|path>", "capture-shaped: a built-in profile, or a capture to fit one to")
    .option("--set <name=value>", "a parameter of the workload; may be given several times", collect)
    .option("-o, --output <file>", "where to write, packed if the name ends in .gz; - is stdout", "-")
    .option("--list", "list the workloads and their parameters")
    .addHelpText(
      "after",
      "\nExample:\n  $ pageledger generate tenants --events 100000 -o tenants.txt.gz && pageledger replay tenants.txt.gz",
    )
    .action(async (name: string | undefined, flags: GenerateFlags) => {
      if (flags.list) {
        process.stdout.write(listText());
        return;
      }
      const history = await makeHistory(workloadOf(name), flags);
      await write(
        history,
        flags.output,
        flags.events === undefined ? NR_EVENTS_DEFAULT : number("events", flags.events),
      );
    });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function workloadOf(name: string | undefined): HistoryWorkload {
  const workload = ALL_WORKLOADS.find((w) => w.name === name);
  if (workload !== undefined) return workload;
  const names = ALL_WORKLOADS.map((w) => w.name).join(", ");
  throw new UsageError(
    name === undefined ? `name a workload: ${names}` : `there is no workload "${name}"; choose from ${names}`,
  );
}

async function makeHistory(workload: HistoryWorkload, flags: GenerateFlags): Promise<History> {
  const own: Record<string, number | ShapeProfile> = {};
  for (const setting of flags.set ?? []) {
    const [name = "", value = ""] = splitOnce(setting);
    if (!Object.hasOwn(workload.parameters, name))
      throw new UsageError(
        `${workload.name} has no parameter "${name}"; it has ${Object.keys(workload.parameters).join(", ") || "none"}`,
      );
    own[name] = number(`set ${name}`, value);
  }
  if (flags.profile !== undefined) {
    if (workload.name !== "capture-shaped") throw new UsageError("--profile is for capture-shaped only");
    own.profile = await profileOf(flags.profile);
  }
  try {
    return workload.create({
      ...own,
      nrFrames: number("frames", flags.frames ?? String(FRAMES_DEFAULT)),
      seed: number("seed", flags.seed ?? "1"),
      ...(flags.events === undefined ? {} : { nrEvents: number("events", flags.events) }),
      ...(flags.containers === undefined ? {} : { containers: number("containers", flags.containers) }),
    });
  } catch (error) {
    if (error instanceof WorkloadError) throw new UsageError(withFlags(error.message));
    throw error;
  }
}

/** Parameters as the command line calls them. */
function withFlags(message: string): string {
  return message.replace(/\bnrFrames\b/g, "--frames").replace(/\bnrEvents\b/g, "--events");
}

async function profileOf(named: string): Promise<ShapeProfile> {
  const builtIn = Object.hasOwn(PROFILES, named) ? PROFILES[named] : undefined;
  if (builtIn !== undefined) return builtIn;
  const profile = await fitProfile(await openCapture(named), { scanner: await loadTraceScanner() });
  if (profile.ticks > 0) return profile;
  const names = Object.keys(PROFILES).join(" or ");
  throw new UsageError(`${named}: nothing happens to a page in this trace; give another, or ${names}`);
}

function splitOnce(setting: string): string[] {
  const at = setting.indexOf("=");
  return at < 0 ? [setting] : [setting.slice(0, at), setting.slice(at + 1)];
}

/** A number on the command line; what it must be is for the workload to say. */
function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value))
    throw new UsageError(`--${name} takes a number, not "${text}"`);
  return value;
}

async function write(history: History, output: string, nrEvents: number): Promise<void> {
  if (output === "") throw new UsageError("--output takes the name of a file, or - for stdout");
  // Once, and not to try it: the other end of a pipe would take that for all.
  const file = output === "-" ? undefined : await opened(output);
  const progress = await countProgress(history.name, nrEvents);
  const text = Readable.from(traceText(history, progress), { objectMode: false });
  try {
    if (file === undefined) await toStdout(text);
    else if (output.endsWith(".gz")) await pipeline(text, createGzip(), file.createWriteStream());
    else await pipeline(text, file.createWriteStream());
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new UsageError(`${output} cannot be written (${code})`);
  } finally {
    progress.stop();
  }
}

/** Not by pipeline, which would take the errors of stdout away from `main`. */
async function toStdout(text: Readable): Promise<void> {
  for await (const chunk of text) if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
}

/** A file to write from its beginning. */
async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "w");
  } catch (error) {
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

function listText(): string {
  const lines: string[] = [];
  const width = Math.max(...ALL_WORKLOADS.map(({ name }) => name.length));
  for (const { name, text, containers, parameters } of ALL_WORKLOADS) {
    lines.push(`${name.padEnd(width)}  ${text}`);
    if (containers > 0) lines.push(`${" ".repeat(width)}    --containers  default ${containers}`);
    for (const [key, p] of Object.entries(parameters))
      lines.push(
        `${" ".repeat(width)}    --set ${key}=  ${p.text}; ${p.unit}, ${p.min} to ${p.max}, default ${p.fallback}`,
      );
  }
  return `${lines.join("\n")}\n`;
}
