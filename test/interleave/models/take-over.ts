/**
 * take-over: one agent charges, fills, gives back and drains; others uncharge what it has charged, for ever.
 *
 *   counted (signed) │ takes │ owner: moves, owned, stock of one container │ takers: own pages, what they own less their stocks
 *   beside: charged │ due, pages handed over and not claimed
 *
 *   owner     fill: moves odd · stock + 1 · owned + 1 · even │ give back: the same, - 1 │ charge: stock - 1, one page due
 *             drain: counted + owned · moves odd · owned 0 · even
 *   taker     claims a page that is due · Tt1 takes even · Tt2 moves even, owned, stock, the same moves; the takers' own · Tt3 counted ·
 *             Tt4 takes odd · Tt5 counted - 1, the page is own and at once uncharged · Tt6 takes even │ Tt7 the same takes: refused
 *
 * A taker changes stock and ownedPages as the owner does; that others read both or neither is shown of the owner alone.
 * Where takers claim nothing (`wrong`) some are to be refused, and no page goes twice; nobody drains then.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";

export type TakeOverMutation =
  | "counted before owned"
  | "moves not asked again"
  | "moves never odd"
  | "takes not asked again"
  | "the turn ends before the page is uncharged"
  | "drained pages leave before they come"
  | "no turns";

export const RIGHTFUL = "no page that was handed over is refused";
export const ONCE = "no page is uncharged twice";
export const EXACT = "what adds up is what is charged, when nothing is under way";
export const TURNS = "takes can always become even";

const PAGES = 2;
const WRAPS = 8;

export interface TakeOverOptions {
  readonly takers: number;
  /** Takers ask for pages that nobody has handed over. */
  readonly wrong?: boolean;
  readonly mutation?: TakeOverMutation;
}

