/** recovery-steps: an agent recovers one that is dead, and what that one was recovering; or undoes what its own call has begun. */
import { type Memory, type Step, step, WAIT } from "../machine.js";
import { wakeOne } from "./recovery-lock.js";
import {
  Count,
  generationOf,
  isHeldBy,
  LIVING,
  lifeOf,
  READERS_OUT,
  type RecoveryState,
  recovererOf,
  State,
  stateOf,
  WAITERS,
} from "./recovery-state.js";

export function recoverySteps(s: RecoveryState, a: number, done: (m: Memory) => string): Step[] {
  const { writes, counts, offline, reads, leaves, traps, mutation } = s.options;
  const counting = counts || offline;
  const me = a + 1;
  const held = s.helds + a;
  const target = s.targets + a;
  const ticket = s.tickets + a;
  const victim = s.victims + a;
  const at = s.places + a;
  const sum = s.sums + a;
  const subject = (m: Memory) => s.subject(m, a);
  const ours = (life: number) => lifeOf(State.RECOVERING, a, generationOf(life));

  // What comes after what: a model without stocks, lock or a third agent has no steps for them.
  const last = mutation === "let go of what it drained at last";
  const freesFirst = mutation === "freed before the stocks";
  const stocks = !counting || freesFirst ? "Vr5" : last ? "Vd1" : "Vs1";
  const locks = writes || offline ? "Vr4" : stocks;
  const victimsAt = s.all.length > 2 ? "Vr3" : locks;
  const drains = counting ? "Vd1" : victimsAt;
  /** After an undo: its stocks; or the end, if it was the agent's own call. */
  const undone = (m: Memory) => (m.get(target) ? stocks : done(m));

  const enter: Step[] = [
    step("Vr0", "read the word of its life", (m) => {
      const life = m.load(s.lives + m.get(target) - 1);
      const stale = generationOf(life) !== m.get(ticket) - 1;
      const taken = stateOf(life) === State.RECOVERING && recovererOf(life) !== a;
      if (stateOf(life) === State.FREE || taken) return done(m);
      if (stale && mutation !== "recovered whatever the generation") return done(m);
      m.set(held, life);
      return undefined;
    }),
    step("Vr1", "cmpxchg → RECOVERING by me", (m) => {
      const b = m.get(target) - 1;
      const life = m.get(held);
      m.set(held, 0);
      if (mutation === "RECOVERING by a store") m.atomicStore(s.lives + b, ours(life));
      else if (!m.compareAndSwap(s.lives + b, life, ours(life))) return done(m);
      if (!m.hasEnded(b)) m.violate(LIVING);
      return undefined;
    }),
    step("Vr2", "epoch 0", (m) => {
      if (mutation !== "epoch of the dead left") m.atomicStore(s.epochs + subject(m), 0);
      return last ? victimsAt : drains;
    }),
  ];

  /** Looks at the next agent whose stocks the dead one may have been draining. */
  const next = (m: Memory) => {
    m.set(at, (m.get(at) + 1) % s.all.length);
    if (m.get(at)) return "Vd1";
    if (!m.get(target)) return "Ab3";
    return last ? "Vs1" : victimsAt;
  };
  const letGo: Step[] = [
    step("Vd1", "was it draining this one?", (m) =>
      m.load(s.counts + m.get(at)) === Count.DRAINING + subject(m) ? undefined : next(m),
    ),
    step("Vd2", "what is under way there", (m) => m.set(sum, m.load(s.ways + m.get(at)))),
    step("Vd3", "return it", (m) => {
      m.atomicAdd(s.usage, -m.get(sum));
      m.store(s.ways + m.get(at), 0);
      m.set(sum, 0);
    }),
    step("Vd4", "OUT", (m) => {
      if (offline) m.store(s.flags + a, 1);
      m.atomicStore(s.counts + m.get(at), Count.OUT);
      return next(m);
    }),
  ];

  /** The one that is left of three, which the target may have been recovering. */
  const third = (m: Memory) => s.all.find((c) => c !== a && c !== m.get(target) - 1)!;
  const adopt: Step[] = [
    step("Vr3", "was it recovering another?", (m) => {
      if (m.get(victim) || mutation === "victims left to themselves") return locks;
      const life = m.load(s.lives + third(m));
      if (stateOf(life) !== State.RECOVERING || recovererOf(life) !== m.get(target) - 1) return locks;
      m.set(held, life);
      return undefined;
    }),
    step("Vr3b", "cmpxchg → RECOVERING by me", (m) => {
      const life = m.get(held);
      m.set(held, 0);
      if (!m.compareAndSwap(s.lives + third(m), life, ours(life))) return locks;
      m.set(victim, third(m) + 1);
      return "Vr2";
    }),
  ];

  const giveLock = (m: Memory, to: number) => {
    const word = m.load(s.holder);
    m.atomicStore(s.holder, to);
    return (word & WAITERS) !== 0;
  };
  const wake = (label: string, on: (m: Memory) => string) =>
    step(label, "wake one", (m, way) => wakeOne(s, m, way) ?? on(m), s.all.length);
  const undoAll = (m: Memory) => {
    if (m.load(s.noted)) return reads ? "Vu1" : "Vu3";
    return reads && mutation !== "gate left closed by a survivor that died" ? "Vu5" : "Vu6";
  };
  const unlocksFirst = mutation === "lock given up before the undo";
  const takeOver: Step[] = [
    step("Vr4", "does it hold the lock?", (m) => {
      const word = m.load(s.holder);
      const takes = mutation === "lock taken from whoever has it" && word !== 0;
      if (!isHeldBy(word, subject(m)) && !takes) return stocks;
      m.set(held, word);
      return undefined;
    }),
    step("Vr4b", "cmpxchg: the lock from it", (m) => {
      const word = m.get(held);
      m.set(held, 0);
      const mine = mutation === "waiter bit dropped at the take-over" ? me : me | WAITERS;
      if (!m.compareAndSwap(s.holder, word, mine)) return "Vr4";
      return unlocksFirst ? "Vu6" : undoAll(m);
    }),
  ];
  const undo: Step[] = [
    step(
      "Vu3",
      "the cell as it was; or a reader does not come out",
      (m, way) => {
        if (way === 1) return !reads && m.get(target) ? "Vb1" : WAIT;
        if (s.all.some((b) => m.isAt(b, "Rd4"))) m.violate(READERS_OUT);
        return m.store(s.cell, m.load(s.old));
      },
      reads ? 1 : 2,
    ),
    step("Vu4", "drop the note", (m) => {
      m.store(s.noted, 0);
      m.store(s.old, 0);
      if (unlocksFirst) return undone(m);
      return reads ? "Vu5" : "Vu6";
    }),
    step("Vu6", "unlock: xchg 0", (m) => {
      if (giveLock(m, 0)) return "Vu7";
      return unlocksFirst && m.load(s.noted) ? "Vu3" : undone(m);
    }),
    wake("Vu7", (m) => (unlocksFirst && m.load(s.noted) ? "Vu3" : undone(m))),
  ];
  const gate: Step[] = [
    step("Vu1", "readersClosed = 1", (m) => m.atomicStore(s.closed, 1)),
    step(
      "Vu2",
      "wait for one reader; it does not come out (way 1)",
      (m, way) => {
        const inside = m.get(at) !== a && m.load(s.epochs + m.get(at)) !== 0;
        if (way === 1) return inside && m.get(target) ? "Vb0" : WAIT;
        if (inside) return WAIT;
        m.set(at, (m.get(at) + 1) % s.all.length);
        return m.get(at) ? "Vu2" : "Vu3";
      },
      2,
    ),
    step("Vb0", "BUSY: readersClosed = 0", (m) => {
      m.set(at, 0);
      m.atomicStore(s.closed, 0);
      return "Vb1";
    }),
    step("Vu5", "readersClosed = 0", (m) => {
      m.atomicStore(s.closed, 0);
      return "Vu6";
    }),
  ];
  const passBack: Step[] = [
    step("Vb1", "BUSY: the lock back to it", (m) => {
      if (mutation === "lock passed back after the number") return "Vb3";
      return giveLock(m, subject(m) + 1) ? "Vb2" : "Vb3";
    }),
    wake("Vb2", () => "Vb3"),
  ];
  const back: Step[] = [
    step("Vb3", "BUSY: its word as it was", (m) => {
      const b = subject(m);
      const isVictim = m.get(victim) !== 0;
      const generation = generationOf(m.load(s.lives + b));
      const to = isVictim
        ? lifeOf(State.RECOVERING, m.get(target) - 1, generation)
        : lifeOf(State.ATTACHED, 0, generation);
      m.atomicStore(s.lives + b, to);
      m.set(victim, 0);
      if (isVictim) return "Vb3";
      if (mutation === "lock passed back after the number" && isHeldBy(m.load(s.holder), a)) return "Vb4";
      return done(m);
    }),
  ];
  const late: Step[] = [
    step("Vb4", "the lock back to it", (m) => (giveLock(m, m.get(target)) ? "Vb5" : done(m))),
    wake("Vb5", done),
  ];

  const after = (m: Memory) => (m.get(ticket) && !freesFirst ? (offline ? "Vs7" : "Vr5") : done(m));
  const unasked = mutation === "drained beside another";
  const returned = (label: string, on: string) => [
    step(label, "what is under way", (m) => m.set(sum, m.load(s.ways + subject(m)))),
    step(`${label}b`, "return it", (m) => {
      m.atomicAdd(s.usage, -m.get(sum));
      m.store(s.ways + subject(m), 0);
      m.set(sum, 0);
      return on;
    }),
  ];
  const drainIt: Step[] = [
    step(
      "Vs1",
      "its stocks: → DRAINING by me; another is at it (way 1)",
      (m, way) => {
        const count = s.counts + subject(m);
        const now = m.load(count);
        const taken = now >= Count.DRAINING && now !== Count.DRAINING + a && !unasked;
        if (way === 1) return taken ? "Vb3" : WAIT;
        if (taken) return WAIT;
        m.atomicStore(count, Count.DRAINING + a);
        return undefined;
      },
      2,
    ),
    ...returned("Vs2", "Ds3"),
    step("Ds3", "the stock gets under way", (m) => {
      const stock = s.stocks + subject(m);
      if (!m.get(stock)) return m.get(target) === me ? "Dt2" : "Ds6";
      m.store(s.ways + subject(m), m.get(stock));
      m.store(stock, 0);
      return undefined;
    }),
    ...returned("Ds4", offline ? "Ds5" : "Ds3"),
    ...(offline
      ? [
          step("Ds5", "drainedOffline = 1", (m) => {
            m.store(s.flags + a, 1);
            return "Ds3";
          }),
        ]
      : []),
    step("Ds6", "OUT", (m) => {
      m.atomicStore(s.counts + subject(m), Count.OUT);
      return after(m);
    }),
    ...(offline
      ? [
          step("Vs7", "drainedOffline = 1, whatever it had drained", (m) => {
            if (mutation !== "what it had drained forgotten") m.store(s.flags + a, 1);
          }),
        ]
      : []),
  ];

  const free: Step[] = [
    step("Vr5", "the number is FREE, next generation", (m) => {
      const b = subject(m);
      const life = m.load(s.lives + b);
      const generation = generationOf(life) + (mutation === "generation as it was" ? 0 : 1);
      const stored = m.compareAndSwap(s.lives + b, ours(life), lifeOf(State.FREE, 0, generation));
      if (stored) m.set(s.deads + b, 0);
      if (freesFirst) return "Vs1";
      if (m.get(victim)) {
        m.set(victim, 0);
        return locks;
      }
      return offline ? "Vt1" : done(m);
    }),
    ...(offline
      ? [
          step("Vt1", "release what was drained, if the lock is free", (m) => {
            const took = m.get(s.flags + a) && m.compareAndSwap(s.holder, 0, me);
            s.forget(m, a);
            return took ? "Jw0" : "op";
          }),
        ]
      : []),
  ];

  const giveUp = step("Dv1", "detach: lets go of those that it began to recover", (m) => {
    const b = m.get(at);
    const life = m.load(s.lives + b);
    const mine = stateOf(life) === State.RECOVERING && recovererOf(life) === a;
    if (mine && mutation !== "victims left by who detaches")
      m.atomicStore(s.lives + b, lifeOf(State.ATTACHED, 0, generationOf(life)));
    m.set(at, (b + 1) % s.all.length);
    return m.get(at) ? "Dv1" : "Dt3";
  });
  const abandon: Step[] = [
    step("Ab1", "the call has stopped: epoch 0", (m) => {
      m.atomicStore(s.epochs + a, 0);
      return counting ? "Ab2" : "Ab3";
    }),
    ...(counting
      ? [
          step("Ab2", "return what is under way", (m) => {
            if (m.load(s.counts + a) !== Count.IN) return "Vd1";
            if (offline && m.get(s.ways + a)) m.store(s.flags + a, 1);
            m.atomicAdd(s.usage, -m.get(s.ways + a));
            m.store(s.ways + a, 0);
            return "Vd1";
          }),
        ]
      : []),
    step("Ab3", "undo it if the lock is held: releases too", (m) => {
      if (!isHeldBy(m.load(s.holder), a)) return done(m);
      if (offline && mutation !== "release undone and forgotten") m.store(s.flags + a, 1);
      return undoAll(m);
    }),
  ];

  return [
    ...enter,
    ...(counting ? letGo : []),
    ...(s.all.length > 2 ? adopt : []),
    ...(writes || offline ? [...takeOver, ...(reads ? gate : []), ...undo, ...passBack] : []),
    ...(writes || counting ? back : []),
    ...(mutation === "lock passed back after the number" ? late : []),
    ...(counting ? drainIt : []),
    ...free,
    ...(traps ? abandon : []),
    ...(traps && leaves && a > 0 ? [giveUp] : []),
  ];
}
