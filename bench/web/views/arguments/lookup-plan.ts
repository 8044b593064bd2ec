/**
 * lookup-plan: what can be measured, in which turns, how long it takes and how much memory it needs.
 */
import { DESIGN_NAMES as ALL_NAMES } from "../../../../src/designs.js";
import type { LookupCell, LookupRequest, Suite } from "./bench-protocol.js";

/** The first two: the argument of 2006. */
export const FIRST_PAIR = ["in-page", "radix"] as const;

export const DESIGN_NAMES: readonly string[] = [
  ...FIRST_PAIR,
  ...ALL_NAMES.filter((name) => !FIRST_PAIR.some((first) => first === name)),
];

/** Access patterns of src/workload/patterns.ts that are offered here, the common ones first. */
export const PATTERN_CHOICES: readonly { readonly name: string; readonly text: string }[] = [
  { name: "sequential", text: "one frame after the other" },
  { name: "uniform", text: "any frame, no order" },
  { name: "zipf", text: "few frames often, most rarely" },
  { name: "working-set", text: "most in a window that moves" },
  { name: "strided", text: "every 64th frame" },
];

interface SuiteChoice {
  readonly name: Suite;
  readonly label: string;
  readonly text: string;
  readonly unit: string;
  /** Its time as a multiple of a lookup's, about, with what is not timed. */
  readonly cost: number;
}

/** In the order in which they are measured: who charges comes last, and leaves other owners behind. */
export const SUITES: readonly SuiteChoice[] = [
  { name: "lookup", label: "lookup", text: "who owns the frame", unit: "M lookups/s", cost: 1 },
  {
    name: "frame",
    label: "lookup with the frame",
    text: "its owner and its flags",
    unit: "M lookups/s",
    cost: 1.5,
  },
  {
    name: "recount",
    label: "recount",
    text: "pages of each owner, from the index alone",
    unit: "M frames/s",
    cost: 1,
  },
  { name: "charge", label: "charge", text: "to one container a batch", unit: "M pages/s", cost: 8 },
  { name: "uncharge", label: "uncharge", text: "the same pages again", unit: "M pages/s", cost: 8 },
];
export const SUITE_NAMES = SUITES.map(({ name }) => name);

/** Access patterns of a suite: a recount goes through all frames. */
export function patternsOf(suite: Suite, patterns: readonly string[]): readonly string[] {
  return suite === "recount" ? [""] : patterns;
}

/** `uniform`, `charge: uniform`, `recount`. */
export function caseText({ suite, pattern }: Pick<LookupCell, "suite" | "pattern">): string {
  if (suite === "lookup") return pattern;
  const { label } = SUITES.find(({ name }) => name === suite)!;
  return pattern === "" ? label : `${label}: ${pattern}`;
}

export const FRAME_POWERS = [16, 18, 20, 22, 24] as const;
/** What the address may ask for. */
export const FRAME_POWER_MIN = 12;
export const FRAME_POWER_MAX = 24;

/** A record of the frame table. */
const RECORD_BYTES = 16;
/** Owner index with every page owned, bytes per page, about: what a ledger needs in memory beside its records. */
const INDEX_BYTES: Readonly<Record<string, number>> = {
  "in-page": 0,
  overlay: 0,
  object: 3,
  column: 2,
  "page-cgroup": 20,
  "page-cgroup-rcu": 28,
  radix: 5,
  "radix-rcu": 5,
  section: 3,
  hash: 33,
  xarray: 6,
  palette: 3,
};
/** Of the twins in typed arrays, most of which have records of their own. */
export const TWIN_BYTES: Readonly<Record<string, number>> = {
  "in-page": 16,
  column: 0,
  object: 16,
  overlay: 16,
  "page-cgroup": 20,
  palette: 1,
  radix: 6,
  section: 2,
};
/** A Map, or an object for each frame. */
const MAP_BYTES = 80;
/** More of them take longer to fill than all else to measure. */
const MAP_FRAMES_MAX = 2 ** 20;
/** Ledgers that are open at the same time, all together. */
export const MEMORY_BUDGET = 1536 * 2 ** 20;

