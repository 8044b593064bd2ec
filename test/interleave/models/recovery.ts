/**
 * recovery: the words by which agents are attached, recovered and freed, the holder's word of the ledger lock, and the count
 * state by which stocks are drained; assembly/mm/recovery.ts, core/ledger-lock.ts, core/read-side.ts, core/stock.ts.
 *
 *   life        FREE,g ─De2─► RESERVED,g ─De1─► ATTACHED,g ─Vr1─► RECOVERING by r,g ─Vr5─► FREE,g + 1
 *                                                │      ▲                 │
 *                          FREE,g + 1 ◄─Dt3──────┘      └────Vb3, Dv1─────┘
 *
 *   lock        Lk1 cmpxchg · Lk2 read · Lk3 take, for others sleep · Lk4 waiter bit · Lk5 futex · Lk6 asleep · Jw4 xchg 0 ·
 *               Jw5 wake one
 *   write       Jw1 note · Jw2 store · Jw3 commit                read     Rd1 gate · Rd2 epoch · Rd3 gate · Rd4 inside
 *   count       Ce1 IN · Ce2 charge · Ce3 OUT                    leave    Dt1 IN · Ds3 Ds4 · Dt2 OUT · Dv1 victims · Dt3
 *   drain       Do1 DRAINING · Ds3 the stock gets under way · Ds4 and comes back · Ds5 drainedOffline · Ds6 OUT
 *   recover     Vr0 read life · Vr1 RECOVERING by me · Vr2 epoch 0 · Vd let go of whom it was draining · Vr3 its victims, each
 *               from Vr2 on · Vr4 the lock from it · Vu1 Vu2 readers out · Vu3 Vu4 undo · Vu5 readers in · Vu6 Vu7 unlock ·
 *               Vs1 DRAINING by me · Vs2 what was under way · Ds3 … Ds6 · Vs7 drainedOffline · Vr5 FREE · Vt1 release
 *   BUSY        Vb0 readers in · Vb1 Vb2 the lock back to it · Vb3 its word as it was
 *   death       between any two steps, of a recoverer too
 *   trap        a call stops and its agent goes on: Ab1 epoch 0 · Ab2 its own way · Vd · Ab3 undo, if it has the lock
 *
 * With `offline` the stocks are of a container that is removed: who has drained some looks, under the lock, whether usage is 0,
 * and then releases it.  Without, the cell counts.  The journal has one note (see model undo-journal), a stock one page, a way
 * one level (see model stock).  A call that waits for one that is dead may be given up, with LOCKED.
 *
 * Agent 0 outlives the others; there are so many deaths, traps and new lives, so that no generation comes twice.  A FREE number
 * that has the lock, which recoverAgent asks for, is not there: NOTHING_LEFT.
 */
import { type Memory, type Model, type Process, step, WAIT } from "../machine.js";
import { recoveryAgent } from "./recovery-agent.js";
import {
  ALONE,
  Count,
  EXACT,
  generationOf,
  isHeldBy,
  lifeOf,
  NOTHING_LEFT,
  RESTS,
  type RecoveryOptions,
  type RecoveryState,
  recovererOf,
  recoveryState,
  State,
  stateOf,
  TWICE,
  WAITERS,
  WHOLE,
  WOKEN,
} from "./recovery-state.js";

/** Steps of who holds the lock. */
const HOLDING = "Jw0 Jw1 Jw2 Jw3 Jw4 Vu1 Vu2 Vu3 Vu4 Vu5 Vu6 Vb0 Vb1 Vb4".split(" ");
/** Steps of who is awake and will look at the lock, or is about to wake somebody. */
const AWAKE = "Lk2 Lk3 Lk4 Lk5 Jw5 Vu7 Vb2 Vb5".split(" ");
/** Steps at which no call stops with a trap: single instructions behind another, and sleep. */
const NO_TRAP = [
  "op",
  "Ab1",
  "Ab2",
  "Ab3",
  "Lk1",
  "Lk6",
  "Rd1",
  "Rd2",
  "Rd3",
  "Rd4",
  "Dt3",
  "Ds5",
  "Vs7",
  ...AWAKE,
];

