/**
 * saved-run: what was measured, as a file: where, when, how, and the raw figures.
 *
 *   { format, formatVersion, engine, date, environment, lookups: { request, cells, failures }, claims: [{ isQuick, machine, arguments }] }
 *
 * A file that is read comes from anywhere: every field is looked at, and what is kept is built anew from known fields.
 *
 * ORDERING  A file is read whole before anything of it is shown: one that is refused has changed nothing.
 */
import { CLAIM_IDS, CLAIMS, type ClaimId } from "../../../../src/argue/claims.js";
import type { Argument, Chart, Figure, MachineSummary, Verdict } from "../../../../src/argue/finding.js";
import type { Answerer, LookupCell, LookupFailure, LookupRequest, Suite } from "./bench-protocol.js";
import { type Checked, parsed, RunFileError } from "./json-check.js";
import { SUITE_NAMES } from "./lookup-plan.js";

export { RunFileError } from "./json-check.js";

export const FORMAT = "pageledger-laboratory-run";
/** 1 had lookups alone, and did not say so. */
export const FORMAT_VERSION = 2;
/** A run of everything takes a tenth of it. */
export const FILE_BYTES_MAX = 16 * 2 ** 20;

export interface RunEnvironment {
  readonly userAgent: string;
  /** Logical processors, as the browser says. */
  readonly cores: number;
  readonly isIsolated: boolean;
  readonly clockMs: number;
}

export interface LookupRun {
  readonly request: LookupRequest;
  readonly cells: readonly LookupCell[];
  readonly failures: readonly LookupFailure[];
}

/** Claims of one effort that were measured on one machine. */
export interface ClaimRun {
  readonly isQuick: boolean;
  /** null in files of an earlier version, where a measurement was cancelled. */
  readonly machine: MachineSummary | null;
  readonly arguments: readonly Argument[];
}

export interface SavedRun {
  readonly engine: string;
  /** ISO 8601, when it was saved. */
  readonly date: string;
  readonly environment: RunEnvironment;
  readonly lookups: LookupRun | null;
  readonly claims: readonly ClaimRun[];
}

const IDENTITY = ["name", "source", "frames", "ownedFrames", "operations", "containers"] as const;

/** Whether figures of the two were taken on the same history. */
export function isSameMachine(a: MachineSummary, b: MachineSummary): boolean {
  return IDENTITY.every((key) => a[key] === b[key]);
}

export function runText(run: SavedRun): string {
  const claims = run.claims.map((each) => ({
    ...each,
    // The texts of a claim are the program's own: its name is enough.
    arguments: each.arguments.map(({ claim, ...more }) => ({ claim: claim.id, ...more })),
  }));
  return `${JSON.stringify({ format: FORMAT, formatVersion: FORMAT_VERSION, ...run, claims }, null, 1)}\n`;
}

/** Throws RunFileError, which names what is wrong and where. */
export function readRun(text: string): SavedRun {
  const file = parsed(text);
  const format = file.field("format");
  if (format.value !== FORMAT)
    throw new RunFileError("format", `is not "${FORMAT}": the file was not saved by this laboratory`);
  const version = file.field("formatVersion");
  if (version.value !== 1 && version.value !== FORMAT_VERSION)
    throw new RunFileError(
      "formatVersion",
      `is not 1 or ${FORMAT_VERSION}: saved by another version of the laboratory`,
    );
  const date = file.field("date");
  if (Number.isNaN(Date.parse(date.text(40)))) throw new RunFileError(date.path, "is no date");
  const environment = file.field("environment");
  const lookups = file.field("lookups");
  return {
    engine: file.field("engine").text(40),
    date: date.text(40),
    environment: {
      userAgent: environment.field("userAgent").text(1000),
      cores: environment.field("cores").number(0, 65536),
      isIsolated: environment.field("isIsolated").flag(),
      clockMs: environment.field("clockMs").number(0, 1e4),
    },
    lookups: lookups.value === null ? null : lookupRun(lookups),
    claims: file.field("claims").list(2 * CLAIM_IDS.length, claimRun),
  };
}

const ANSWERERS: readonly Answerer[] = ["wasm", "typed arrays", "Map", "objects", "histogram"];
const FRAMES_MAX = 2 ** 28;

