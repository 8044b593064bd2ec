/**
 * bench-protocol: what the view of the arguments and its worker say to each other.
 *
 *   page ── lookups(request) ──►  worker: opens ledgers, measures in turns
 *        ◄─ LookupEvent, again and again: progress, a cell, what could not be measured
 *        ── argue(request) ──►    worker: the claims, one by one
 *        ◄─ ArgueEvent, again and again: progress, the machine, then an argument for each claim
 *
 * Plain data only.  To cancel is to end the worker.
 */
import type { Claim } from "../../../../src/argue/claims.js";
import type { Argument, MachineSummary } from "../../../../src/argue/finding.js";
import type { LabSource } from "../../../../src/lab/protocol.js";

/** What is asked: owners of frames, those with the frame's record; every owner's pages; or to charge, to uncharge. */
export type Suite = "lookup" | "frame" | "recount" | "charge" | "uncharge";

/** Who answers: the design's module, its twin in plain JavaScript, or what one writes there first. */
export type Answerer = "wasm" | "typed arrays" | "Map" | "objects" | "histogram";

export interface LookupRequest {
  readonly suites: readonly Suite[];
  readonly designs: readonly string[];
  readonly patterns: readonly string[];
  /** Page frames of each machine, ascending. */
  readonly frames: readonly number[];
  /** Keys in a batch; what charges leaves out those that it has had. */
  readonly keys: number;
  /** Samples of each competitor, at least 6. */
  readonly rounds: number;
  /** A sample takes at least so long, in milliseconds. */
  readonly sampleMs: number;
}

/** Figures of one competitor, one suite, one access pattern, one machine. */
export interface LookupCell {
  readonly frames: number;
  readonly suite: Suite;
  /** "" = the suite has none. */
  readonly pattern: string;
  readonly design: string;
  readonly by: Answerer;
  /** Those with the same number took turns: ratios between them are taken round by round. */
  readonly group: number;
  /** Nanoseconds a key, or a frame that is counted, one figure a round. */
  readonly samplesNs: readonly number[];
  /** Owner index per page frame as allocated; null where nobody counts it. */
  readonly bytesPerPage: number | null;
}

/** A competitor without figures: it answers wrongly, or cannot be opened. */
export interface LookupFailure {
  readonly frames: number;
  /** The case; "" = in none of them. */
  readonly pattern: string;
  readonly design: string;
  readonly by: Answerer;
  readonly reason: string;
}

export interface BenchProgress {
  readonly kind: "progress";
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

export type LookupEvent =
  | BenchProgress
  | { readonly kind: "cells"; readonly cells: readonly LookupCell[] }
  | { readonly kind: "failure"; readonly failure: LookupFailure };

export interface ArgueRequest {
  /** undefined = a generated machine, the same one as `pageledger argue` without a folder. */
  readonly source: LabSource | undefined;
  /** With their texts, which the worker has not: they are in the page once. */
  readonly claims: readonly Claim[];
  readonly isQuick: boolean;
}

export type ArgueEvent =
  | BenchProgress
  /** Comes before the first argument, so that one that is there has its machine whatever happens then. */
  | { readonly kind: "machine"; readonly machine: MachineSummary }
  | { readonly kind: "argument"; readonly argument: Argument };

/** What the worker knows of where it runs. */
export interface BenchPlace {
  /** Smallest step of its clock, in milliseconds. */
  readonly clockMs: number;
  readonly isIsolated: boolean;
}

export interface BenchWorker {
  /** `base`: address of the page, for wasm/NAME.wasm. */
  start(base: string): Promise<BenchPlace>;
  lookups(request: LookupRequest, onEvent: (event: LookupEvent) => void): Promise<void>;
  argue(request: ArgueRequest, onEvent: (event: ArgueEvent) => void): Promise<void>;
}
