/**
 * fault: expected failures as what the page shows: where, why, and what to do.
 */
import { CaptureError } from "../capture/errors.js";
import { AbiMismatchError, LedgerError } from "../core/errors.js";
import { WorkloadError } from "../workload/parameters.js";
import type { LabFault, LabSession } from "./protocol.js";

/** An expected failure of the session's own. */
export class LabFaultError extends Error implements LabFault {
  override readonly name = "LabFault";
  constructor(
    readonly place: string,
    readonly reason: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${place}: ${reason}; ${remedy}`, options);
  }
}

/** What an expected failure says, as plain data; undefined where the error is a defect of the page. */
export function faultOf(error: unknown): LabFault | undefined {
  const fault = (place: string, reason: string, remedy: string): LabFault => ({
    name: "LabFault",
    place,
    reason,
    remedy,
  });
  if (error instanceof LabFaultError) return fault(error.place, error.reason, error.remedy);
  if (error instanceof CaptureError) {
    const place = error.line === undefined ? error.file : `${error.file} line ${error.line}`;
    return fault(place, error.reason, error.remedy);
  }
  if (error instanceof WorkloadError) return fault("the settings", error.reason, error.remedy);
  if (error instanceof LedgerError) return fault("the ledger", `${error.what}: ${error.code}`, error.remedy);
  if (error instanceof AbiMismatchError || error instanceof WebAssembly.CompileError)
    return fault("the modules beside the page", error.message, "load the page again, without its cache");
  if (error instanceof RangeError && /memory|allocation|buffer/i.test(error.message))
    return fault(
      "the memory of this page",
      "the browser gives no more",
      "close other pages, choose fewer designs, or give fewer frames",
    );
  if (typeof DOMException !== "undefined" && error instanceof DOMException)
    return fault(
      "the file",
      `it cannot be read (${error.name})`,
      "choose it again; a folder must be given whole",
    );
  return undefined;
}

/** The same session; expected failures are thrown as plain data, which a worker can hand over. */
export function withPlainFaults(session: LabSession): LabSession {
  const plain =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await call(...args);
      } catch (error) {
        throw faultOf(error) ?? error;
      }
    };
  return {
    start: plain((base, onShare) => session.start(base, onShare)),
    open: plain((request, onProgress) => session.open(request, onProgress)),
    seek: plain((event) => session.seek(event)),
    column: plain((kind) => session.column(kind)),
    frame: plain((pfn) => session.frame(pfn)),
    history: plain((pfn, limit) => session.history(pfn, limit)),
    blocks: plain(() => session.blocks()),
    differences: plain((reason, from, count) => session.differences(reason, from, count)),
    stop: plain((work, count) => session.stop(work, count)),
  };
}
