/**
 * noted-sums: the words of a tree that page operations change under the ledger lock and counted charges without it, with notes
 * of the numbers added, and death between any two steps, for ever: assembly/prim/journal.ts (U3), core/usage.ts.
 *
 *   leaf, root ◄── operation, under the lock: noted as a number, added        journal: count, entries of (level, number)
 *              ◄── another agent, any time: added, at the leaf first
 *
 *   operation   Sn1 lock · each level: Sn2 note and add · where a level refuses: those before and it, noted and taken back ·
 *               Sn3 commit: count = 0 · Sn4 unlock
 *   recovery    Su1 lock from its dead holder · newest first: Su2 drop the entry and subtract · Su3 unlock
 *   count       Cn1 add at the leaf · Cn2 add at the root
 *
 * A note and its add, a drop and its subtraction are one step: in wasm they lie in one run of code without call or loop, and a
 * thread is terminated only at those.  One step is not one atomic access: others come between a note and an add all the same,
 * which the model leaves out, for they look at neither.  Stores of old values are in the model undo-journal.
 *
 * Beside the algorithm: `pages`, those of operations that were committed, and `counted`, by level, what was added without the lock.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";
import { fateOf } from "./fate.js";

export type SumsMutation =
  | "old value noted"
  | "note parted from its add"
  | "add parted from its note"
  | "drop parted from its subtraction"
  | "subtraction parted from its drop"
  | "taken back without a note"
  | "commit behind the unlock"
  | "lock given up before the undo";

export const EXACT = "with the lock free, each level has the pages charged and those counted";
export const EMPTY = "with the lock free, the journal is empty";
export const UNLOCKS = "the lock can always become free";

const LEVELS = 2;
/** An operation adds at each level, and takes that back where it is refused. */
const ENTRIES = 2 * LEVELS;
const PAGES_MAX = 2;
const MINUS_ONE = 255;

export interface SumsOptions {
  readonly agents: number;
  readonly mutation?: SumsMutation;
}

