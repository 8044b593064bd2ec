/**
 * settings: a history of src/workload with its parameters; what a link of the composer holds.
 */
import type { HistoryParameters } from "../workload/history.js";

export interface HistorySettings {
  /** Name in ALL_WORKLOADS. */
  readonly workload: string;
  readonly nrFrames: number;
  readonly nrEvents: number;
  readonly seed: number;
  readonly containers?: number;
  /** The workload's own parameters. */
  readonly own: Readonly<Record<string, number>>;
}

/** Settings as a workload takes them. */
export function parametersOf(settings: HistorySettings): HistoryParameters {
  const { nrFrames, nrEvents, seed, containers, own } = settings;
  return { ...own, nrFrames, nrEvents, seed, ...(containers === undefined ? {} : { containers }) };
}
