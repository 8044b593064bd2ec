/**
 * stock: pages charged ahead by each agent, over a tree of two levels with limits, for ever.
 *
 *   root, max ◄── leaf, max ◄── agent: stock │ pages that it has charged │ noted: under way at leaf, at root │ ask
 *
 *   charge     Sc1 from the own stock, else a batch: Sc2 add at the leaf · Sc3 add at the root · Sc4 into the stock
 *   roll-back  a sum over max: Sr1 subtract at the root · Sr2 subtract at the leaf · then exactly one page · then ask
 *   ask        Sa1 flag at the others · Sa2 wait until each has drained, serving one's own flag · once more, else refused
 *   uncharge   into the stock; a stock over the batch is drained
 *   drain      Sd1 the whole stock is noted · Sd2 subtract at the leaf · Sd3 at the root · Sd4 own flag down
 *   death      between any two steps; a survivor returns stock and what was noted: Sx1 · Sx2 leaf · Sx3 root
 *
 * An add and its note (in the agent's own record, which others read only when it is dead) are one step here: an agent
 * may die before or after, not between.  An implementation has to keep loops and calls, where an engine can terminate a
 * worker, from between them.  The same holds for a stock and the page that it gives.
 */
import { type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";

export type StockMutation =
  | "roll-back misses the leaf"
  | "stock returned twice"
  | "add in two steps"
  | "death between add and note"
  | "stock gone before it is noted"
  | "deaf while waiting"
  | "drained by the asker";

export const EXACT = "usage is pages and stocks, whenever no operation is under way";
export const HIDES = "usage hides no page";
export const WITHIN = "usage is within max, whenever no operation is under way";
export const RETURNS = "all that nobody has charged can be returned";

export interface StockOptions {
  readonly agents: number;
  /** Agents share one leaf, or have one each. */
  readonly leaves: 1 | 2;
  readonly batch: number;
  readonly leafMax: number;
  readonly rootMax: number;
  readonly deaths?: boolean;
  readonly mutation?: StockMutation;
}

enum Life {
  ALIVE,
  DEAD,
  RECOVERED,
}

export function stock(options: StockOptions): Model {
  const { agents, leaves, batch, leafMax, rootMax, deaths, mutation } = options;
  const v = new Variables();
  const root = v.one("root");
  const leafUsage = v.many("leaf", leaves);
  const stocks = v.many("stock", agents);
  const pages = v.many("pages", agents);
  const notedLeaf = v.many("notedLeaf", agents);
  const notedRoot = v.many("notedRoot", agents);
  const asks = v.many("ask", agents);
  const lives = v.many("dead", agents);
  const wants = v.many("want", agents);
  const tries = v.many("asked", agents);
  const sums = v.many("sum", agents);

  const leafOf = (a: number) => leafUsage + (a % leaves);
  const all = Array.from({ length: agents }, (_, a) => a);
  const add = (m: Memory, at: number, delta: number) => m.atomicAdd(at, delta) + delta;

  function agent(a: number): Process {
    const others = all.filter((b) => b !== a);
    const split = mutation === "add in two steps";
    const late = mutation === "death between add and note";
    const backTo = (m: Memory) => (m.get(tries + a) === 1 ? "Sa2" : "op");

    function refuse(m: Memory): string {
      m.set(wants + a, 0);
      m.set(tries + a, 0);
      return "op";
    }

    function choose(m: Memory, way: number): string {
      if (m.load(asks + a)) return way === 0 ? "Sd1" : WAIT;
      if (way === 0) {
        if (!m.get(stocks + a)) {
          m.set(wants + a, batch);
          return "Sc2";
        }
        m.set(stocks + a, m.get(stocks + a) - 1);
        m.set(pages + a, m.get(pages + a) + 1);
        return "op";
      }
      if (way === 1) {
        if (!m.get(pages + a)) return WAIT;
        m.set(pages + a, m.get(pages + a) - 1);
        m.set(stocks + a, m.get(stocks + a) + 1);
        return m.get(stocks + a) > batch ? "Sd1" : "op";
      }
      if (way === 2) return m.get(stocks + a) ? "Sd1" : WAIT;
      return others.some((b) => m.get(lives + b) === Life.DEAD) ? "Sx1" : WAIT;
    }

    /** What an add has led to: on, or back. */
    const within = (m: Memory, sum: number, max: number, on: string, back: string) => {
      m.set(sums + a, 0);
      return sum > max ? back : on;
    };
    const splitLeaf = [
      step("Sc2", "read the leaf", (m) => m.set(sums + a, m.load(leafOf(a)) + m.get(wants + a))),
      step("Sc2b", "store the sum", (m) => {
        m.atomicStore(leafOf(a), m.get(sums + a));
        m.set(notedLeaf + a, m.get(wants + a));
        return within(m, m.get(sums + a), leafMax, "Sc3", "Sr2");
      }),
    ];
    const lateLeaf = [
      step("Sc2", "add at the leaf", (m) => m.set(sums + a, add(m, leafOf(a), m.get(wants + a)))),
      step("Sc2b", "note it", (m) => {
        m.set(notedLeaf + a, m.get(wants + a));
        return within(m, m.get(sums + a), leafMax, "Sc3", "Sr2");
      }),
    ];
    const addLeaf = [
      step("Sc2", "add at the leaf", (m) => {
        m.set(notedLeaf + a, m.get(wants + a));
        return within(m, add(m, leafOf(a), m.get(wants + a)), leafMax, "Sc3", "Sr2");
      }),
    ];
    const [first = a] = others;
    const stealing = [
      step("Ss1", "read the stock of another", (m) => m.set(sums + a, m.load(stocks + first))),
      step("Ss2", "take it", (m) => {
        add(m, leafOf(first), -m.get(sums + a));
        add(m, root, -m.get(sums + a));
        m.set(sums + a, 0);
        m.set(stocks + first, 0);
        m.atomicStore(asks + first, 0);
        m.set(tries + a, 2);
        return "Sc2";
      }),
    ];
    const firstDead = (m: Memory) => others.find((b) => m.get(lives + b) === Life.DEAD) ?? a;
    const recovery = [
      step("Sx1", "note the stock of the dead agent", (m) => {
        const b = firstDead(m);
        m.set(notedLeaf + b, m.get(notedLeaf + b) + m.get(stocks + b));
        m.set(notedRoot + b, m.get(notedRoot + b) + m.get(stocks + b));
        m.set(stocks + b, 0);
      }),
      step("Sx2", "subtract at its leaf", (m) => {
        const b = firstDead(m);
        add(m, leafOf(b), -m.get(notedLeaf + b));
        m.set(notedLeaf + b, 0);
      }),
      step("Sx3", "subtract at the root", (m) => {
        const b = firstDead(m);
        add(m, root, -m.get(notedRoot + b));
        m.set(notedRoot + b, 0);
        m.set(lives + b, Life.RECOVERED);
        m.atomicStore(asks + b, 0);
        return backTo(m);
      }),
    ];

    return {
      name: `agent ${a}`,
      steps: [
        step("op", "Sc1 charge, uncharge, drain, recover", choose, deaths ? 4 : 3),
        ...(split ? splitLeaf : late ? lateLeaf : addLeaf),
        step("Sc3", "add at the root", (m) => {
          m.set(notedRoot + a, m.get(wants + a));
          return within(m, add(m, root, m.get(wants + a)), rootMax, "Sc4", "Sr1");
        }),
        step("Sc4", "one page charged, the others into the stock", (m) => {
          m.set(stocks + a, m.get(stocks + a) + m.get(wants + a) - 1);
          m.set(pages + a, m.get(pages + a) + 1);
          m.set(notedLeaf + a, 0);
          m.set(notedRoot + a, 0);
          return refuse(m);
        }),
        step("Sr1", "subtract at the root", (m) => {
          add(m, root, -m.get(wants + a));
          m.set(notedRoot + a, 0);
          if (mutation !== "roll-back misses the leaf") return "Sr2";
          m.set(notedLeaf + a, 0);
          return refuse(m);
        }),
        step("Sr2", "subtract at the leaf", (m) => {
          add(m, leafOf(a), -m.get(wants + a));
          m.set(notedLeaf + a, 0);
          if (m.get(tries + a)) return refuse(m);
          if (m.get(wants + a) === 1) return "Sa1";
          m.set(wants + a, 1);
          return "Sc2";
        }),
        step("Sa1", "ask the others", (m) => {
          for (const b of others) if (m.get(lives + b) === Life.ALIVE) m.atomicStore(asks + b, 1);
          m.set(tries + a, 1);
        }),
        step("Sa2", "wait until they have drained", (m) => {
          const deaf = mutation === "deaf while waiting";
          if (m.load(asks + a) && !deaf) return "Sd1";
          if (others.some((b) => m.get(lives + b) === Life.DEAD)) return "Sx1";
          if (mutation === "drained by the asker") return "Ss1";
          if (others.some((b) => m.load(asks + b))) return WAIT;
          m.set(tries + a, 2);
          return "Sc2";
        }),
        step("Sd1", "note the stock", (m) => {
          const twice = mutation === "stock returned twice";
          if (mutation !== "stock gone before it is noted") {
            m.set(notedLeaf + a, m.get(stocks + a));
            m.set(notedRoot + a, m.get(stocks + a));
          } else {
            m.set(sums + a, m.get(stocks + a));
          }
          if (!twice) m.set(stocks + a, 0);
        }),
        step("Sd2", "subtract at the leaf", (m) => {
          add(m, leafOf(a), -(m.get(notedLeaf + a) + m.get(sums + a)));
          m.set(notedLeaf + a, 0);
        }),
        step("Sd3", "subtract at the root", (m) => {
          add(m, root, -(m.get(notedRoot + a) + m.get(sums + a)));
          m.set(notedRoot + a, 0);
          m.set(sums + a, 0);
        }),
        step("Sd4", "own flag down", (m) => {
          if (mutation === "stock returned twice") m.set(stocks + a, 0);
          m.atomicStore(asks + a, 0);
          return backTo(m);
        }),
        ...(mutation === "drained by the asker" ? stealing : []),
        ...(deaths ? recovery : []),
      ],
    };
  }

  const fate: Process = {
    name: "fate",
    steps: [
      step(
        "kill",
        "an agent is terminated, all but the last",
        (m, a) => {
          const alive = all.filter((b) => m.get(lives + b) === Life.ALIVE);
          if (alive.length < 2 || m.get(lives + a) !== Life.ALIVE) return WAIT;
          m.stop(a);
          m.set(lives + a, Life.DEAD);
          m.set(wants + a, 0);
          m.set(tries + a, 0);
          m.set(sums + a, 0);
          return "kill";
        },
        agents,
      ),
    ],
  };

  const rests = (m: Memory) =>
    all.every((a) => m.isAt(a, "op", "Sa2") || m.get(lives + a) === Life.RECOVERED);
  const sum = (m: Memory, leaf: number, ...firsts: readonly number[]) =>
    all
      .filter((a) => leaf === root || leafOf(a) === leaf)
      .reduce((total, a) => total + firsts.reduce((part, first) => part + m.get(first + a), 0), 0);
  const nodes = [root, ...Array.from({ length: leaves }, (_, i) => leafUsage + i)];
  const maxOf = (node: number) => (node === root ? rootMax : leafMax);
  return {
    name: `stock, ${agents} agents, ${leaves} leaves, batch ${batch}${deaths ? ", deaths" : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [...all.map(agent), ...(deaths ? [fate] : [])],
    init: () => undefined,
    always: {
      [EXACT]: (m) => !rests(m) || nodes.every((node) => m.get(node) === sum(m, node, stocks, pages)),
      [WITHIN]: (m) => !rests(m) || nodes.every((node) => m.get(node) <= maxOf(node)),
      "pages are within max": (m) => nodes.every((node) => sum(m, node, pages) <= maxOf(node)),
      [HIDES]: (m) => nodes.every((node) => m.get(node) >= sum(m, node, pages)),
    },
    canAlways: {
      [RETURNS]: (m) =>
        m.get(root) === all.reduce((n, a) => n + (m.get(lives + a) ? m.get(pages + a) : 0), 0),
    },
  };
}
