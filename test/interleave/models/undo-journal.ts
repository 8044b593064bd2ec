/**
 * undo-journal: one lock, an undo journal for each agent, and death between any two steps, for ever.
 *
 *   lock: 0 or holder + 1 │ cells x, y │ journal of each agent: count, entries of (cell, what it held before)
 *
 *   operation   Jw1 lock · for each store: Jw2 entry, Jw3 count + 1, Jw4 store · Jw5 commit: count = 0 · Jw6 unlock
 *   recovery    Jx1 lock from its dead holder · the newest entry of any dead agent: Jx2 store, Jx3 count − 1 · … · Jx4 unlock
 *
 * The operation adds one to x and to y, x by way of a value that nobody may ever see.  The survivor may die as well:
 * the lock then carries its name, but the entries are still those of the first, so every dead agent's journal is looked at.
 * A store of an agent that died reaches memory before its death is known: the end of a worker is told by a message.
 *
 * Beside the algorithm: `committed`, the number of commits, which x and y are to show.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";
import { fateOf } from "./fate.js";

export type JournalMutation =
  | "entry after the store"
  | "count before the entry"
  | "commit before the last store"
  | "lock freed before the roll-back"
  | "replayed from the oldest"
  | "journal emptied before the replay"
  | "only the holder's journal"
  | "unlock by a plain store";

export const WHOLE = "with the lock free, all operations are whole";
export const EMPTY = "with the lock free, no journal holds anything";
export const UNLOCKS = "the lock can always become free";

/** x in the middle of an operation. */
const HALF_WAY = 9;
const WRAPS = 4;
const STORES = 3;

export interface JournalOptions {
  readonly agents: number;
  readonly buffers?: Model["buffers"];
  readonly mutation?: JournalMutation;
}

/** The steps of one store. */
function orderOf(mutation: JournalMutation | undefined): readonly string[] {
  if (mutation === "entry after the store") return ["Jw4", "Jw2", "Jw3"];
  if (mutation === "count before the entry") return ["Jw3", "Jw2", "Jw4"];
  return ["Jw2", "Jw3", "Jw4"];
}

