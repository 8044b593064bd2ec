/**
 * sequence: readers that load plainly while nobody writes, beside writers that die, for ever.
 *
 *   lock: 0 or holder + 1 │ sequence │ cells x, y │ journal: entries of what x and y held before
 *
 *   writer    Lk lock · Ew1 odd · for each store: entry, store · commit · Ew2 even · unlock; or stopped before Ew1
 *   recovery  lock from its dead holder · Ew1 unless odd already · entries back, or the lock given up as it was · Ew2 · unlock
 *   reader    Er1 even? · x and y in either order · Er2 the same still?
 *
 * An operation adds one to x and to y, x by way of a value that nobody may see; x and y stand for all that a lookup reads.
 * A reader stays inside for fewer holders than the sequence has numbers for: 2^31 in the core, three here.
 *
 * Beside the algorithm: `committed`, the number of commits, which x and y are to show.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";
import { fateOf } from "./fate.js";

export type SequenceMutation =
  | "no second look"
  | "second look passed by a load"
  | "odd not asked"
  | "odd after the first store"
  | "odd by a plain store"
  | "even before the last store"
  | "even by a plain store"
  | "even behind the unlock"
  | "a turn ended that was not begun"
  | "even before the roll-back"
  | "recovery begins a turn that is begun"
  | "recovery leaves the turn open";

export const RIGHT = "a quiet reader sees what is committed, whole";
export const EVEN = "with the lock free, the sequence is even";
export const FREE = "the lock can always become free";

/** x in the middle of an operation. */
const HALF_WAY = 9;
const WRAPS = 4;
const TURNS = 8;
const STORES = 3;
const OUTSIDE = 99;

export interface SequenceOptions {
  readonly writers: number;
  readonly readers: number;
  readonly buffers?: Model["buffers"];
  readonly mutation?: SequenceMutation;
}

