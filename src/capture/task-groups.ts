/**
 * task-groups: which container each task of a trace is in, and the operations that tell a ledger so.
 */
import { Op } from "../abi.js";
import { MAX_PIDS } from "./limits.js";
import type { OpBatch } from "./op-batch.js";

export class TaskGroups {
  readonly #group = new Uint16Array(MAX_PIDS);
  readonly #alive = new Uint8Array(MAX_PIDS);
  readonly #out: OpBatch;
  readonly #isOnline: (container: number) => boolean;

  constructor(out: OpBatch, isOnline: (container: number) => boolean) {
    this.#out = out;
    this.#isOnline = isOnline;
  }

  /** Container of a task, 0 = outside the capture.  One that has exited keeps it (A9). */
  groupOf(pid: number): number {
    return this.#group[pid]!;
  }

  fork(parentPid: number, childPid: number): void {
    // The pid is given out again: whoever had it is gone.
    this.attach(childPid, this.#group[parentPid]!);
  }

  attach(pid: number, container: number): void {
    this.exit(pid);
    this.#group[pid] = container;
    if (container === 0) return;
    this.#alive[pid] = 1;
    this.#out.push(Op.TASK_ATTACH, 0, container, pid, 0, 0);
  }

  exit(pid: number): void {
    if (this.#alive[pid] === 0) return;
    this.#alive[pid] = 0; // A9: the group stays
    if (this.#isOnline(this.#group[pid]!)) this.#out.push(Op.TASK_EXIT, 0, 0, pid, 0, 0);
  }
}