export function undoJournal({ agents, buffers, mutation }: JournalOptions): Model {
  const v = new Variables();
  const lock = v.one("lock");
  const cells = v.many("cell", 2);
  const counts = v.many("count", agents);
  const whats = v.table("entry cell", agents, STORES);
  const olds = v.table("entry old", agents, STORES);
  const deads = v.many("dead", agents);
  const committed = v.one("committed");
  const nths = v.many("nth", agents);
  const all = Array.from({ length: agents }, (_, a) => a);

  /** Cell and value of the n-th store of an operation. */
  const storeOf = (m: Memory, n: number): [number, number] => {
    const next = (m.get(committed) + 1) % WRAPS;
    return n === 0 ? [cells, HALF_WAY] : n === 1 ? [cells + 1, next] : [cells, next];
  };

  function agent(a: number): Process {
    const earlyCommit = mutation === "commit before the last store";
    const remembers = mutation === "journal emptied before the replay";
    const backwards = mutation !== "replayed from the oldest";
    const order = orderOf(mutation);
    const nth = nths + a;

    /** What comes after a step of one store. */
    function after(m: Memory, label: string): string {
      const last = m.get(nth) === STORES - 1;
      if (earlyCommit && last && label === "Jw3") return "Jw5";
      if (earlyCommit && last && label === "Jw4") return "Jw6";
      const i = order.indexOf(label) + 1;
      if (i < order.length) return order[i]!;
      if (last) return "Jw5";
      m.set(nth, m.get(nth) + 1);
      return order[0]!;
    }

    /** The first dead agent that owes a roll-back, -1 = none. */
    function owing(m: Memory): number {
      const only = mutation === "only the holder's journal" ? m.get(nth) - 1 : -1;
      return all.findIndex((b) => m.get(deads + b) && m.load(counts + b) && (only < 0 || b === only));
    }

    function restore(m: Memory, at: number): void {
      m.store(cells + m.load(whats + at), m.load(olds + at));
    }

    const newest = step("Jx2", "the newest entry: the cell as it was", (m) => {
      const dead = owing(m);
      if (dead < 0) return "Jx4";
      restore(m, dead * STORES + (backwards ? m.load(counts + dead) - 1 : m.get(nth)));
      return "Jx3";
    });
    const counted = step("Jx3", "count - 1", (m) => {
      const dead = owing(m);
      const count = m.load(counts + dead);
      if (backwards) {
        m.store(counts + dead, count - 1);
      } else {
        m.set(nth, (m.get(nth) + 1) % count);
        if (m.get(nth) === 0) m.store(counts + dead, 0);
      }
      return "Jx2";
    });
    /** The roll-back from the survivor's own memory, which dies with it: 16 × agent + entries left. */
    const remembered = step("Jx0", "count = 0, then entry by entry", (m) => {
      const dead = owing(m);
      if (m.get(nth)) {
        const left = (m.get(nth) & 15) - 1;
        restore(m, (m.get(nth) >> 4) * STORES + left);
        m.set(nth, left ? m.get(nth) - 1 : 0);
      } else if (dead < 0) {
        return "Jx4";
      } else {
        m.set(nth, dead * 16 + m.load(counts + dead));
        m.store(counts + dead, 0);
      }
      return "Jx0";
    });

    return {
      name: `agent ${a}`,
      steps: [
        step("Jw1", "take the lock, or that of a dead agent", (m) => {
          if (m.compareAndSwap(lock, 0, a + 1)) return order[0];
          const holder = m.load(lock);
          if (!m.get(deads + holder - 1)) return WAIT;
          m.atomicStore(lock, mutation === "lock freed before the roll-back" ? 0 : a + 1);
          if (mutation === "only the holder's journal") m.set(nth, holder);
          return remembers ? "Jx0" : "Jx2";
        }),
        step("Jw2", "entry: cell and what it holds", (m) => {
          const [cell] = storeOf(m, m.get(nth));
          const at = a * STORES + m.get(nth);
          m.store(whats + at, cell - cells);
          m.store(olds + at, m.load(cell));
          return after(m, "Jw2");
        }),
        step("Jw3", "count + 1", (m) => {
          m.store(counts + a, m.get(nth) + 1);
          return after(m, "Jw3");
        }),
        step("Jw4", "store", (m) => {
          m.store(...storeOf(m, m.get(nth)));
          return after(m, "Jw4");
        }),
        step("Jw5", "commit: count = 0", (m) => {
          m.store(counts + a, 0);
          if (earlyCommit) return "Jw4";
          m.set(committed, (m.get(committed) + 1) % WRAPS);
          return undefined;
        }),
        step("Jw6", "unlock", (m) => {
          if (earlyCommit) m.set(committed, (m.get(committed) + 1) % WRAPS);
          m.set(nth, 0);
          if (mutation === "unlock by a plain store") m.store(lock, 0);
          else m.atomicStore(lock, 0);
          return "Jw1";
        }),
        ...(remembers ? [remembered] : [newest, counted]),
        step("Jx4", "unlock", (m) => {
          m.set(nth, 0);
          m.atomicStore(lock, 0);
          return "Jw1";
        }),
      ],
    };
  }

  const fate = fateOf(deads, agents, (m, victim) => m.set(nths + victim, 0));

  return {
    name: `undo-journal, ${agents} agents${buffers ? ", store buffers" : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [...all.map(agent), fate],
    init: () => undefined,
    always: {
      [EMPTY]: (m) => m.get(lock) !== 0 || all.every((a) => m.get(counts + a) === 0),
      [WHOLE]: (m) => m.get(lock) !== 0 || [0, 1].every((cell) => m.get(cells + cell) === m.get(committed)),
    },
    canAlways: { [UNLOCKS]: (m) => m.get(lock) === 0 },
    ...(buffers ? { buffers } : {}),
  };
}
