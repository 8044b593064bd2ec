/**
 * task-groups: which container each task of a trace is in, and the operations that tell a ledger so.
 */
import { Op } from "../abi.js";
import { MAX_PIDS } from "./limits.js";
import type { OpBatch } from "./op-batch.js";

export class TaskGroups {
  readonly #group = new Uint16Array(MAX_PIDS);
  readonly #alive = new Uint8Array(MAX_PIDS);
  /** Live tasks of each container, by container. */
  readonly #members = new Map<number, Set<number>>();
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
    const members = this.#members.get(container);
    if (members === undefined) this.#members.set(container, new Set([pid]));
    else members.add(pid);
    this.#out.push(Op.TASK_ATTACH, 0, container, pid, 0, 0);
  }

  exit(pid: number): void {
    if (this.#alive[pid] === 0) return;
    this.#alive[pid] = 0; // A9: the group stays
    this.#members.get(this.#group[pid]!)?.delete(pid);
    if (this.#isOnline(this.#group[pid]!)) this.#out.push(Op.TASK_EXIT, 0, 0, pid, 0, 0);
  }

  /**
   * The container is about to go.  The kernel removes only groups without tasks: those still here left with their
   * thread group, which has one event for all.
   */
  leave(container: number): void {
    for (const pid of this.#members.get(container) ?? []) this.exit(pid);
    this.#members.delete(container);
  }
}