export function takeOver({ takers, wrong = false, mutation }: TakeOverOptions): Model {
  const v = new Variables();
  const counted = v.one("counted");
  const takes = v.one("takes");
  const moves = v.one("moves");
  const owned = v.one("owned");
  const stock = v.one("stock");
  const draining = v.one("draining");
  const owns = v.many("own", takers);
  const charged = v.one("charged");
  const due = v.one("due");
  const sums = v.many("sum", takers);
  const marks = v.many("mark", takers);
  const begun = v.many("begun", takers);
  const all = Array.from({ length: takers }, (_, t) => t);
  /** Processes of takers come behind the owner's. */
  const stands = (m: Memory, t: number, ...labels: string[]) => m.isAt(t + 1, ...labels);

  const signed = (n: number) => (n << 24) >> 24;
  const add = (m: Memory, at: number, delta: number) => m.atomicStore(at, (m.load(at) + delta) & 255);
  const plus = (m: Memory, t: number, n: number) => m.set(sums + t, (m.get(sums + t) + n) & 255);
  const turn = (m: Memory, at: number) => m.atomicStore(at, (m.load(at) + 1) % WRAPS);
  const isBehind = (m: Memory, at: number, from: number) =>
    (m.get(at) - m.get(from) + WRAPS) % WRAPS >= WRAPS - 2;

  /** No taker is overtaken by as many moves as there are numbers. */
  const odd = (label: string) =>
    step(label, "moves odd", (m) => {
      if (all.some((t) => stands(m, t, "owned", "stock", "moves again") && isBehind(m, moves, marks + t)))
        return WAIT;
      if (mutation !== "moves never odd") turn(m, moves);
      return undefined;
    });
  const even = (label: string) =>
    step(label, "moves even", (m) => {
      if (mutation !== "moves never odd") turn(m, moves);
      return "next";
    });

  const leavesFirst = mutation === "drained pages leave before they come";
  const owner: Process = {
    name: "owner",
    steps: [
      step(
        "next",
        "charge, fill, give back or drain",
        (m, way) => {
          if (way === 1) return m.load(owned) + m.get(charged) < PAGES ? "fill" : WAIT;
          if (way === 2) return m.load(stock) ? "give" : WAIT;
          if (way === 3) {
            if (!m.load(owned) || m.load(stock)) return WAIT;
            if (!wrong) return "drain";
            if (!all.every((t) => stands(m, t, "claim"))) return WAIT;
            add(m, counted, m.load(owned));
            m.atomicStore(owned, 0);
            return "next";
          }
          if (!m.load(stock)) return WAIT;
          add(m, stock, -1);
          m.set(due, wrong ? 0 : m.get(due) + 1);
          add(m, charged, 1);
          return "next";
        },
        4,
      ),
      odd("fill"),
      step("fill stock", "stock + 1", (m) => add(m, stock, 1)),
      step("fill owned", "owned + 1", (m) => add(m, owned, 1)),
      even("filled"),
      odd("give"),
      step("give stock", "stock - 1", (m) => add(m, stock, -1)),
      step("give owned", "owned - 1", (m) => add(m, owned, -1)),
      even("given"),
      step("drain", "counted + owned", (m) => {
        m.set(draining, m.load(owned));
        if (leavesFirst) m.atomicStore(owned, 0);
        else add(m, counted, m.get(draining));
      }),
      odd("draining"),
      step("drain owned", "owned 0", (m) => {
        if (leavesFirst) add(m, counted, m.get(draining));
        else m.atomicStore(owned, 0);
        m.set(draining, 0);
      }),
      even("drained"),
    ],
  };

  function taker(t: number): Process {
    const early = mutation === "the turn ends before the page is uncharged";
    const first = mutation === "counted before owned";
    const forget = (m: Memory) => {
      m.set(sums + t, 0);
      m.set(marks + t, 0);
      m.set(begun + t, 0);
    };
    const decide = (m: Memory) => (signed(m.get(sums + t)) >= 1 ? "Tt4" : "Tt7");
    const uncharge = step("uncharge", "the page is uncharged", (m) => {
      if (early) add(m, owns + t, -1);
      add(m, charged, -1);
      if (signed(m.get(charged)) < 0) m.violate(ONCE);
      return early ? "claim" : undefined;
    });
    const end = step("Tt6", "takes even", (m) => {
      if (mutation !== "no turns") turn(m, takes);
      return early ? "uncharge" : "claim";
    });
    return {
      name: `taker ${t}`,
      steps: [
        step("claim", "a page that is due", (m) => {
          if (wrong) return m.get(charged) ? undefined : WAIT;
          if (!m.get(due)) return WAIT;
          m.set(due, m.get(due) - 1);
          return undefined;
        }),
        step("Tt1", "takes, even", (m) => {
          forget(m);
          const now = m.load(takes);
          if (now % 2) return WAIT;
          m.set(begun + t, now);
          return first ? "Tt3" : "moves";
        }),
        step("moves", "the owner's moves, even", (m) => {
          const now = m.load(moves);
          if (now % 2) return WAIT;
          m.set(marks + t, now);
          return "owned";
        }),
        step("owned", "its owned", (m) => plus(m, t, m.load(owned))),
        step("stock", "its stock", (m) => plus(m, t, -m.load(stock))),
        step("moves again", "the same moves; else all of it again", (m) => {
          const same = m.load(moves) === m.get(marks + t);
          m.set(marks + t, 0);
          return same || mutation === "moves not asked again" ? undefined : "Tt1";
        }),
        step("others", "what takers own", (m) => {
          for (const other of all) plus(m, t, m.load(owns + other));
          return first ? decide(m) : "Tt3";
        }),
        step("Tt3", "counted", (m) => {
          plus(m, t, m.load(counted));
          return first ? "moves" : decide(m);
        }),
        step("Tt4", "takes odd", (m) => {
          const overtakes = (other: number) =>
            other !== t && !stands(m, other, "claim", "Tt1", "uncharge") && isBehind(m, takes, begun + other);
          if (all.some(overtakes)) return WAIT;
          const was = m.get(begun + t);
          forget(m);
          return mutation === "no turns" || m.compareAndSwap(takes, was, (was + 1) % WRAPS) ? "Tt5" : "Tt1";
        }),
        // One run in the core, seen by others in parts.
        step("Tt5", "counted - 1, the page is own", (m) => {
          add(m, counted, -1);
          if (early) add(m, owns + t, 1);
          return early ? "Tt6" : "uncharge";
        }),
        uncharge,
        end,
        step("Tt7", "the same takes still?", (m) => {
          const same = m.load(takes) === m.get(begun + t);
          forget(m);
          if (!same && mutation !== "takes not asked again") return "Tt1";
          if (!wrong) m.violate(RIGHTFUL);
          return "claim";
        }),
      ],
    };
  }

  const isQuiet = (m: Memory) =>
    m.isAt(0, "next") && all.every((t) => !stands(m, t, "Tt5", "uncharge", "Tt6"));
  return {
    name: `take-over, ${takers} takers${wrong ? ", all wrong" : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [owner, ...all.map(taker)],
    init: () => undefined,
    always: {
      [EXACT]: (m) =>
        !isQuiet(m) || ((m.get(counted) + m.get(owned) - m.get(stock)) & 255) === m.get(charged),
    },
    canAlways: { [TURNS]: (m) => m.get(takes) % 2 === 0 },
  };
}