export function sequence({ writers, readers, buffers, mutation }: SequenceOptions): Model {
  const v = new Variables();
  const lock = v.one("lock");
  const number = v.one("sequence");
  const cells = v.many("cell", 2);
  const entries = v.one("entries");
  const olds = v.many("old", STORES);
  const committed = v.one("committed");
  const deads = v.many("dead", writers);
  const nths = v.many("nth", writers);
  const begins = v.many("begun", readers);
  const founds = v.table("found", readers, 2);
  const everyWriter = Array.from({ length: writers }, (_, i) => i);
  const everyReader = Array.from({ length: readers }, (_, i) => i);

  const cellOf = (n: number) => cells + (n === 1 ? 1 : 0);
  const isOdd = (m: Memory) => m.load(number) % 2 === 1;
  const isBehind = (m: Memory, r: number) =>
    m.get(begins + r) !== OUTSIDE && (m.get(number) - m.get(begins + r) + TURNS) % TURNS >= TURNS - 2;

  function turn(m: Memory, plain = false): void {
    const next = (m.load(number) + 1) % TURNS;
    if (plain) m.store(number, next);
    else m.atomicStore(number, next);
  }

  function writer(w: number): Process {
    const nth = nths + w;
    const late = mutation === "odd after the first store";
    const early = mutation === "even before the last store";
    const behind = mutation === "even behind the unlock";
    return {
      name: `writer ${w}`,
      steps: [
        step("lock", "take the lock, or that of a dead writer", (m) => {
          // No reader is overtaken by as many turns as there are numbers.
          if (everyReader.some((r) => isBehind(m, r))) return WAIT;
          if (m.compareAndSwap(lock, 0, w + 1)) return late ? "entry" : "Ew1";
          const holder = m.load(lock);
          if (!m.get(deads + holder - 1)) return WAIT;
          m.atomicStore(lock, w + 1);
          return "Ew1 again";
        }),
        step(
          "Ew1",
          "odd, unless it is; or the call is stopped",
          (m, isStopped) => {
            if (isStopped) return "undo";
            if (!isOdd(m)) turn(m, mutation === "odd by a plain store");
            return late ? "entry" : undefined;
          },
          2,
        ),
        step("entry", "what the next cell holds", (m) => {
          m.store(olds + m.get(nth), m.load(cellOf(m.get(nth))));
          m.store(entries, m.get(nth) + 1);
        }),
        step("store", "the cell", (m) => {
          const n = m.get(nth);
          m.store(cellOf(n), n === 0 ? HALF_WAY : (m.get(committed) + 1) % WRAPS);
          m.set(nth, n + 1);
          if (late && n === 0) return "Ew1";
          if (n + 1 < STORES && !(early && n + 2 === STORES)) return "entry";
          return early ? (n + 1 === STORES ? "commit" : "Ew2") : undefined;
        }),
        step("commit", "no entries", (m) => {
          m.store(entries, 0);
          m.set(nth, 0);
          m.set(committed, (m.get(committed) + 1) % WRAPS);
          return early || behind ? "unlock" : undefined;
        }),
        step("Ew2", "even", (m) => {
          turn(m, mutation === "even by a plain store");
          return early ? "entry" : behind ? "lock" : undefined;
        }),
        step("unlock", "the lock", (m) => {
          m.atomicStore(lock, 0);
          return behind && isOdd(m) ? "Ew2" : "lock";
        }),
        step(
          "Ew1 again",
          "odd, unless it is; or the lock given back as it was",
          (m, gives) => {
            if (mutation === "recovery begins a turn that is begun" || !isOdd(m)) turn(m);
            if (mutation === "even before the roll-back") turn(m);
            if (!gives) return undefined;
            const dead = everyWriter.find((other) => m.get(deads + other));
            m.atomicStore(lock, dead! + 1);
            return "lock";
          },
          2,
        ),
        step("undo", "the newest entry: the cell as it was", (m) => {
          const left = m.load(entries);
          if (!left) {
            if (mutation === "recovery leaves the turn open") return "unlock";
            if (!isOdd(m) && mutation !== "a turn ended that was not begun") return "unlock";
            return "Ew2 again";
          }
          m.store(cellOf(left - 1), m.load(olds + left - 1));
          return "drop";
        }),
        step("drop", "the entry", (m) => {
          m.store(entries, m.load(entries) - 1);
          return "undo";
        }),
        step("Ew2 again", "even", (m) => {
          turn(m);
          return "unlock";
        }),
      ],
    };
  }

  function reader(r: number): Process {
    const found = founds + 2 * r;
    const unordered = mutation === "second look passed by a load";
    const out = (m: Memory) => {
      m.set(begins + r, OUTSIDE);
      m.set(found, 0);
      m.set(found + 1, 0);
      return "Er1";
    };
    const report = (m: Memory) => {
      const right = m.get(committed);
      if (m.get(found) !== right || m.get(found + 1) !== right) m.violate(RIGHT);
      return out(m);
    };
    const load = (label: string, cell: number, next?: string) =>
      step(label, "xy"[cell]!, (m) => {
        m.set(found + cell, m.load(cells + cell));
        return next;
      });
    const look = step("Er2", "the same still?", (m) => {
      const still = m.atomicAdd(number, 0) === m.get(begins + r) || mutation === "no second look";
      if (!still) return out(m);
      return unordered ? undefined : report(m);
    });
    const last = step("y late", "y", (m) => {
      m.set(found + 1, m.load(cells + 1));
      return report(m);
    });
    return {
      name: `reader ${r}`,
      steps: [
        step(
          "Er1",
          "even? and which cell first",
          (m, way) => {
            const begun = m.load(number);
            if (begun % 2 && mutation !== "odd not asked") return WAIT;
            m.set(begins + r, begun);
            return way && !unordered ? "y first" : "x";
          },
          2,
        ),
        load("y first", 1, "x last"),
        load("x last", 0, "Er2"),
        load("x", 0),
        ...(unordered ? [look, last] : [load("y", 1), look]),
      ],
    };
  }

  const fate = fateOf(deads, writers, (m, victim) => m.set(nths + victim, 0));

  return {
    name: `sequence, ${writers} writers, ${readers} readers${buffers ? ", store buffers" : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [...everyWriter.map(writer), ...everyReader.map(reader), fate],
    init: (m) => {
      for (const r of everyReader) m.set(begins + r, OUTSIDE);
    },
    always: { [EVEN]: (m) => m.get(lock) !== 0 || m.get(number) % 2 === 0 },
    canAlways: { [FREE]: (m) => m.get(lock) === 0 },
    ...(buffers ? { buffers } : {}),
  };
}