const isAwake = (s: RecoveryState, m: Memory, a: number) =>
  m.isAt(a, ...AWAKE) || (m.isAt(a, "Lk6") && !m.get(s.asleep + a));

/** A thread outside that reserves numbers for others, and one that claims a ticket that was posted. */
function door(s: RecoveryState, d: number): Process {
  const { agents, mutation } = s.options;
  const which = s.variables.one(`door${d}.number`);
  const seen = s.variables.one(`door${d}.life`);
  function begin(m: Memory, b: number): void {
    if (!m.hasEnded(b)) m.violate(TWICE);
    m.go(b, 0);
  }
  const byStore = step("De3", "ATTACHED by a store", (m) => {
    const b = m.get(which) - 1;
    m.atomicStore(s.lives + b, lifeOf(State.ATTACHED, 0, m.get(s.posted + b) - 1));
    m.set(which, 0);
    begin(m, b);
    return "De1";
  });
  return {
    name: `door ${d}`,
    steps: [
      step(
        "De1",
        "read a word to reserve the number, or cmpxchg RESERVED → ATTACHED",
        (m, way) => {
          const b = way % agents;
          const life = m.load(s.lives + b);
          if (way < agents) {
            if (!m.get(s.births) || stateOf(life) !== State.FREE) return WAIT;
            m.set(which, b + 1);
            m.set(seen, life);
            return "De2";
          }
          const ticket = m.get(s.posted + b) - 1;
          if (m.get(s.deads + b) || ticket < 0 || life !== lifeOf(State.RESERVED, 0, ticket)) return WAIT;
          if (mutation === "ATTACHED by a store") {
            m.set(which, b + 1);
            return "De3";
          }
          m.compareAndSwap(s.lives + b, life, lifeOf(State.ATTACHED, 0, ticket));
          begin(m, b);
          return "De1";
        },
        2 * agents,
      ),
      step("De2", "cmpxchg FREE → RESERVED", (m) => {
        const b = m.get(which) - 1;
        const generation = generationOf(m.get(seen));
        const free = m.get(seen);
        m.set(which, 0);
        m.set(seen, 0);
        if (!m.get(s.births) || !m.compareAndSwap(s.lives + b, free, lifeOf(State.RESERVED, 0, generation)))
          return "De1";
        m.set(s.births, m.get(s.births) - 1);
        m.set(s.posted + b, generation + 1);
        return "De1";
      }),
      ...(mutation === "ATTACHED by a store" ? [byStore] : []),
    ],
  };
}

/** Deaths, traps, and the detach of an earlier life, which comes late. */
function fateOf(s: RecoveryState, agents: readonly Process[]): Process {
  const { deaths, traps = 0, mutation } = s.options;
  function kill(m: Memory, a: number): string {
    const isReserved = stateOf(m.get(s.lives + a)) === State.RESERVED && !m.get(s.deads + a);
    if (a === 0 || (m.hasEnded(a) && !isReserved) || m.get(s.deaths) === deaths) return WAIT;
    if (isAwake(s, m, a)) m.set(s.eaten, 1);
    m.stop(a);
    m.set(s.deaths, m.get(s.deaths) + 1);
    m.set(s.deads + a, 1);
    m.set(s.asleep + a, 0);
    s.forget(m, a);
    return "fate";
  }
  function stopCall(m: Memory, a: number): string {
    if (m.hasEnded(a) || m.isAt(a, ...NO_TRAP) || m.get(s.traps) === traps) return WAIT;
    m.set(s.traps, m.get(s.traps) + 1);
    s.forget(m, a);
    m.go(
      a,
      agents[a]!.steps.findIndex(({ label }) => label === "Ab1"),
    );
    return "fate";
  }
  function lateDetach(m: Memory, a: number): string {
    const life = m.load(s.lives + a);
    const generation = generationOf(life);
    if (!generation) return WAIT;
    const isOver = mutation !== "detached whatever the generation" || stateOf(life) !== State.ATTACHED;
    if (isOver) return WAIT;
    m.atomicStore(s.lives + a, lifeOf(State.FREE, 0, generation + 1));
    return "fate";
  }
  const n = agents.length;
  return {
    name: "fate",
    steps: [
      step(
        "fate",
        "an agent is terminated, its call stops with a trap, or an earlier life of it detaches",
        (m, way) => [kill, stopCall, lateDetach][Math.floor(way / n)]!(m, way % n),
        3 * n,
      ),
    ],
  };
}

