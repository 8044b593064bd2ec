/**
 * argue: goes through the claims, one by one, on one machine.
 *
 *   claims ─► measure-* ─► finding: verdict, reason, charts, what is missing ─► text · JSON · page
 */
import type { Claim, ClaimId } from "./claims.js";
import type { ArgueEnvironment, ArgueResult, Argument, Finding, MachineSummary } from "./finding.js";
import { type Effort, Laboratory, type ModuleSource } from "./laboratory.js";
import { type Machine, summaryOf } from "./machine.js";
import { measureArray, measureRadix } from "./measure-2008.js";
import { measureFreeFields, measureObjectOwner } from "./measure-free-fields.js";
import { measureIsolation } from "./measure-isolation.js";
import { measureFullLine, measureMisfit } from "./measure-line.js";
import { measureOnDemand } from "./measure-on-demand.js";
import { measureShare } from "./measure-share.js";
import { measureFlagBit, measureFunctionPointers } from "./measure-words.js";

const MEASURES: Readonly<Record<ClaimId, (lab: Laboratory) => Promise<Finding>>> = {
  "pointer-share": measureShare,
  "full-line": measureFullLine,
  "line-misfit": measureMisfit,
  "radix-isolates": measureIsolation,
  "free-fields": measureFreeFields,
  "object-owner": measureObjectOwner,
  "on-demand": measureOnDemand,
  "function-pointers": measureFunctionPointers,
  "flag-bit": measureFlagBit,
  "array-2008": measureArray,
  "radix-2008": measureRadix,
};

/** A full run measures for a minute or two, a quick one for seconds: enough to see that it works. */
export const FULL: Effort = {
  openings: 9,
  rounds: 2,
  maxFrames: 2 ** 20,
  generatedFrames: 2 ** 19,
  generatedOperations: 2 ** 20,
};
export const QUICK: Effort = {
  openings: 6,
  rounds: 1,
  maxFrames: 2 ** 16,
  generatedFrames: 2 ** 16,
  generatedOperations: 2 ** 16,
};

export interface ArgueOptions {
  readonly machine: Machine;
  readonly modules: ModuleSource;
  readonly environment: ArgueEnvironment;
  readonly isQuick: boolean;
  readonly claims: readonly Claim[];
  /** Command that measures one claim again. */
  readonly commandFor: (claim: ClaimId) => string;
  /** Called before each claim and each measurement. */
  readonly onProgress?: (done: number, total: number, what: string) => void;
  /** Called before the first claim, with what all of them are measured on. */
  readonly onMachine?: (machine: MachineSummary) => void;
  /** Called after each claim, with what was found. */
  readonly onArgument?: (argument: Argument) => void;
  readonly signal?: AbortSignal;
}

/** Measures.  Throws what a signal throws, and Error where the package is not built. */
export async function argue(options: ArgueOptions): Promise<ArgueResult> {
  const { machine, modules, environment, isQuick, claims, onProgress, signal } = options;
  const argued: Argument[] = [];
  const lab = new Laboratory(
    machine,
    isQuick ? QUICK : FULL,
    modules,
    (what) => onProgress?.(argued.length, claims.length, what),
    signal,
  );
  const summary = summaryOf(machine, await lab.state());
  options.onMachine?.(summary);
  for (const claim of claims) {
    onProgress?.(argued.length, claims.length, claim.title);
    const start = performance.now();
    const finding = await MEASURES[claim.id](lab);
    const seconds = (performance.now() - start) / 1000;
    const argument = { claim, finding, command: options.commandFor(claim.id), seconds };
    argued.push(argument);
    options.onArgument?.(argument);
  }
  return { machine: summary, environment, quick: isQuick, arguments: argued };
}
