// tasks: the arguments of sched_process_fork and sched_process_exit.
//
//     sched_process_fork   comm=bash pid=11241 child_comm=bash child_pid=11247
//     sched_process_exit   comm=seq pid=11247 prio=120 group_dead=true
//
// A comm may hold ` pid=1` or ` child_pid=1`, so these lines are not read token by token but from the end, where
// only the kernel has written.
//
// INVARIANTS  T1  The last ` child_pid=` of a fork, and the last ` pid=` of an exit, is the kernel's: no comm
//                 follows it.
//             T2  The parent's pid stands right before the first ` child_comm=` that has ` pid=` and digits before
//                 it.  A comm of at most 15 bytes cannot hold ` pid=1 child_comm=`.
import { isDigit, parseDecimal } from "./bytes";
import {
  FIELD_CHILD_PID,
  FIELD_PID,
  PID_LIMIT,
  REASON_MISSING,
  WORD_CHILD_PID,
  WORD_TASK_PID,
} from "./records";
import { checkBelow, refuse } from "./refusal";

const SPACE_PID: u32 = 0x64697020; // " pid"
const EQUALS: u8 = 0x3d;
const CHILD_CO: u64 = 0x6f635f646c696863; // "child_co"
const CHILD_PI: u64 = 0x69705f646c696863; // "child_pi"
const D_EQUALS: u16 = 0x3d64; // "d="

export function parseFork(at: usize, end: usize, out: usize): u32 {
  const child = lastChildPid(at, end);
  if (!child) return refuse(REASON_MISSING, FIELD_CHILD_PID, at, end);
  const childEnd = endOfToken(child, end);
  const childPid = parseDecimal(child, childEnd);
  const reason = checkBelow(childPid, PID_LIMIT, FIELD_CHILD_PID, child, childEnd);
  if (reason) return reason;
  store<u32>(out, <u32>childPid, WORD_CHILD_PID << 2);

  for (let p = at; p < child; p++) {
    if (load<u32>(p) != SPACE_PID || load<u8>(p + 4) != EQUALS) continue;
    const digits = p + 5;
    let stop = digits;
    while (isDigit(load<u8>(stop))) stop++;
    if (stop == digits || load<u8>(stop) != 0x20 || !isChildComm(stop + 1)) continue;
    const pid = parseDecimal(digits, stop);
    store<u32>(out, <u32>pid, WORD_TASK_PID << 2);
    return checkBelow(pid, PID_LIMIT, FIELD_PID, digits, stop); // T2
  }
  return refuse(REASON_MISSING, FIELD_PID, at, end);
}

export function parseExit(at: usize, end: usize, out: usize): u32 {
  for (let p = end; p > at; ) {
    p--;
    if (load<u32>(p) != SPACE_PID || load<u8>(p + 4) != EQUALS) continue;
    const stop = endOfToken(p + 5, end);
    const pid = parseDecimal(p + 5, stop);
    store<u32>(out, <u32>pid, WORD_TASK_PID << 2);
    return checkBelow(pid, PID_LIMIT, FIELD_PID, p + 5, stop); // T1
  }
  return refuse(REASON_MISSING, FIELD_PID, at, end);
}

/** Address behind the last ` child_pid=`, or 0. */
function lastChildPid(at: usize, end: usize): usize {
  for (let p = end; p > at; ) {
    p--;
    if (load<u8>(p) == 0x20 && load<u64>(p + 1) == CHILD_PI && load<u16>(p + 9) == D_EQUALS) return p + 11; // T1
  }
  return 0;
}

/** `child_comm=` */
function isChildComm(at: usize): bool {
  return load<u64>(at) == CHILD_CO && load<u16>(at + 8) == 0x6d6d && load<u8>(at + 10) == EQUALS;
}

function endOfToken(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != 0x20) at++;
  return at;
}
