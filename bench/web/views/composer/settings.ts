/**
 * settings: what the composer's fields say, as text in a form or a link, and as a history that can be run.
 *
 *   link ── readLink ──► texts, by field ── readSettings ──► HistorySettings ── queryOf, commandOf ──► link, command
 *
 * Every text is checked by the workloads' own rules, and refused in their words.  No part of a link is trusted.
 */
import { type HistorySettings, parametersOf } from "../../../../src/lab/settings.js";
import {
  CONTAINERS_MAX,
  checkHistory,
  HISTORY_FRAMES_MIN,
  type HistoryWorkload,
} from "../../../../src/workload/history.js";
import { checked, type ParameterSpec, SEED_MAX, WorkloadError } from "../../../../src/workload/parameters.js";

/** What one page can hold: 16 bytes a frame, and a log of all operations.  The command line goes further. */
export const FRAMES_MAX = 2 ** 24;
export const EVENTS_MAX = 2 ** 24;
/** Nothing longer is a number; a link may hold anything. */
export const TEXT_MAX = 40;

/** What the form needs to know of a workload.  The workloads themselves stay in the worker, for the page's weight. */
export type WorkloadRow = Pick<HistoryWorkload, "name" | "text" | "parameters" | "containers">;

export interface Field {
  readonly name: string;
  readonly spec: ParameterSpec;
  /** A parameter of this workload alone. */
  readonly isOwn: boolean;
}

const FRAMES: ParameterSpec = {
  text: "Page frames of the machine",
  unit: "frames of 4 KiB",
  fallback: 2 ** 18,
  min: HISTORY_FRAMES_MIN,
  max: FRAMES_MAX,
};
const EVENTS: ParameterSpec = {
  text: "Operations",
  unit: "operations",
  fallback: 500_000,
  min: 1,
  max: EVENTS_MAX,
};
const SEED: ParameterSpec = {
  text: "Seed",
  unit: "whole number",
  fallback: 1,
  min: 0,
  max: SEED_MAX,
};

/** What a workload can be told, in the order of the form. */
export function fieldsOf(workload: WorkloadRow): readonly Field[] {
  const fields: Field[] = [
    { name: "frames", spec: FRAMES, isOwn: false },
    { name: "events", spec: EVENTS, isOwn: false },
    { name: "seed", spec: SEED, isOwn: false },
  ];
  // A profile brings its own containers.
  if (workload.containers > 0)
    fields.push({
      name: "containers",
      spec: {
        text: "Containers that own pages",
        unit: "containers",
        fallback: workload.containers,
        min: 1,
        max: CONTAINERS_MAX,
      },
      isOwn: false,
    });
  for (const [name, spec] of Object.entries(workload.parameters)) fields.push({ name, spec, isOwn: true });
  return fields;
}

export function defaultsOf(workload: WorkloadRow): Map<string, string> {
  return new Map(fieldsOf(workload).map(({ name, spec }) => [name, String(spec.fallback)]));
}

export interface ReadSettings {
  /** undefined where something is refused. */
  readonly settings: HistorySettings | undefined;
  /** What is refused, by the field's name. */
  readonly faults: ReadonlyMap<string, string>;
}

/** Checks the texts of a form; what is left out has its default. */
export function readSettings(workload: WorkloadRow, texts: ReadonlyMap<string, string>): ReadSettings {
  const faults = new Map<string, string>();
  const values = new Map<string, number>();
  for (const { name, spec } of fieldsOf(workload))
    try {
      values.set(name, checked(workload.name, name, numberIn(texts.get(name), spec), spec));
    } catch (error) {
      faults.set(name, reasonOf(error));
    }
  if (faults.size > 0) return { settings: undefined, faults };
  const settings = settingsOf(workload, values);
  try {
    if (workload.containers > 0) checkHistory(workload, parametersOf(settings));
  } catch (error) {
    faults.set("containers", reasonOf(error));
  }
  return { settings: faults.size > 0 ? undefined : settings, faults };
}

