// task: which container each task is in, a u16 per pid.
//
// A task outside every container has 0 there, so fresh memory knows no task.  Pages never follow a task that
// moves: they stay with the container that was charged.
//
// INVARIANTS  T1  nrTasks of a container is the number of pids whose word names it.
//             T2  A task's container is online: CONTAINER_REMOVE refuses while tasks are in it.
// COST        One load and one store per event.
import { Err } from "../abi";
import { put } from "../prim/journal";
import { onlineErr } from "./container";
import { containerAt, core } from "./region";

function slotPtr(pid: u32): usize {
  return <usize>(core().tasksPtr + (pid << 1));
}

export function containerOfTask(pid: u32): u32 {
  return load<u16>(slotPtr(pid));
}

function moveTask(pid: u32, id: u32): void {
  const c = core();
  const from = containerOfTask(pid);
  if (from) containerAt(from).nrTasks -= 1; // T1
  if (id) containerAt(id).nrTasks += 1;
  put<u16>(slotPtr(pid), <u16>id);
  if (pid >= c.pidsEnd) c.pidsEnd = pid + 1;
}

export function taskAttach(pid: u32, id: u32): u32 {
  if (pid >= core().maxPids) return Err.BAD_PID;
  const err = id ? onlineErr(id) : <u32>Err.OK;
  if (err) return err;
  moveTask(pid, id);
  return Err.OK;
}

/** The child starts where its parent is; with `missed`, a child pid still in use has exited unseen. */
export function taskFork(parentPid: u32, childPid: u32, missed: bool): u32 {
  const c = core();
  if (parentPid >= c.maxPids || childPid >= c.maxPids) return Err.BAD_PID;
  const id = containerOfTask(parentPid);
  if (containerOfTask(childPid)) {
    if (!missed) return Err.EXISTS;
    // The same pid on both sides is no fork at all, but a trace may hold it: nothing moves then.
    if (parentPid == childPid) return Err.OK;
    c.missedExits += 1;
  }
  moveTask(childPid, id);
  return Err.OK;
}

/** Ends a task; one outside every container, or never heard of, ends without a trace. */
export function taskExit(pid: u32): u32 {
  if (pid >= core().maxPids) return Err.BAD_PID;
  if (containerOfTask(pid)) moveTask(pid, 0);
  return Err.OK;
}

/** Takes every task out of `id`, as if their exits had been seen. */
export function tasksLeave(id: u32): void {
  const c = core();
  for (let pid: u32 = 0; containerAt(id).nrTasks; pid++) {
    if (containerOfTask(pid) != id) continue;
    moveTask(pid, 0);
    c.missedExits += 1;
  }
}
