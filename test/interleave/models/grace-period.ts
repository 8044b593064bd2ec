/**
 * grace-period: quiescent-state-based reclamation as in assembly/core/grace-period.ts, for ever.
 *
 *   writer w   lock · Qw1 unlink · Qw2 retire · Qw3 scan, gpEpoch + 1 · Qw4 scan · Qw5 free · unlock, in any order and number
 *   reader r   online: Qr1 Qr2 · Qr3 follow … · announce: Qr1 Qr2 · offline · and again
 *   fate       a reader is terminated between any two of its steps; a writer recovers it, and the worker starts anew
 *
 * One slot leads to one object at a time, objects go round through the pool.  Epochs have 2 or 3 bits.  Nothing bounds the
 * number of operations: the states are finite because epochs wrap around.  A reader that stalls is one that takes no step.
 *
 * What a reader may hold is kept beside the algorithm: `inside` while it may follow pointers, `owed` the objects that were
 * unlinked meanwhile.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";
import { isBefore, nextEpoch } from "./epochs.js";

export type GracePeriodMutation =
  | "Qw5 without a grace period"
  | "Qw2 and Qw3 before Qw1"
  | "Qw3 without a scan"
  | "Qw3 before Qw1 is seen"
  | "stamps compared with the oldest epoch announced"
  | "Qr2 by a plain store"
  | "Qr2 before letting go"
  | "silent reader taken for dead"
  | "writer without the lock"
  | "dead reader never recovered";

export interface GracePeriodOptions {
  readonly readers: number;
  readonly writers: number;
  readonly objects: number;
  /** Epochs are 1 … modulus - 1; a power of two. */
  readonly modulus: number;
  readonly deaths?: boolean;
  readonly buffers?: Model["buffers"];
  readonly mutation?: GracePeriodMutation;
}

export const FREES_HELD = "an object is freed only when no reader can hold it (Q3)";
export const READS_FREED = "no reader looks at freed memory";
export const ENDS = "what waits can always be freed";

enum State {
  FREE,
  USED,
  RETIRED,
}

