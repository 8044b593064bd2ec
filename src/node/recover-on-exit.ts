/**
 * recover-on-exit: an agent on a worker thread is recovered once its thread has ended.
 */
import type { Worker } from "node:worker_threads";
import { LedgerError } from "../core/errors.js";
import type { Ledger } from "../ledger/ledger.js";
import type { SharedLedger } from "../ledger/sharing.js";

/** Worker.threadId once the thread has ended and no `exit` will come any more. */
const ENDED = -1;
const RETRY_MS = 20;
const RETRIES_MAX = 500;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `recover`, and again every `retryMs` while another agent that died is in the way (BUSY) or the ledger lock cannot be
 * had (LOCKED), 500 times at most; then it rejects with that LedgerError, with any other one at once.
 */
export async function recoverPatiently(recover: () => void, retryMs = RETRY_MS): Promise<void> {
  for (let retries = 0; ; retries++) {
    try {
      recover();
      return;
    } catch (error) {
      const inTheWay = error instanceof LedgerError && (error.code === "BUSY" || error.code === "LOCKED");
      if (!inTheWay || retries === RETRIES_MAX) throw error;
      await pause(retryMs);
    }
  }
}

/**
 * Waits for the end of the worker that has the handle, if it has not ended yet, and recovers its agent; one that has detached
 * is left alone.  While another agent that died is in the way (BUSY) it tries again, for ten seconds.  Rejects with the
 * LedgerError of `recover`.  `ledger` must stay attached until then.
 */
export async function recoverOnExit(ledger: Ledger, worker: Worker, handle: SharedLedger): Promise<void> {
  if (worker.threadId !== ENDED) await new Promise((resolve) => worker.once("exit", resolve));
  await recoverPatiently(() => ledger.recover(handle));
}
