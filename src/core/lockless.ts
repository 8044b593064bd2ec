/**
 * lockless: pages of a ledger without frame records, charged by many agents at once.
 *
 * Pfns are placed as for other batches (Core.placePfns); answers are those of a batch.
 */
import { Agent, Err, LedgerLock, LOCK_PTR } from "../abi.js";
import type { Agents } from "./agents.js";
import { errorName, LedgerError } from "./errors.js";
import type { CoreExports } from "./instance.js";
import type { BatchEnd } from "./op-runner.js";
import type { AgentViews } from "./views.js";

export class Lockless {
  readonly #views: AgentViews;
  readonly #calls: CoreExports;
  readonly #pfnsPtr: number;
  readonly #agents: Agents | undefined;

  /** `agents` in shared memory. */
  constructor(views: AgentViews, calls: CoreExports, pfnsPtr: number, agents: Agents | undefined) {
    this.#views = views;
    this.#calls = calls;
    this.#pfnsPtr = pfnsPtr;
    this.#agents = agents;
  }

  /** Charges the first `count` placed pages to one container: all, or none; of a call that stops (LOCKED) those before `done` are. */
  charge(count: number, id: number): BatchEnd {
    return this.#run(count, () => this.#calls.chargeLockless(this.#pfnsPtr, count, id));
  }
  /** Uncharges placed pages up to the first that is refused, or until the call stops. */
  uncharge(count: number): BatchEnd {
    return this.#run(count, () => this.#calls.unchargeLockless(this.#pfnsPtr, count));
  }

  /** Brings what was charged so into a container's figures, 0 = into all containers', if any agent may have. */
  fold(id = 0): void {
    if (this.#agents === undefined) return;
    const at = (LOCK_PTR + LedgerLock.locklessEver) >>> 2;
    if (this.#views.u32[at] !== 0) this.#calls.foldLockless(id);
  }

  #run(count: number, call: () => number): BatchEnd {
    this.#agents?.worked(this.#views.agent, count);
    try {
      const err = call();
      return err === Err.OK
        ? { done: count, code: "OK" }
        : { done: this.#views.agentWord(Agent.batchAt), code: errorName(err) };
    } catch (error) {
      if (error instanceof LedgerError)
        return { done: this.#views.agentWord(Agent.batchAt), code: error.code };
      throw error;
    }
  }
}
