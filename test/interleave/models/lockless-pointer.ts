/**
 * lockless-pointer: page → page_cgroup without a lock, as in assembly/owner/page-cgroup-rcu.ts and Kamezawa's patches 2 to 4.
 *
 *   pointer ──► record │ flags: ready, OBSOLETE │ memcgId │        records go round through a pool of a few
 *
 *   charger     Vw1 flags, memcgId, then pointer · counter + 1 · moves the charge by one store of memcgId
 *   uncharger   two of them, both free to choose the same page: pointer · Vw2 test and set OBSOLETE, who had it set leaves
 *               it · Vw3 pointer = 0 · counter − 1 at once · list of its own · BATCH of them: retired · grace period · pool
 *   reader      Vr1 pointer · Vr2 flags, Vr3 memcgId in any order   valid exactly if not null and not OBSOLETE
 *
 * The charger waits for a page that nobody owns and whose pointer is gone, as a kernel that allocates it would.  Uncharger
 * and reader follow pointers, so both are inside a read section meanwhile.  A grace period is here what the model of
 * grace periods shows it to be: a retired record is freed once all have left whoever was inside when it was retired.
 *
 * Beside the algorithm: `truth`, the page's owner, which OBSOLETE ends; for a lookup `had`, the owners since it began.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";

export type PointerMutation =
  | "OBSOLETE set, not tested and set"
  | "freed without a grace period"
  | "pointer before the flags"
  | "pointer by a plain store"
  | "counter down again at the drain"
  | "reader without the OBSOLETE test"
  | "retired before the pointer is null";

export const ONCE = "of two that uncharge a page one subtracts";
export const READS_FREED = "nobody looks at freed memory";
export const READS_HALF = "nobody finds a record half made";
export const NEVER_HAD = "a reader reports only what the page had during its lookup";

const READY = 1;
const OBSOLETE = 2;

export interface PointerOptions {
  readonly records: number;
  readonly batch: number;
  readonly buffers?: Model["buffers"];
  readonly mutation?: PointerMutation;
}

enum State {
  FREE,
  USED,
  LISTED,
  RETIRED,
}

const READER = 0;
const UNCHARGERS = 2;
const CHARGER = 1 + UNCHARGERS;

export function locklessPointer({ records, batch, buffers, mutation }: PointerOptions): Model {
  const v = new Variables();
  const pointer = v.one("pointer");
  const flags = v.many("flags", records + 1);
  const owners = v.many("memcgId", records + 1);
  const states = v.many("record", records + 1);
  /** Who is waited for before a retired record is free: a bit for each that was inside. */
  const waits = v.many("waits", records + 1);
  const counters = v.many("counter", 3);
  const insides = v.many("inside", 1 + UNCHARGERS);
  const nrListed = v.many("u.listed", UNCHARGERS);
  const truth = v.one("truth");
  const had = v.one("r.had");
  /** memcgId as the reader has read it before the flags. */
  const named = v.one("r.named");
  const held = v.many("held", 1 + UNCHARGERS);
  const made = v.one("c.record");
  const owner = v.one("c.owner");
  const before = v.many("u.flags", UNCHARGERS);

  const change = (m: Memory, to: number) => {
    m.set(truth, to);
    if (m.get(had)) m.set(had, m.get(had) | (1 << to));
  };
  const enter = (m: Memory, who: number) => m.set(insides + who, 1);
  const leave = (m: Memory, who: number) => {
    m.set(insides + who, 0);
    m.set(held + who, 0);
    for (let record = 1; record <= records; record++) {
      if (m.get(states + record) !== State.RETIRED) continue;
      m.set(waits + record, m.get(waits + record) & ~(1 << who));
      freeIfDue(m, record);
    }
  };
  const look = (m: Memory, record: number) => {
    if (m.get(states + record) === State.FREE) m.violate(READS_FREED);
    else if (!(m.load(flags + record) & READY) || !m.load(owners + record)) m.violate(READS_HALF);
  };

  function freeIfDue(m: Memory, record: number): void {
    if (m.get(waits + record) && mutation !== "freed without a grace period") return;
    for (const at of [states, flags, owners, waits]) m.set(at + record, 0);
  }

  function retire(m: Memory, record: number): void {
    m.set(states + record, State.RETIRED);
    let inside = 0;
    for (let who = 0; who <= UNCHARGERS; who++) inside |= m.get(insides + who) << who;
    m.set(waits + record, inside);
    freeIfDue(m, record);
  }

  const reader: Process = {
    name: "reader",
    steps: [
      step(
        "Vr1",
        "pointer",
        (m, way) => {
          enter(m, READER);
          // A pointer that has not reached memory yet: none is right as well.
          m.set(had, (1 << m.get(truth)) | (m.pending(CHARGER) ? 1 : 0));
          m.set(held + READER, m.load(pointer));
          if (!m.get(held + READER)) return report(m, 0);
          return way ? "Vr3 first" : "Vr2";
        },
        2,
      ),
      step("Vr2", "flags", (m) => {
        const record = m.get(held + READER);
        look(m, record);
        if (m.load(flags + record) & OBSOLETE && mutation !== "reader without the OBSOLETE test")
          return report(m, 0);
        return m.get(named) ? report(m, m.get(named)) : undefined;
      }),
      step("Vr3", "memcgId", (m) => {
        const record = m.get(held + READER);
        look(m, record);
        return report(m, m.load(owners + record));
      }),
      step("Vr3 first", "memcgId, before the flags", (m) => {
        const record = m.get(held + READER);
        look(m, record);
        m.set(named, m.load(owners + record));
        return "Vr2";
      }),
    ],
  };

  function report(m: Memory, found: number): string {
    if (!m.violation && !(m.get(had) & (1 << found))) m.violate(NEVER_HAD);
    m.set(had, 0);
    m.set(named, 0);
    leave(m, READER);
    return "Vr1";
  }

  function uncharger(u: number): Process {
    const who = 1 + u;
    const record = (m: Memory) => m.get(held + who);
    const won = (m: Memory) => {
      if (m.get(truth)) change(m, 0);
    };
    return {
      name: `uncharger ${u}`,
      steps: [
        step("pointer", "follow it", (m) => {
          if (!m.load(pointer)) return WAIT;
          enter(m, who);
          m.set(held + who, m.load(pointer));
          return "Vw2";
        }),
        step("Vw2", "test and set OBSOLETE", (m) => {
          look(m, record(m));
          const flagsBefore = m.load(flags + record(m));
          if (mutation === "OBSOLETE set, not tested and set") {
            if (flagsBefore & OBSOLETE) return lost(m);
            m.set(before + u, flagsBefore);
            return "Vw2b";
          }
          if (flagsBefore & OBSOLETE) return lost(m);
          m.atomicStore(flags + record(m), flagsBefore | OBSOLETE);
          won(m);
          return mutation === "retired before the pointer is null" ? "list" : "Vw3";
        }),
        ...(mutation === "OBSOLETE set, not tested and set" ? [setLate] : []),
        step("Vw3", "pointer = 0", (m) => m.atomicStore(pointer, 0)),
        step("count", "counter - 1", (m) => {
          const id = m.load(owners + record(m));
          if (!m.get(counters + id)) m.violate(ONCE);
          m.atomicAdd(counters + id, -1);
          return mutation === "retired before the pointer is null" ? "leave" : undefined;
        }),
        step("list", "into the list; a full one is retired", (m) => {
          m.set(states + record(m), State.LISTED + 10 * u);
          m.set(nrListed + u, m.get(nrListed + u) + 1);
          if (m.get(nrListed + u) >= batch) drain(m);
          return mutation === "retired before the pointer is null" ? "Vw3" : undefined;
        }),
        step("leave", "let go of the record", (m) => {
          leave(m, who);
          return "pointer";
        }),
      ],
    };

    function lost(m: Memory): string {
      leave(m, who);
      return "pointer";
    }

    function drain(m: Memory): void {
      m.set(nrListed + u, 0);
      for (let r = 1; r <= records; r++) {
        if (m.get(states + r) !== State.LISTED + 10 * u) continue;
        if (mutation === "counter down again at the drain") {
          if (!m.get(counters + m.get(owners + r))) m.violate(ONCE);
          m.set(counters + m.get(owners + r), m.get(counters + m.get(owners + r)) - 1);
        }
        retire(m, r);
      }
    }
  }
  const setLate = step("Vw2b", "store the flags with OBSOLETE", (m) => {
    const u = m.running - 1;
    m.atomicStore(flags + m.get(held + m.running), m.get(before + u) | OBSOLETE);
    m.set(before + u, 0);
    if (m.get(truth)) change(m, 0);
    return "Vw3";
  });

  const early = mutation === "pointer before the flags";
  const publish = (m: Memory) => {
    if (mutation === "pointer by a plain store") m.store(pointer, m.get(made));
    else m.atomicStore(pointer, m.get(made));
    change(m, m.get(owner));
  };
  const charger: Process = {
    name: "charger",
    steps: [
      step(
        "choose",
        "an owner for the page, or another one",
        (m, way) => {
          if (m.get(truth)) return m.get(truth) === 1 + way ? WAIT : "move";
          let record = 1;
          while (record <= records && m.get(states + record) !== State.FREE) record++;
          if (record > records || m.load(pointer) || m.pending(CHARGER)) return WAIT;
          m.set(states + record, State.USED);
          m.set(made, record);
          m.set(owner, 1 + way);
          return "counter";
        },
        2,
      ),
      step("counter", "counter + 1", (m) => {
        m.atomicAdd(counters + m.get(owner), 1);
        return early ? "Vw1c" : "Vw1a";
      }),
      step("Vw1a", "flags", (m) => m.store(flags + m.get(made), READY)),
      step("Vw1b", "memcgId", (m) => {
        m.store(owners + m.get(made), m.get(owner));
        return early ? "done" : undefined;
      }),
      step("Vw1c", "pointer", (m) => {
        publish(m);
        return early ? "Vw1a" : undefined;
      }),
      step("done", "charged", (m) => {
        m.set(made, 0);
        m.set(owner, 0);
        return "choose";
      }),
      step("move", "the owner's id, and both counters", (m) => {
        // The page is kept from being uncharged meanwhile, as its lock does: one step.
        const record = m.load(pointer);
        const from = m.get(truth);
        if (!from || !record || m.get(states + record) !== State.USED) return "choose";
        m.atomicStore(owners + record, 3 - from);
        m.atomicAdd(counters + from, -1);
        m.atomicAdd(counters + 3 - from, 1);
        change(m, 3 - from);
        return "choose";
      }),
    ],
  };

  const idle = (m: Memory) =>
    m.isAt(1, "pointer") && m.isAt(2, "pointer") && m.isAt(CHARGER, "choose") && !m.pending(CHARGER);
  return {
    name: `lockless-pointer, ${records} records, batches of ${batch}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [reader, uncharger(0), uncharger(1), charger],
    init: () => undefined,
    always: {
      "counters are the pages owned, between operations": (m) =>
        !idle(m) || [1, 2].every((id) => m.get(counters + id) === (m.get(truth) === id ? 1 : 0)),
      "the pointer is there exactly while the page has an owner, between operations": (m) =>
        !idle(m) || (m.get(pointer) !== 0) === (m.get(truth) !== 0),
    },
    ...(buffers ? { buffers } : {}),
  };
}