export function recovery(options: RecoveryOptions): Model {
  const s = recoveryState(options);
  const { agents, deaths, births = 0, doors = births ? 1 : 0, offline, mutation } = options;
  const workers = s.all.map((a) => recoveryAgent(s, a));
  const processes = [...workers, ...Array.from({ length: doors }, (_, d) => door(s, d)), fateOf(s, workers)];
  const life = (m: Memory, a: number) => m.get(s.lives + a);
  const isFree = (m: Memory, a: number) => stateOf(life(m, a)) === State.FREE;
  const recovers = (m: Memory, a: number) =>
    s.all.some((b) => stateOf(life(m, b)) === State.RECOVERING && recovererOf(life(m, b)) === a);
  const holdsNothing = (m: Memory, a: number) =>
    m.get(s.epochs + a) === 0 &&
    m.get(s.stocks + a) === 0 &&
    m.get(s.ways + a) === 0 &&
    m.get(s.counts + a) !== Count.IN &&
    s.all.every((b) => m.get(s.counts + b) !== Count.DRAINING + a) &&
    !isHeldBy(m.get(s.holder), a) &&
    !recovers(m, a);
  const works = options.writes || offline;
  return {
    name: [
      `recovery, ${agents} agents, ${deaths} deaths`,
      ...(births ? [`${births} births`] : []),
      ...(options.traps ? [`${options.traps} traps`] : []),
      ...(["writes", "reads", "counts", "offline", "leaves"] as const).filter((what) => options[what]),
      ...(mutation ? [mutation] : []),
    ].join(", "),
    variables: s.variables,
    processes,
    init(m) {
      for (const a of s.all) m.set(s.lives + a, lifeOf(State.ATTACHED, 0, 0));
      m.set(s.births, births);
      if (!offline) return;
      for (const a of s.all.slice(1)) m.set(s.stocks + a, 1);
      m.set(s.usage, agents - 1);
    },
    always: {
      [TWICE]: (m) => s.all.every((a) => m.hasEnded(a) || stateOf(life(m, a)) === State.ATTACHED),
      [ALONE]: (m) => s.all.every((a) => isHeldBy(m.get(s.holder), a) || !m.isAt(a, ...HOLDING)),
      [WHOLE]: (m) =>
        m.get(s.holder) !== 0 ||
        (!m.get(s.noted) && !m.get(s.closed) && m.get(s.cell) === m.get(s.committed)),
      [NOTHING_LEFT]: (m) => s.all.every((a) => !isFree(m, a) || holdsNothing(m, a)),
      [EXACT]: (m) => {
        const total = s.all.reduce((n, a) => n + m.get(s.stocks + a) + m.get(s.ways + a), 0);
        return m.get(s.usage) === total;
      },
      [WOKEN]: (m) =>
        m.get(s.eaten) !== 0 ||
        (m.get(s.holder) & WAITERS) !== 0 ||
        s.all.every((a) => !m.get(s.asleep + a)) ||
        s.all.some((a) => isAwake(s, m, a)),
    },
    canAlways: {
      [RESTS]: (m) =>
        s.all.every((a) => isFree(m, a) || m.isAt(a, "op")) &&
        s.all.every((a) => isFree(m, a) || stateOf(life(m, a)) === State.ATTACHED) &&
        (!works || m.get(s.holder) === 0) &&
        (!offline || m.get(s.cell) === 1),
    },
  };
}