export function notedSums({ agents, mutation }: SumsOptions): Model {
  const v = new Variables();
  const lock = v.one("lock");
  const sums = v.many("usage", LEVELS);
  const count = v.one("count");
  const whats = v.many("entry level", ENTRIES);
  const numbers = v.many("entry number", ENTRIES);
  const deads = v.many("dead", agents);
  const pages = v.one("pages");
  const counted = v.many("counted", LEVELS);
  /** An agent's own: what it adds, the level, and whether it takes back what a refusal has left. */
  const deltas = v.many("delta", agents);
  const levels = v.many("level", agents);
  const refused = v.many("refused", agents);
  const all = Array.from({ length: agents }, (_, a) => a);

  const byValue = mutation === "old value noted";
  const noteFirst = mutation === "note parted from its add";
  const addFirst = mutation === "add parted from its note";
  const dropFirst = mutation === "drop parted from its subtraction";
  const subtractFirst = mutation === "subtraction parted from its drop";
  const late = mutation === "commit behind the unlock";
  const silent = mutation === "taken back without a note";

  function forget(m: Memory, a: number): void {
    for (const own of [deltas, levels, refused]) m.set(own + a, 0);
  }

  function agent(a: number): Process {
    const level = levels + a;

    /** What an agent adds now: the negative, once it was refused. */
    const delta = (m: Memory) => (m.get(refused + a) ? -m.get(deltas + a) : m.get(deltas + a)) & 255;

    function note(m: Memory): undefined {
      if (silent && m.get(refused + a)) return;
      const at = m.get(count);
      m.set(whats + at, m.get(level));
      m.set(numbers + at, byValue ? m.get(sums + m.get(level)) : delta(m));
      m.set(count, at + 1);
    }
    function add(m: Memory): undefined {
      m.atomicAdd(sums + m.get(level), delta(m));
    }

    /** After a level: the next one; back from where it was refused; or the commit. */
    function onward(m: Memory, isRefused: boolean): string {
      if (isRefused) {
        m.set(refused + a, m.get(level) + 1);
        m.set(level, 0);
        return "Sn2";
      }
      m.set(level, m.get(level) + 1);
      if (m.get(level) < (m.get(refused + a) || LEVELS)) return "Sn2";
      return late ? "Sn4" : "Sn3";
    }

    /** Each level may refuse a charge, by a limit that is not in the model. */
    const mayRefuse = (m: Memory) => m.get(deltas + a) === 1 && !m.get(refused + a);
    const change = step(
      "Sn2",
      "note the number, and add it",
      (m, way) => {
        if (way === 1 && !mayRefuse(m)) return WAIT;
        note(m);
        add(m);
        return onward(m, way === 1);
      },
      2,
    );
    const [first, second] = addFirst ? [add, note] : [note, add];
    const parts = [
      step("Sn2", "note the number, or add it", first),
      step("Sn2b", "the other of the two", (m) => {
        second(m);
        return onward(m, false);
      }),
    ];

    const newest = (m: Memory) => m.get(count) - 1;
    function takeBack(m: Memory): void {
      const at = m.get(whats + newest(m));
      if (byValue) m.atomicStore(sums + at, m.get(numbers + newest(m)));
      else m.atomicAdd(sums + at, -m.get(numbers + newest(m)));
    }
    function drop(m: Memory): string {
      const at = newest(m);
      m.set(whats + at, 0);
      m.set(numbers + at, 0);
      m.set(count, at);
      return "Su2";
    }
    /** The newest entry, in the survivor's own memory between its drop and the subtraction: level + 1. */
    const parted = [
      step("Su2", "drop the newest entry", (m) => {
        if (m.get(count) === 0) return "Su3";
        m.set(level, m.get(whats + newest(m)));
        m.set(deltas + a, m.get(numbers + newest(m)));
        drop(m);
        return undefined;
      }),
      step("Su2b", "subtract it", (m) => {
        m.atomicAdd(sums + m.get(level), -m.get(deltas + a));
        forget(m, a);
        return "Su2";
      }),
    ];
    const undo = dropFirst
      ? parted
      : [
          step("Su2", "drop the newest entry, and subtract it", (m) => {
            if (m.get(count) === 0) return "Su3";
            takeBack(m);
            return subtractFirst ? undefined : drop(m);
          }),
          ...(subtractFirst ? [step("Su2b", "drop it", drop)] : []),
        ];

    function commit(m: Memory): void {
      for (let at = 0; at < ENTRIES; at++) {
        m.set(whats + at, 0);
        m.set(numbers + at, 0);
      }
      m.set(count, 0);
    }
    function end(m: Memory): string {
      forget(m, a);
      return "op";
    }

    return {
      name: `agent ${a}`,
      steps: [
        step(
          "op",
          "Sn1 take the lock, to charge or to uncharge; or that of a dead agent",
          (m, way) => {
            const holder = m.load(lock);
            if (holder && m.get(deads + holder - 1) && way === 0) {
              m.atomicStore(lock, mutation === "lock given up before the undo" ? 0 : a + 1);
              return "Su2";
            }
            if (holder || m.get(pages) === (way ? 0 : PAGES_MAX)) return WAIT;
            m.compareAndSwap(lock, 0, a + 1);
            m.set(deltas + a, way ? MINUS_ONE : 1);
            return "Sn2";
          },
          2,
        ),
        ...(noteFirst || addFirst ? parts : [change]),
        step("Sn3", "commit: count = 0", (m) => {
          commit(m);
          if (!m.get(refused + a)) m.set(pages, (m.get(pages) + m.get(deltas + a)) & 255);
          return late ? end(m) : undefined;
        }),
        step("Sn4", "unlock", (m) => {
          m.atomicStore(lock, 0);
          return late ? "Sn3" : end(m);
        }),
        ...undo,
        step("Su3", "unlock", (m) => {
          m.atomicStore(lock, 0);
          return end(m);
        }),
      ],
    };
  }

  /** Charges and uncharges a page without the lock; it outlives the others. */
  const counter: Process = {
    name: "counter",
    steps: Array.from({ length: LEVELS }, (_, i) =>
      step(
        `Cn${i + 1}`,
        i ? "add at the root" : "add at the leaf",
        (m, way) => {
          const goesOn = i > 0;
          const up = m.get(counted) > m.get(counted + 1);
          if (goesOn ? (way === 0) !== up : (way === 0) !== (m.get(counted) === 0)) return WAIT;
          const delta = way === 0 ? 1 : -1;
          m.atomicAdd(sums + i, delta);
          m.set(counted + i, m.get(counted + i) + delta);
          return goesOn ? "Cn1" : undefined;
        },
        2,
      ),
    ),
  };

  return {
    name: `noted-sums, ${agents} agents${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [...all.map(agent), counter, fateOf(deads, agents, forget)],
    init: () => undefined,
    always: {
      [EMPTY]: (m) => m.get(lock) !== 0 || m.get(count) === 0,
      [EXACT]: (m) =>
        m.get(lock) !== 0 ||
        [0, 1].every((i) => m.get(sums + i) === ((m.get(pages) + m.get(counted + i)) & 255)),
    },
    canAlways: { [UNLOCKS]: (m) => m.get(lock) === 0 },
  };
}
