/** recovery-lock: the ledger lock, taken, waited for asleep, and given back; and what is written under it. */
import { type Memory, type Step, step, WAIT } from "../machine.js";
import { type RecoveryState, WAITERS } from "./recovery-state.js";

const WRAPS = 2;

export function lockSteps(s: RecoveryState, a: number, done: (m: Memory) => string): Step[] {
  const { offline, mutation } = s.options;
  const me = a + 1;
  const sleepsEnd = mutation !== "asleep without an end";
  const held = s.helds + a;
  const taken = () => (offline ? "Jw0" : "Jw1");
  const lock: Step[] = [
    step("Lk1", "cmpxchg 0 → me", (m) => (m.compareAndSwap(s.holder, 0, me) ? taken() : undefined)),
    step("Lk2", "read holder", (m) => {
      const word = m.load(s.holder);
      m.set(held, word);
      if (word === 0) return "Lk3";
      return word & WAITERS ? "Lk5" : "Lk4";
    }),
    step("Lk3", "cmpxchg 0 → me, for waiters", (m) => {
      m.set(held, 0);
      const word = mutation === "taken after a sleep without the waiter bit" ? me : me | WAITERS;
      return m.compareAndSwap(s.holder, 0, word) ? taken() : "Lk2";
    }),
    step("Lk4", "cmpxchg: set the waiter bit", (m) => {
      if (!m.compareAndSwap(s.holder, m.get(held), m.get(held) | WAITERS)) return "Lk2";
      m.set(held, m.get(held) | WAITERS);
      return undefined;
    }),
    step("Lk5", "futex: sleep if holder is as it was", (m) => {
      const same = m.load(s.holder) === m.get(held) || mutation === "asleep whatever the word is";
      m.set(held, 0);
      if (!same) return "Lk2";
      m.set(s.asleep + a, 1);
      return undefined;
    }),
    step(
      "Lk6",
      "asleep: woken, the time is over, or LOCKED",
      (m, way) => {
        if (way === 0) return m.get(s.asleep + a) ? WAIT : "Lk2";
        if (!sleepsEnd || !m.get(s.asleep + a) || (way === 2 && !s.isStuck(m))) return WAIT;
        m.set(s.asleep + a, 0);
        return way === 1 ? "Lk2" : done(m);
      },
      3,
    ),
  ];

  const clearFlag = step("Jw0", "drainedOffline = 0", (m) => m.store(s.flags + a, 0));
  const write: Step[] = [
    ...(offline ? [clearFlag] : []),
    step("Jw1", "note the cell", (m) => {
      m.store(s.old, m.load(s.cell));
      m.store(s.noted, 1);
    }),
    step("Jw2", offline ? "release the container if nothing holds it" : "store the cell", (m) => {
      if (!offline) m.store(s.cell, (m.load(s.cell) + 1) % WRAPS);
      else if (m.load(s.usage) === 0) m.store(s.cell, 1);
    }),
    step("Jw3", "commit", (m) => {
      m.set(s.committed, m.get(s.cell));
      m.store(s.old, 0);
      m.store(s.noted, 0);
    }),
    step("Jw4", "unlock: xchg 0", (m) => {
      const word = m.load(s.holder);
      m.atomicStore(s.holder, 0);
      return word & WAITERS ? undefined : done(m);
    }),
    step("Jw5", "wake one", (m, way) => wakeOne(s, m, way) ?? done(m), s.all.length),
  ];

  return [...lock, ...write];
}

/** Wakes the sleeper that `way` names, or nobody if none sleeps; WAIT = that way is none. */
export function wakeOne(s: RecoveryState, m: Memory, way: number): string | undefined {
  const sleeps = s.all.some((b) => m.get(s.asleep + b));
  if (sleeps ? !m.get(s.asleep + way) : way > 0) return WAIT;
  m.set(s.asleep + way, 0);
  return undefined;
}