export const EFFORTS = {
  quick: { keys: 2 ** 18, rounds: 6, sampleMs: 8 },
  full: { keys: 2 ** 20, rounds: 11, sampleMs: 40 },
} as const;
export type EffortName = keyof typeof EFFORTS;

/** One of the turns that are taken together. */
export interface Group {
  readonly frames: number;
  readonly group: number;
  readonly designs: readonly string[];
}

export function hasMap(frames: number): boolean {
  return frames <= MAP_FRAMES_MAX;
}

export function bytesOf(design: string, frames: number): number {
  return frames * (RECORD_BYTES + (INDEX_BYTES[design] ?? 32) + (TWIN_BYTES[design] ?? 0));
}

/** Radix and in-page in machines of every size first, then the others; as many at a time as fit. */
export function groupsFor({ designs, frames }: Pick<LookupRequest, "designs" | "frames">): Group[] {
  const isFirst = (name: string) => FIRST_PAIR.some((first) => first === name);
  const first = FIRST_PAIR.filter((name) => designs.includes(name));
  const rest = designs.filter((name) => !isFirst(name));
  const groups: Group[] =
    first.length === 0 ? [] : frames.map((n) => ({ frames: n, group: 0, designs: first }));
  for (const n of frames) {
    // Number 0 is that of the first pair, also where nobody of it was chosen.
    let group = 1;
    let together: string[] = [];
    let bytes = 0;
    const close = () => {
      if (together.length > 0) groups.push({ frames: n, group: group++, designs: together });
      together = [];
      bytes = 0;
    };
    for (const design of rest) {
      if (bytes + bytesOf(design, n) > MEMORY_BUDGET) close();
      together.push(design);
      bytes += bytesOf(design, n);
    }
    close();
  }
  return groups;
}

/** Most bytes that are held at the same time. */
export function peakBytes(request: Pick<LookupRequest, "designs" | "frames" | "keys">): number {
  const held = groupsFor(request).map(
    ({ frames, group, designs }) =>
      designs.reduce((sum, design) => sum + bytesOf(design, frames) + request.keys * 10, 0) +
      (group <= 1 && hasMap(frames) ? frames * MAP_BYTES : 0) +
      frames * 2,
  );
  return Math.max(0, ...held);
}

/** Nanoseconds a lookup, about. */
const LOOKUP_NS = { wasm: 8, "typed arrays": 12, Map: 100 } as const;

/** Seconds that it takes, about: opening, and samples with the runs before them that are not timed. */
export function secondsFor({
  designs,
  frames: sizes,
  suites,
  patterns,
  keys,
  rounds,
  sampleMs,
}: LookupRequest): number {
  let ms = 0;
  for (const { frames, group, designs: together } of groupsFor({ designs, frames: sizes })) {
    const twins = together.filter((name) => name in TWIN_BYTES).length;
    const maps = Number(group === 0 && hasMap(frames));
    ms += together.length * frames * 1.5e-4 + 40;
    for (const { name, cost } of SUITES) {
      if (!suites.includes(name)) continue;
      const items = cost * (name === "recount" ? frames : keys);
      const sample = (by: keyof typeof LOOKUP_NS) =>
        Math.max(sampleMs * Math.max(1.7, cost / 3), (2 * items * LOOKUP_NS[by]) / 1e6);
      const round = together.length * sample("wasm") + twins * sample("typed arrays") + maps * sample("Map");
      ms += patternsOf(name, patterns).length * ((rounds + 1) * round + keys * 5e-5);
    }
  }
  return ms / 1000;
}

/** 2^20 as people of the kernel say it, another number in full. */
export function framesText(frames: number): string {
  const power = Math.log2(frames);
  return Number.isInteger(power) ? `2^${power} frames` : `${frames.toLocaleString("en-US")} frames`;
}

/** `64 GiB`: the machine that so many frames of 4 KiB make. */
export function machineText(frames: number): string {
  const mib = frames / 256;
  return mib >= 1024 ? `${(mib / 1024).toLocaleString("en-US")} GiB` : `${mib.toLocaleString("en-US")} MiB`;
}

export function secondsText(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  return `about ${Math.round(seconds / 60)} min`;
}
