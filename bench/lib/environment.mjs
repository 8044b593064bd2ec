// environment: what a figure was measured on, and where raw results go.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const CAPTURES = [join(ROOT, "../shared/traces"), join(ROOT, "test/data/captures")];

export function environment() {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    v8: process.versions.v8,
    assemblyscript: JSON.parse(readFileSync(join(ROOT, "node_modules/assemblyscript/package.json"), "utf8"))
      .version,
    pageledger: version,
    commit: tryRun("git", ["describe", "--always", "--dirty", "--exclude", "*"]),
  };
}

/** The folder of a capture by name: the large set where it is at hand, else the committed ones. */
export function findCapture(...names) {
  for (const name of names)
    for (const folder of CAPTURES)
      if (existsSync(join(folder, name))) return { name, path: join(folder, name) };
  throw new Error(`no capture named ${names.join(" or ")}`);
}

/** All captures with a trace in text: the large set where it is at hand, and the committed ones besides. */
export function allCaptures() {
  const found = new Map();
  for (const folder of CAPTURES)
    for (const name of existsSync(folder) ? readdirSync(folder).sort() : [])
      if (!found.has(name) && existsSync(join(folder, name, "trace.txt.gz")))
        found.set(name, { name, path: join(folder, name) });
  return [...found.values()];
}

/** Every line of code once, measuring nothing. */
export const isSmoke = () => process.argv.includes("--smoke");
/** A part that stands for the whole. */
export const isQuick = () => process.argv.includes("--quick");

/** @returns {"smoke" | "quick" | "full"} */
export const runKind = () => (isSmoke() ? "smoke" : isQuick() ? "quick" : "full");

/** Where raw results go: small runs must not overwrite what a full one found. */
export function resultFolder() {
  if (isSmoke()) return "out/bench-smoke";
  return isQuick() ? "out/bench-quick" : "out/bench";
}

/** Keeps the raw result beside the others of this machine, and says where. */
export function keep(suite, parameters, results) {
  const folder = resultFolder();
  const path = join(ROOT, folder, `${suite}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `${JSON.stringify({ suite, environment: environment(), parameters, results }, null, 2)}\n`,
  );
  console.log(`raw: ${folder}/${suite}.json\n`);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Command line that keeps to one core, where the machine can be asked for that. */
export function onOneCore(command, args) {
  return tryRun("taskset", ["-c", "0", "true"]) === undefined
    ? [command, args]
    : ["taskset", ["-c", "0", command, ...args]];
}

function tryRun(command, args) {
  try {
    return execFileSync(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}