export function gracePeriod(options: GracePeriodOptions): Model {
  const { readers, writers, objects, modulus, mutation } = options;
  const v = new Variables();
  const lock = v.one("lock");
  const gpEpoch = v.one("gpEpoch");
  const slot = v.one("slot");
  const epochs = v.many("agentEpoch", readers);
  const states = v.many("object", objects + 1);
  const stamps = v.many("stamp", objects + 1);
  const insides = v.many("inside", readers);
  const oweds = v.many("owed", readers);
  const deads = v.many("dead", readers);
  const seen = v.many("r.seen", readers);
  const held = v.many("r.held", readers);
  const taken = v.many("w.old", writers);
  const announced = v.many("w.announced", writers);
  const next = v.many("w.agent", writers);

  const objectIn = (m: Memory, state: State) => {
    for (let o = 1; o <= objects; o++) if (m.get(states + o) === state) return o;
    return 0;
  };
  const byOldest = mutation === "stamps compared with the oldest epoch announced";

  function leave(m: Memory, r: number): void {
    m.set(insides + r, 0);
    m.set(oweds + r, 0);
  }

  function reader(r: number): Process {
    const early = mutation === "Qr2 before letting go";
    const announce = (m: Memory) => {
      const epoch = m.get(seen + r);
      m.set(seen + r, 0);
      m.atomicStore(epochs + r, epoch);
    };
    return {
      name: `reader ${r}`,
      steps: [
        step("Qr1", "online: read gpEpoch", (m) => m.set(seen + r, m.load(gpEpoch))),
        step("Qr2", "store it as its own", (m) => {
          const epoch = m.get(seen + r);
          m.set(seen + r, 0);
          m.set(insides + r, 1);
          if (mutation === "Qr2 by a plain store") return m.store(epochs + r, epoch);
          return m.atomicStore(epochs + r, epoch);
        }),
        step(
          "Qr3",
          "follow the slot, or let go: to announce, or to go offline",
          (m, way) => {
            if (way === 0) {
              m.set(held + r, m.load(slot));
              return m.get(held + r) ? "Qr4" : "Qr3";
            }
            if (!early) leave(m, r);
            return way === 1 ? "Qa1" : "Qo";
          },
          3,
        ),
        step("Qr4", "look at the object", (m) => {
          if (m.load(states + m.get(held + r)) === State.FREE) m.violate(READS_FREED);
          m.set(held + r, 0);
          return "Qr3";
        }),
        step("Qo", "offline", (m) => {
          m.atomicStore(epochs + r, 0);
          if (early) leave(m, r);
          return "Qr1";
        }),
        step("Qa1", "read gpEpoch", (m) => m.set(seen + r, m.load(gpEpoch))),
        step("Qa2", "store it as its own", (m) => {
          announce(m);
          if (!early) m.set(insides + r, 1);
          return "Qr3";
        }),
      ],
    };
  }

  function writer(w: number): Process {
    /** Looks at one agent; answers whether there are more.  w.announced: the epoch that all have announced, 0 = they have not. */
    const scan = (m: Memory) => {
      const r = m.get(next + w);
      if (!r) m.set(announced + w, m.load(gpEpoch));
      const epoch = m.load(epochs + r);
      const sofar = m.get(announced + w);
      if (byOldest) {
        if (epoch && isBefore(epoch, sofar, modulus)) m.set(announced + w, epoch);
      } else if (epoch && epoch !== sofar) {
        m.set(announced + w, 0);
      }
      m.set(next + w, (r + 1) % readers);
      return m.get(next + w) !== 0;
    };
    /** Whether nobody can hold an object with this stamp any more. */
    const isSafe = (m: Memory, stamp: number) => {
      const all = m.get(announced + w);
      if (mutation === "Qw5 without a grace period") return true;
      if (byOldest) return isBefore(stamp, all, modulus);
      if (stamp === m.load(gpEpoch)) return false;
      return nextEpoch(stamp, modulus) !== m.load(gpEpoch) || all === m.load(gpEpoch);
    };
    const unlink = (m: Memory) => {
      const fresh = objectIn(m, State.FREE);
      m.set(taken + w, m.load(slot));
      m.set(states + fresh, fresh ? State.USED : 0);
      if (mutation === "Qw3 before Qw1 is seen") m.store(slot, fresh);
      else m.atomicStore(slot, fresh);
      const bit = 1 << m.get(taken + w);
      for (let r = 0; r < readers; r++) if (m.get(insides + r)) m.set(oweds + r, m.get(oweds + r) | bit);
    };
    const retire = (m: Memory, object: number) => {
      if (!object) return;
      m.set(states + object, State.RETIRED);
      m.set(stamps + object, m.load(gpEpoch));
    };
    return {
      name: `writer ${w}`,
      steps: [
        step("lock", "take the lock", (m) => {
          if (mutation === "writer without the lock" && w === 1) return undefined;
          return m.compareAndSwap(lock, 0, 1) ? undefined : WAIT;
        }),
        step(
          "op",
          "replace, announce, recover, or leave",
          (m, way) => {
            if (way === 0) {
              const linked = m.load(slot);
              if (mutation === "Qw2 and Qw3 before Qw1" && m.get(states + linked) === State.USED) {
                retire(m, linked);
                return "op";
              }
              return linked || objectIn(m, State.FREE) ? "Qw1" : WAIT;
            }
            if (way === 1) return objectIn(m, State.RETIRED) ? "Qw3a" : WAIT;
            if (way === 2) return "unlock";
            const r = way - 3;
            const silent = mutation === "silent reader taken for dead" && m.get(insides + r) === 1;
            if (mutation === "dead reader never recovered" || !(m.get(deads + r) || silent)) return WAIT;
            m.atomicStore(epochs + r, 0);
            if (m.get(deads + r)) m.go(r, 0);
            m.set(deads + r, 0);
            return "op";
          },
          3 + (options.deaths ? readers : 0),
        ),
        step("Qw1", "unlink: another object, or none, into the slot", (m) => {
          unlink(m);
          if (mutation === "Qw2 and Qw3 before Qw1") m.set(taken + w, 0);
          return m.get(taken + w) ? "Qw2" : "op";
        }),
        step("Qw2", "retire, stamped gpEpoch", (m) => {
          const object = m.get(taken + w);
          m.set(taken + w, 0);
          retire(m, object);
          return "op";
        }),
        step("Qw3a", "read one agent's epoch", (m) => (scan(m) ? "Qw3a" : "Qw3")),
        step("Qw3", "gpEpoch + 1, if all have announced it", (m) => {
          const epoch = m.load(gpEpoch);
          const all = m.get(announced + w) === epoch || mutation === "Qw3 without a scan";
          m.set(announced + w, 0);
          if (!all) return undefined;
          if (mutation === "Qw3 before Qw1 is seen") m.store(gpEpoch, nextEpoch(epoch, modulus));
          else m.atomicStore(gpEpoch, nextEpoch(epoch, modulus));
          return undefined;
        }),
        step("Qw4", "read one agent's epoch", (m) => (scan(m) ? "Qw4" : "Qw5")),
        step("Qw5", "free an object that nobody can hold", (m) => {
          for (let o = 1; o <= objects; o++) {
            if (m.get(states + o) !== State.RETIRED || !isSafe(m, m.get(stamps + o))) continue;
            for (let r = 0; r < readers; r++) if (m.get(oweds + r) & (1 << o)) m.violate(FREES_HELD);
            m.set(states + o, State.FREE);
            m.set(stamps + o, 0);
            return "Qw5";
          }
          m.set(announced + w, 0);
          return "op";
        }),
        step("unlock", "give the lock back", (m) => {
          if (mutation !== "writer without the lock" || w !== 1) m.atomicStore(lock, 0);
          return "lock";
        }),
      ],
    };
  }

  const fate: Process = {
    name: "fate",
    steps: [
      step(
        "kill",
        "a reader is terminated",
        (m, r) => {
          if (m.get(deads + r)) return WAIT;
          m.stop(r);
          leave(m, r);
          m.set(deads + r, 1);
          m.set(seen + r, 0);
          m.set(held + r, 0);
          return "kill";
        },
        readers,
      ),
    ],
  };

  return {
    name: `grace-period, ${readers} readers, ${writers} writers${options.deaths ? ", deaths" : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    init: (m) => m.set(gpEpoch, modulus - 1),
    processes: [
      ...Array.from({ length: readers }, (_, r) => reader(r)),
      ...Array.from({ length: writers }, (_, w) => writer(w)),
      ...(options.deaths ? [fate] : []),
    ],
    always: {},
    canAlways: { [ENDS]: (m) => objectIn(m, State.RETIRED) === 0 },
    ...(options.buffers ? { buffers: options.buffers } : {}),
  };
}