/** The number that a text is, or the text itself, to be refused as such. */
function numberIn(text: string | undefined, spec: ParameterSpec): number | string {
  if (text === undefined) return spec.fallback;
  const trimmed = text.trim();
  return /^\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(trimmed) ? Number(trimmed) : trimmed.slice(0, TEXT_MAX);
}

function settingsOf(workload: WorkloadRow, values: ReadonlyMap<string, number>): HistorySettings {
  const containers = values.get("containers");
  const own = Object.keys(workload.parameters).map((name) => [name, values.get(name)!] as const);
  return {
    workload: workload.name,
    nrFrames: values.get("frames")!,
    nrEvents: values.get("events")!,
    seed: values.get("seed")!,
    ...(containers === undefined ? {} : { containers }),
    own: Object.fromEntries(own),
  };
}

/** A fault in the words of the workload; anything else is a defect. */
export function reasonOf(error: unknown): string {
  if (error instanceof WorkloadError) return `${error.reason}; ${error.remedy}`;
  throw error;
}

export interface ReadLink {
  readonly workload: WorkloadRow;
  readonly texts: ReadonlyMap<string, string>;
  /** What the link says that is no field's business; "workload" where there is none of that name. */
  readonly faults: ReadonlyMap<string, string>;
  /** It asks to be run at once. */
  readonly run: boolean;
}

export const WORKLOAD_DEFAULT = "tenants";

/** Reads #/composer?…; texts are cut to what a field holds, and checked by readSettings. */
export function readLink(query: URLSearchParams, workloads: readonly WorkloadRow[]): ReadLink {
  const faults = new Map<string, string>();
  const named = query.get("workload");
  const nameIs = (name: string) => workloads.find((workload) => workload.name === name);
  const found = nameIs(named ?? WORKLOAD_DEFAULT);
  if (found === undefined)
    faults.set("workload", `there is no workload "${cut(named ?? "")}"; choose one from the list`);
  const workload = found ?? nameIs(WORKLOAD_DEFAULT)!;
  const texts = defaultsOf(workload);
  const unknown = new Set<string>();
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    if (name === "workload" || name === "run") continue;
    if (found !== undefined && !texts.has(name)) unknown.add(cut(name));
    else if (values.length > 1) faults.set("link", `the link gives ${name} more than once; keep one`);
    else if (texts.has(name)) texts.set(name, cut(values[0]!));
  }
  if (unknown.size > 0) {
    const names = [...unknown].slice(0, 5).join(", ");
    faults.set("link", `${workload.name} has no setting ${names}; the link was made for something else`);
  }
  return { workload, texts, faults, run: query.get("run") === "1" };
}

function cut(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text;
}

/** Every setting, those at their default too: a link means the same when a default changes. */
export function queryOf(settings: HistorySettings): string {
  const query = new URLSearchParams({
    workload: settings.workload,
    frames: String(settings.nrFrames),
    events: String(settings.nrEvents),
    seed: String(settings.seed),
  });
  if (settings.containers !== undefined) query.set("containers", String(settings.containers));
  for (const [name, value] of Object.entries(settings.own)) query.set(name, String(value));
  return query.toString();
}

/** The command that writes the same history as a trace. */
export function commandOf(settings: HistorySettings): string {
  return commandParts(settings).join(" ");
}

/** The command in pieces that are not to be broken over lines. */
export function commandParts(settings: HistorySettings): readonly string[] {
  const parts = [
    "npx pageledger",
    `generate ${settings.workload}`,
    `--frames ${settings.nrFrames}`,
    `--events ${settings.nrEvents}`,
    `--seed ${settings.seed}`,
  ];
  if (settings.containers !== undefined) parts.push(`--containers ${settings.containers}`);
  for (const [name, value] of Object.entries(settings.own)) parts.push(`--set ${name}=${value}`);
  parts.push(`-o ${fileNameOf(settings)}`);
  return parts;
}

export function fileNameOf(settings: HistorySettings): string {
  return `${settings.workload}-${settings.seed}.txt.gz`;
}
