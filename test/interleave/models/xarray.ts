/**
 * xarray: lookups beside a writer who stores runs and breaks them up, as in assembly/owner/xarray.ts and core/xa-node.ts.
 *
 *   head ──► a value: both pages have it             node │ breaks │ slot 0: value │ slot 1: value, or "see slot 0" │
 *        └─► a node, a slot for each page ─────────────►
 *
 *   writer   both      head = value, then each entry of the node that hung there = RETRY, then it is retired
 *            run       a node complete, then head = node (Yw1) · run broken up · slot 0 = value, slot 1 = sibling (Yw3)
 *            one page  likewise, then its slot
 *            broken up: slot 1 = slot 0's value, then breaks + 1 (Yw2)
 *   reader   head · slot · at a sibling Yr1 breaks · Yr2 slot · Yr3 slot 0 · Yr4 breaks again · at RETRY head once more
 *
 * Owners change all the time, but a page always has one.  An operation may show the owner that it gives before it is done.
 * A retired node is freed once the reader that was inside has left: the model of grace periods shows that it is so.
 */
import { END, type Memory, type Model, type Process, step, Variables, WAIT } from "../machine.js";

export type XarrayMutation =
  | "breaks not counted"
  | "breaks counted before the siblings are values"
  | "breaks not looked at again"
  | "siblings before the first slot"
  | "node published before it is complete"
  | "freed without a grace period"
  | "an entry that has gone counts as none"
  | "entries go before the node is unlinked"
  | "the first slot's entry that has gone is taken for its owner";

export const NEVER_HAD = "a reader reports only what the page had during its lookup";
export const READS_FREED = "nobody looks at freed memory";
export const NO_FURTHER = "who starts again from the head does not come to the same node";

const SIBLING = 9;
const RETRY = 8;
/** Heads from here on are values. */
const VALUE = 16;
const OWNERS = 2;
const NODES = 2;

enum State {
  FREE,
  USED,
  RETIRED,
}

enum Kind {
  BOTH,
  RUN,
  PAGE_0,
  PAGE_1,
}

