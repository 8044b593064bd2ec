/**
 * bench-model: what was measured in this page and what is being measured, whichever view is shown.
 *
 *   idle ── measureLookups, measureClaims ──► running ──► idle         figures stay, those of the same kind are replaced
 *                                               └─ cancel ──► idle     what came before the cancel stays
 *
 * EVENTS  "change"  anything
 */
import * as Comlink from "comlink";
import { version as ENGINE } from "../../../../package.json";
import { CLAIMS, type ClaimId } from "../../../../src/argue/claims.js";
import type { Argument, MachineSummary } from "../../../../src/argue/finding.js";
import type { LabSource } from "../../../../src/lab/protocol.js";
import { startWorker } from "../../app/start-worker.js";
import type {
  ArgueEvent,
  BenchPlace,
  BenchProgress,
  BenchWorker,
  LookupCell,
  LookupEvent,
  LookupFailure,
  LookupRequest,
} from "./bench-protocol.js";
import { type ClaimRun, isSameMachine, type LookupRun, type SavedRun } from "./saved-run.js";

/** What is going on: "lookups", or the claims that are being measured. */
export interface Running {
  readonly of: "lookups" | readonly ClaimId[];
  readonly progress: BenchProgress;
}

/** Each with its own machine: claims may be measured one by one, on different ones. */
export interface MeasuredClaim {
  readonly argument: Argument;
  readonly machine: MachineSummary;
}

const STARTING: BenchProgress = { kind: "progress", done: 0, total: 1, what: "starting" };

export class BenchModel extends EventTarget {
  running: Running | undefined;
  /** What went wrong with which of both; the figures that were there stay. */
  fault: { readonly of: "lookups" | "claims"; readonly reason: string } | undefined;
  lookups: { request: LookupRequest; cells: LookupCell[]; failures: LookupFailure[] } | undefined;
  /** Quick and full figures are not the same: each has its own. */
  readonly claims: Readonly<Record<"quick" | "full", Map<ClaimId, MeasuredClaim>>> = {
    quick: new Map(),
    full: new Map(),
  };
  place: BenchPlace | undefined;
  earlier: SavedRun | undefined;
  #worker: Worker | undefined;

  changed(): void {
    this.dispatchEvent(new Event("change"));
  }

  get hasFigures(): boolean {
    const { quick, full } = this.claims;
    return (this.lookups?.cells.length ?? 0) > 0 || quick.size > 0 || full.size > 0;
  }

  async measureLookups(request: LookupRequest): Promise<void> {
    const kept = { request, cells: [] as LookupCell[], failures: [] as LookupFailure[] };
    await this.#run("lookups", async (worker, isCurrent) => {
      this.lookups = kept;
      await worker.lookups(
        request,
        Comlink.proxy((event: LookupEvent) => {
          if (!isCurrent()) return;
          if (event.kind === "cells") kept.cells.push(...event.cells);
          else if (event.kind === "failure") kept.failures.push(event.failure);
          else this.running = { of: "lookups", progress: event };
          this.changed();
        }),
      );
    });
  }

  async measureClaims(
    ids: readonly ClaimId[],
    isQuick: boolean,
    source: LabSource | undefined,
  ): Promise<void> {
    const kept = this.claims[isQuick ? "quick" : "full"];
    const claims = CLAIMS.filter(({ id }) => ids.includes(id));
    await this.#run(ids, async (worker, isCurrent) => {
      let machine: MachineSummary;
      await worker.argue(
        { source, claims, isQuick },
        Comlink.proxy((event: ArgueEvent) => {
          if (!isCurrent()) return;
          if (event.kind === "machine") machine = event.machine;
          else if (event.kind === "argument")
            kept.set(event.argument.claim.id, { argument: event.argument, machine });
          else this.running = { of: ids, progress: event };
          this.changed();
        }),
      );
    });
  }

  /** One at a time: two that measure would disturb each other. */
  async #run(
    of: Running["of"],
    measure: (worker: Comlink.Remote<BenchWorker>, isCurrent: () => boolean) => Promise<void>,
  ): Promise<void> {
    if (this.running !== undefined) return;
    this.running = { of, progress: STARTING };
    this.fault = undefined;
    this.changed();
    const worker = startWorker("bench");
    this.#worker = worker;
    const isCurrent = () => this.#worker === worker;
    const fail = (reason: string) => {
      if (!isCurrent()) return;
      this.#end();
      this.fault = { of: of === "lookups" ? "lookups" : "claims", reason };
      this.changed();
    };
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail(event.message || "the worker could not be started");
    });
    try {
      const remote = Comlink.wrap<BenchWorker>(worker);
      this.place = await remote.start(document.baseURI);
      await measure(remote, isCurrent);
      if (!isCurrent()) return;
      this.#end();
      this.changed();
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  }

  cancel(): void {
    if (this.running === undefined) return;
    this.#end();
    this.changed();
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.running = undefined;
  }

  /** Everything measured so far. */
  run(): SavedRun {
    const { cells = [], failures = [] } = this.lookups ?? {};
    const lookups: LookupRun | null = this.lookups
      ? { request: this.lookups.request, cells, failures }
      : null;
    const claims = (["quick", "full"] as const).flatMap((effort): ClaimRun[] => {
      const measured = [...this.claims[effort].values()];
      return machinesOf(measured).map((machine) => ({
        isQuick: effort === "quick",
        machine,
        arguments: measured
          .filter((each) => isSameMachine(each.machine, machine))
          .map(({ argument }) => argument),
      }));
    });
    return {
      engine: ENGINE,
      date: new Date().toISOString(),
      environment: {
        userAgent: navigator.userAgent,
        cores: navigator.hardwareConcurrency,
        isIsolated: this.place?.isIsolated ?? crossOriginIsolated,
        clockMs: this.place?.clockMs ?? 0,
      },
      lookups,
      claims,
    };
  }
}

/** The machines of some claims, each once. */
export function machinesOf(measured: readonly MeasuredClaim[]): MachineSummary[] {
  const machines: MachineSummary[] = [];
  for (const { machine } of measured)
    if (!machines.some((each) => isSameMachine(each, machine))) machines.push(machine);
  return machines;
}

/** One of them for the page: figures outlive the view. */
export const bench = new BenchModel();
