/**
 * composed: the history that settings mean.
 */
import { histories } from "../workload/histories.js";
import type { History } from "../workload/history.js";
import { LabFaultError } from "./fault.js";
import { type HistorySettings, parametersOf } from "./settings.js";

/** From its beginning.  Throws LabFaultError, WorkloadError. */
export function composedHistory(settings: HistorySettings): History {
  const { workload } = settings;
  const create = Object.hasOwn(histories, workload) ? histories[workload] : undefined;
  if (create !== undefined) return create(parametersOf(settings));
  const known = Object.keys(histories).join(", ");
  throw new LabFaultError("the settings", `there is no workload "${workload}"`, `choose one of ${known}`);
}