function lookupRun(run: Checked): LookupRun {
  const request = run.field("request");
  const names = (key: string) => request.field(key).list(100, (name) => name.text(60));
  return {
    request: {
      suites: request.has("suites") ? request.field("suites").list(SUITE_NAMES.length, suite) : ["lookup"],
      designs: names("designs"),
      patterns: names("patterns"),
      frames: request.field("frames").list(32, (n) => n.number(1, FRAMES_MAX)),
      keys: request.field("keys").number(1, 2 ** 28),
      rounds: request.field("rounds").number(6, 1000),
      sampleMs: request.field("sampleMs").number(0, 1e6),
    },
    cells: run.field("cells").list(10_000, lookupCell),
    failures: run.field("failures").list(10_000, (each) => ({
      ...place(each),
      reason: each.field("reason").text(2000),
    })),
  };
}

function suite(name: Checked): Suite {
  return name.oneOf(SUITE_NAMES);
}

function place(cell: Checked) {
  return {
    frames: cell.field("frames").number(1, FRAMES_MAX),
    pattern: cell.field("pattern").text(60),
    design: cell.field("design").text(60),
    by: cell.field("by").oneOf(ANSWERERS),
  };
}

function lookupCell(cell: Checked): LookupCell {
  const bytes = cell.field("bytesPerPage");
  return {
    ...place(cell),
    suite: cell.has("suite") ? suite(cell.field("suite")) : "lookup",
    group: cell.field("group").number(0, 1000),
    samplesNs: cell.field("samplesNs").list(1000, (ns) => ns.number(1e-6, 1e12), 6),
    bytesPerPage: bytes.value === null ? null : bytes.number(0, 1e6),
  };
}

function claimRun(run: Checked): ClaimRun {
  const machine = run.field("machine");
  return {
    isQuick: run.field("isQuick").flag(),
    machine: machine.value === null ? null : machineSummary(machine),
    arguments: run.field("arguments").list(CLAIM_IDS.length, argument),
  };
}

function machineSummary(machine: Checked): MachineSummary {
  const count = (key: string) => machine.field(key).number(0, 2 ** 53);
  return {
    name: machine.field("name").text(1000),
    source: machine.field("source").oneOf(["capture", "generated"] as const),
    what: machine.field("what").text(2000),
    frames: count("frames"),
    ownedFrames: count("ownedFrames"),
    operations: count("operations"),
    containers: count("containers"),
  };
}

const VERDICTS: readonly Verdict[] = ["holds", "does not hold", "holds in part", "not decided"];

function argument(each: Checked): Argument {
  const id: ClaimId = each.field("claim").oneOf(CLAIM_IDS);
  const finding = each.field("finding");
  const texts = (key: string) => finding.field(key).list(100, (text) => text.text(4000));
  return {
    claim: CLAIMS.find((claim) => claim.id === id)!,
    finding: {
      verdict: finding.field("verdict").oneOf(VERDICTS),
      reason: finding.field("reason").text(4000),
      rule: finding.field("rule").text(4000),
      charts: finding.field("charts").list(100, chart),
      missing: texts("missing"),
      notes: texts("notes"),
    },
    command: each.field("command").text(4000),
    seconds: each.field("seconds").number(0, 1e6),
  };
}

function chart(each: Checked): Chart {
  const limit = each.field("limit");
  return {
    title: each.field("title").text(300),
    unit: each.field("unit").text(100),
    rows: each.field("rows").text(100),
    kind: each.field("kind").oneOf(["amount", "ratio"] as const),
    limit:
      limit.value === null
        ? null
        : { value: limit.field("value").number(-1e15, 1e15), label: limit.field("label").text(300) },
    figures: each.field("figures").list(200, figure),
    isDetail: each.field("isDetail").flag(),
  };
}

function figure(each: Checked): Figure {
  const bound = (key: string) => {
    const at = each.field(key);
    return at.value === null ? null : at.number(-1e15, 1e15);
  };
  return {
    label: each.field("label").text(300),
    value: each.field("value").number(-1e15, 1e15),
    low: bound("low"),
    high: bound("high"),
  };
}
