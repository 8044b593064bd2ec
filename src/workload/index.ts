/**
 * pageledger/workload: histories, patterns and owner maps made from a seed, in Node and browsers.
 */
export { Err, LruList, Op, PageType } from "../abi.js";
export { ALL_WORKLOADS, HISTORY_WORKLOADS, histories } from "./histories.js";
export { type History, type HistoryParameters, type HistoryWorkload, OP_WORDS } from "./history.js";
export { type OwnerMapParameters, ownersFor } from "./owners.js";
export {
  type OwnParameters,
  type ParameterSpec,
  type ParameterSpecs,
  WorkloadError,
  type WorkloadInfo,
} from "./parameters.js";
export type { Pattern, PatternParameters, PatternWorkload } from "./pattern.js";
export { PATTERN_WORKLOADS, patterns } from "./patterns.js";
export { PROFILES } from "./profiles.js";
export { type HistoryRun, runHistory } from "./run-history.js";
export type { KindShape, ShapeProfile } from "./shape-profile.js";
export { type TraceTextOptions, traceText } from "./trace-text.js";
