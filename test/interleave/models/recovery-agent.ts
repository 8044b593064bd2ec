/** recovery-agent: what an agent does while nothing goes wrong: writes, counts, drains, reads, leaves, begins to recover. */
import { END, type Memory, type Process, type Step, step, WAIT } from "../machine.js";
import { lockSteps } from "./recovery-lock.js";
import { Count, generationOf, lifeOf, type RecoveryState, State } from "./recovery-state.js";
import { recoverySteps } from "./recovery-steps.js";

export function recoveryAgent(s: RecoveryState, a: number): Process {
  const { writes, counts, offline, reads, leaves, traps, mutation } = s.options;
  const me = a + 1;
  const target = s.targets + a;
  const others = s.all.filter((b) => b !== a);

  function done(m: Memory): string {
    s.forget(m, a);
    return "op";
  }

  /** The ways of `op`: what a host may call. */
  const calls: ((m: Memory) => string)[] = [];
  if (writes) calls.push(() => "Lk1");
  if (offline) calls.push((m) => (m.get(s.flags + a) ? "Lk1" : WAIT));
  if (reads) calls.push(() => "Rd1");
  if (counts) calls.push((m) => (m.get(s.stocks + a) ? WAIT : "Ce1"));
  for (const b of others) {
    const recover = (m: Memory, generation: number) => {
      m.set(target, b + 1);
      m.set(s.tickets + a, generation + 1);
      return "Vr0";
    };
    const generation = (m: Memory) => generationOf(m.get(s.lives + b));
    calls.push((m) => {
      return m.get(s.deads + b) ? recover(m, generation(m)) : WAIT;
    });
    // The end of an earlier life may be told late, and twice.
    calls.push((m) => (generation(m) ? recover(m, generation(m) - 1) : WAIT));
    if (!counts && !offline) continue;
    calls.push((m) => {
      if (!m.get(s.stocks + b)) return WAIT;
      m.set(target, b + 1);
      return "Do1";
    });
  }
  // Agent 0 stays: it is the host's own.
  if (leaves && a > 0)
    calls.push((m) => {
      m.set(target, me);
      return counts || offline ? "Dt1" : traps ? "Dv1" : "Dt3";
    });

  function enter(m: Memory, way: number, on: string): string {
    const isIn = m.get(s.counts + a) === Count.IN || m.compareAndSwap(s.counts + a, Count.OUT, Count.IN);
    if (isIn) return way === 0 ? on : WAIT;
    return way === 1 && s.isStuck(m) ? done(m) : WAIT;
  }

  const count: readonly Step[] = [
    step("Ce1", "begin to count: OUT → IN, or LOCKED", (m, way) => enter(m, way, "Ce2"), 2),
    step("Ce2", "charge: usage, and the own stock", (m) => {
      m.atomicAdd(s.usage, 1);
      m.set(s.stocks + a, m.get(s.stocks + a) + 1);
    }),
    step("Ce3", "end: IN → OUT", (m) => {
      m.atomicStore(s.counts + a, Count.OUT);
      return done(m);
    }),
  ];
  const drain: readonly Step[] = [
    step("Do1", "drain another that is out", (m) => {
      const b = m.get(target) - 1;
      return m.compareAndSwap(s.counts + b, Count.OUT, Count.DRAINING + a) ? "Ds3" : done(m);
    }),
  ];
  const leave: readonly Step[] = [
    step("Dt1", "detach: OUT → IN, or LOCKED", (m, way) => enter(m, way, "Ds3"), 2),
    step("Dt2", "IN → OUT; what is to be released first", (m) => {
      m.atomicStore(s.counts + a, Count.OUT);
      if (m.get(s.flags + a)) return forgetAnd(m, "Lk1");
      return traps ? "Dv1" : "Dt3";
    }),
  ];
  const free: readonly Step[] = [
    step("Dt3", "the number is FREE, next generation", (m) => {
      const life = m.load(s.lives + a);
      const next = lifeOf(State.FREE, 0, generationOf(life) + 1);
      m.compareAndSwap(s.lives + a, lifeOf(State.ATTACHED, 0, generationOf(life)), next);
      s.forget(m, a);
      return END;
    }),
  ];
  function forgetAnd(m: Memory, label: string): string {
    s.forget(m, a);
    return label;
  }

  const read: readonly Step[] = [
    step(
      "Rd1",
      "look whether readers may enter, or LOCKED",
      (m, way) => {
        if (!m.load(s.closed)) return way === 0 ? undefined : WAIT;
        return way === 1 && s.isStuck(m) ? done(m) : WAIT;
      },
      2,
    ),
    step("Rd2", "epoch = gpEpoch", (m) => m.atomicStore(s.epochs + a, 1)),
    step("Rd3", "look again", (m) => {
      if (!m.load(s.closed) || mutation === "reader without a second look") return undefined;
      m.atomicStore(s.epochs + a, 0);
      return "Rd1";
    }),
    step("Rd4", "inside; offline", (m) => {
      m.atomicStore(s.epochs + a, 0);
      return "op";
    }),
  ];

  return {
    name: `agent ${a}`,
    steps: [
      step("op", "any call", (m, way) => calls[way]!(m), calls.length),
      ...(writes || offline ? lockSteps(s, a, done) : []),
      ...(counts ? count : []),
      ...(counts || offline ? drain : []),
      ...(leaves && a > 0 ? [...(counts || offline ? leave : []), ...free] : []),
      ...(reads ? read : []),
      ...recoverySteps(s, a, done),
    ],
  };
}
