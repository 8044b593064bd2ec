/**
 * histories: the registry of histories, by name.  A pattern is one too, by its touches.
 */
import { CAPTURE_SHAPED } from "./capture-shaped.js";
import { FILE_SCAN } from "./file-scan.js";
import { FORK_STORM } from "./fork-storm.js";
import type { History, HistoryParameters, HistoryWorkload } from "./history.js";
import { MEMORY_PRESSURE } from "./memory-pressure.js";
import { PATTERN_WORKLOADS } from "./patterns.js";
import { TENANTS } from "./tenants.js";
import { touchesOf } from "./touches.js";

export const HISTORY_WORKLOADS: readonly HistoryWorkload[] = [
  FORK_STORM,
  FILE_SCAN,
  TENANTS,
  MEMORY_PRESSURE,
  CAPTURE_SHAPED,
];

/** Everything that can be a history: those, and the touches of every pattern. */
export const ALL_WORKLOADS: readonly HistoryWorkload[] = [
  ...HISTORY_WORKLOADS,
  ...PATTERN_WORKLOADS.map(touchesOf),
];

/** Makes a history by its name: `histories["tenants"]({ nrFrames: 1 << 20, seed: 1 })`. */
export const histories: Readonly<Record<string, (parameters: HistoryParameters) => History>> =
  Object.fromEntries(ALL_WORKLOADS.map(({ name, create }) => [name, create]));