export function xarray(operations: number, mutation?: XarrayMutation): Model {
  const v = new Variables();
  const head = v.one("head");
  const slots = v.table("slot", NODES + 1, 2);
  const breaks = v.many("breaks", NODES + 1);
  const states = v.many("node", NODES + 1);
  const truth = v.many("truth", 2);
  /** What an operation under way gives each page, 0 = nothing. */
  const giving = v.many("giving", 2);
  const left = v.one("w.left");
  const kind = v.one("w.kind");
  const value = v.one("w.value");
  const node = v.one("w.node");
  const page = v.one("r.page");
  const had = v.one("r.had");
  const held = v.one("r.node");
  const seen = v.one("r.breaks");
  const found = v.one("r.found");

  const slotAt = (of: number, at: number) => slots + of * 2 + at;
  const free = (m: Memory, of: number) => {
    for (const at of [slotAt(of, 0), slotAt(of, 1), breaks + of, states + of]) m.set(at, 0);
  };
  const isFree = (m: Memory, of: number) => m.get(states + of) === State.FREE;

  // The writer

  const isSibling = (m: Memory) => m.get(slotAt(m.get(node), 1)) === SIBLING;
  const whereTo = (m: Memory) => (m.get(kind) === Kind.RUN ? "first" : "one");
  const early = mutation === "node published before it is complete";
  const earlyBreak = mutation === "breaks counted before the siblings are values";
  const swapped = mutation === "siblings before the first slot";
  const goneFirst = mutation === "entries go before the node is unlinked";

  function chosen(m: Memory, way: number): string | undefined {
    if (!m.get(left)) return END;
    const what: Kind = way >> 1;
    const needsNode = what !== Kind.BOTH && m.load(head) >= VALUE;
    const next = needsNode ? [1, 2].find((of) => isFree(m, of)) : m.load(head) % VALUE;
    if (next === undefined) return WAIT;
    m.set(left, m.get(left) - 1);
    m.set(kind, what);
    m.set(value, 1 + (way % OWNERS));
    m.set(node, next);
    for (const p of [0, 1]) {
      if (what === Kind.PAGE_0 + 1 - p) continue;
      m.set(giving + p, m.get(value));
      if (m.get(had) && m.get(page) === p) m.set(had, m.get(had) | (1 << m.get(value)));
    }
    if (what === Kind.BOTH) return next && goneFirst ? "gone 0" : "both";
    return needsNode ? (early ? "publish" : "build") : "broken?";
  }

  function retire(m: Memory): void {
    const of = m.get(node);
    m.set(states + of, State.RETIRED);
    if (!m.get(had) || mutation === "freed without a grace period") free(m, of);
  }

  const writer: Process = {
    name: "writer",
    steps: [
      step("choose", "an operation", chosen, (Kind.PAGE_1 + 1) * OWNERS),
      step("both", "head = value", (m) => {
        m.atomicStore(head, VALUE + m.get(value));
        if (!m.get(node)) return "done";
        return goneFirst ? "retire" : undefined;
      }),
      step("gone 0", "slot 0 = RETRY", (m) => m.atomicStore(slotAt(m.get(node), 0), RETRY)),
      step("gone 1", "slot 1 = RETRY", (m) => {
        m.atomicStore(slotAt(m.get(node), 1), RETRY);
        return goneFirst ? "both" : undefined;
      }),
      step("retire", "the node that hung there", (m) => {
        retire(m);
        return "done";
      }),
      step("build", "a node of two equal values", (m) => {
        m.set(states + m.get(node), State.USED);
        for (const at of [0, 1]) m.atomicStore(slotAt(m.get(node), at), m.get(truth));
        return early ? "broken?" : undefined;
      }),
      step("publish", "head = node", (m) => {
        m.set(states + m.get(node), State.USED);
        m.atomicStore(head, m.get(node));
        return early ? "build" : undefined;
      }),
      step("broken?", "is there a run to break up", (m) => {
        if (!isSibling(m)) return whereTo(m);
        return earlyBreak ? "count" : undefined;
      }),
      step("break", "sibling = value", (m) => {
        const of = m.get(node);
        m.atomicStore(slotAt(of, 1), m.load(slotAt(of, 0)));
        return earlyBreak || mutation === "breaks not counted" ? whereTo(m) : undefined;
      }),
      step("count", "breaks + 1", (m) => {
        m.atomicAdd(breaks + m.get(node), 1);
        return earlyBreak ? "break" : whereTo(m);
      }),
      step("first", "slot 0 = value; its sibling comes next", (m) => {
        m.atomicStore(slotAt(m.get(node), swapped ? 1 : 0), swapped ? SIBLING : m.get(value));
      }),
      step("sibling", "slot 1 = see slot 0", (m) => {
        m.atomicStore(slotAt(m.get(node), swapped ? 0 : 1), swapped ? m.get(value) : SIBLING);
        return "done";
      }),
      step("one", "slot = value", (m) =>
        m.atomicStore(slotAt(m.get(node), m.get(kind) - Kind.PAGE_0), m.get(value)),
      ),
      step("done", "what was given, they have", (m) => {
        for (const p of [0, 1]) if (m.get(giving + p)) m.set(truth + p, m.get(giving + p));
        for (const local of [giving, giving + 1, kind, value, node]) m.set(local, 0);
        return "choose";
      }),
    ],
  };

  // The reader

  const look = (m: Memory) => {
    if (isFree(m, m.get(held))) m.violate(READS_FREED);
  };
  function report(m: Memory, owner: number): string {
    if (!m.violation && !(m.get(had) & (1 << owner))) m.violate(NEVER_HAD);
    for (const local of [page, had, held, seen, found]) m.set(local, 0);
    for (let of = 1; of <= NODES; of++) if (m.get(states + of) === State.RETIRED) free(m, of);
    return "start";
  }
  function follow(m: Memory, entry: number): string {
    if (entry >= VALUE) return report(m, entry - VALUE);
    m.set(held, entry);
    return m.get(seen) ? "Yr1" : "slot";
  }
  const gone = (m: Memory) => (mutation === "an entry that has gone counts as none" ? report(m, 0) : "again");

  const reader: Process = {
    name: "reader",
    steps: [
      step(
        "start",
        "the head",
        (m, way) => {
          m.set(page, way);
          m.set(had, (1 << m.get(truth + way)) | ((1 << m.get(giving + way)) & ~1));
          return follow(m, m.load(head));
        },
        2,
      ),
      step("slot", "the page's slot", (m) => {
        look(m);
        const entry = m.load(slotAt(m.get(held), m.get(page)));
        if (entry === RETRY) return gone(m);
        return entry === SIBLING ? "Yr1" : report(m, entry);
      }),
      step("Yr1", "breaks", (m) => {
        look(m);
        m.set(seen, m.load(breaks + m.get(held)));
      }),
      step("Yr2", "the slot", (m) => {
        look(m);
        const entry = m.load(slotAt(m.get(held), m.get(page)));
        if (entry === RETRY) return gone(m);
        return entry === SIBLING ? undefined : report(m, entry);
      }),
      step("Yr3", "slot 0", (m) => {
        look(m);
        const entry = m.load(slotAt(m.get(held), 0));
        if (entry === RETRY && mutation !== "the first slot's entry that has gone is taken for its owner")
          return gone(m);
        m.set(found, entry === RETRY ? 0 : entry);
        return mutation === "breaks not looked at again" ? report(m, m.get(found)) : undefined;
      }),
      step("Yr4", "breaks again", (m) => {
        look(m);
        if (m.load(breaks + m.get(held)) === m.get(seen)) return report(m, m.get(found));
        m.set(found, 0);
        return "Yr1";
      }),
      step("again", "the head once more", (m) => {
        if (m.load(head) === m.get(held)) m.violate(NO_FURTHER);
        return follow(m, m.load(head));
      }),
    ],
  };

  return {
    name: `xarray, ${operations} operations${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: [reader, writer],
    init: (m) => {
      m.set(left, operations);
      m.set(head, VALUE + 1);
      m.set(truth, 1);
      m.set(truth + 1, 1);
    },
    always: {
      "between operations the index says what the pages have": (m) =>
        !m.isAt(1, "choose") ||
        [0, 1].every((p) => {
          const at = m.get(head);
          const entry = at >= VALUE ? at - VALUE : m.get(slotAt(at, p));
          return m.get(truth + p) === (entry === SIBLING ? m.get(slotAt(at, 0)) : entry);
        }),
    },
  };
}
