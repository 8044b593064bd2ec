// futex: sleeping until a word changes, and the one place where an instance does so.
//
//   *ptr == expected ──► asleep ── atomic.notify, or the time is over ──► the caller looks again
//
// CONTEXT     Traps where the thread must not sleep: callers ask Agent.mayWait first.  Modules in shared memory only.
// RACY        Liftoff, V8's first compiler, is wrong about memory.atomic.wait32 in V8 11.3 (Node 20): it widens the address to
//             64 bits and stores it into a slot of 32, and the zeros above fall upon the value pushed before: an operand, or
//             else the function's last local.  So the instruction stands in a function of its own, where nothing is needed
//             any more beneath it.  The build keeps it from being inlined and refuses any other wait (tools/check-module).
// COST        A call, of a thread that has nothing to do.
// AFTER       FUTEX_WAIT of futex(2), with the results of memory.atomic.wait32.

/** What futexWait answers when the whole time has gone by. */
export const FUTEX_TIMED_OUT: i32 = 2;

/**
 * Sleeps while the word at `ptr`, divisible by 4, is `expected`, for at most `timeoutNs` nanoseconds.
 * 0 = woken; 1 = the word is another; FUTEX_TIMED_OUT.
 */
export function futexWait(ptr: usize, expected: u32, timeoutNs: i64): i32 {
  return atomic.wait<i32>(ptr, <i32>expected, timeoutNs);
}
