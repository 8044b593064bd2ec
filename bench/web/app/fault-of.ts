/** fault-of: what a session threw, as the page shows it. */
import type { LabFault } from "../../../src/lab/protocol.js";

/** A LabFault comes over as a plain object; anything else is a defect, and is shown as one. */
export function faultOf(error: unknown): LabFault {
  if (typeof error === "object" && error !== null && (error as LabFault).name === "LabFault")
    return error as LabFault;
  const reason = error instanceof Error ? error.message : String(error);
  return {
    name: "LabFault",
    place: "the page itself",
    reason,
    remedy: "load the page again; if it stays, report it",
  };
}
