/**
 * finding: what was found about a claim, as plain data.  The terminal, JSON and the page all draw from it.
 */
import type { Claim } from "./claims.js";

export type Verdict = "holds" | "does not hold" | "holds in part" | "not decided";

/** A figure with its 95 % interval; without one it was counted, not sampled. */
export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** What the labels of the figures name: head of their column. */
  readonly rows: string;
  /** Amounts are bars from zero; ratios are points about a line at 1. */
  readonly kind: "amount" | "ratio";
  /** What a figure is held against. */
  readonly limit: { readonly value: number; readonly label: string } | null;
  readonly figures: readonly Figure[];
  /** What the others rest on: the page folds it away. */
  readonly isDetail: boolean;
}

/** A verdict and what it rests on. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Why, in one or a few sentences with the figures. */
  readonly reason: string;
}

export interface Finding extends Judgement {
  /** How figures decide the verdict: said before they are looked at. */
  readonly rule: string;
  readonly charts: readonly Chart[];
  /** What could not be measured here, and why. */
  readonly missing: readonly string[];
  /** What a reader should know besides. */
  readonly notes: readonly string[];
}

export interface Argument {
  readonly claim: Claim;
  readonly finding: Finding;
  /** Command line that measures this claim again. */
  readonly command: string;
  readonly seconds: number;
}

/** What the figures were taken on. */
export interface MachineSummary {
  readonly name: string;
  readonly source: "capture" | "generated";
  /** One line about it. */
  readonly what: string;
  readonly frames: number;
  readonly ownedFrames: number;
  readonly operations: number;
  readonly containers: number;
}

export interface ArgueEnvironment {
  readonly cpu: string;
  readonly engine: string;
  readonly version: string;
  readonly command: string;
}

export interface ArgueResult {
  readonly machine: MachineSummary;
  readonly environment: ArgueEnvironment;
  readonly quick: boolean;
  readonly arguments: readonly Argument[];
}

export function counted(label: string, value: number): Figure {
  return { label, value, low: null, high: null };
}
