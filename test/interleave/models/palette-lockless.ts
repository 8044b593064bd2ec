/**
 * palette-lockless: one narrow block of two slots, writers without the lock, a reader beside them, and the lock's holder.
 *
 *   uses: a count, CLAIMED or a stamp for each slot │ owners of the slots │ codes, two pages a word │ gpEpoch
 *   the lock's word │ bits of the writers │ each one's writing
 *
 *   writer      Yw0 its bit · Yw1 writing = 1 · Yw2 the lock's word · pages, before each the lock's word · Yw4 writing = 0
 *     charge    Lw1 uses, owners, codes ─its own slot─► Lw2 uses + 1 ─► Lw4 code ─lost─► Lw6 uses - 1
 *                                       ─another─► free ─► claim ─► again: the same owners? ─► Lw3 own[slot] ─► Lw4 ─► Lw5
 *                                                                             └─no─► back: the byte as it was
 *     uncharge  Lu1 code · Lu2 own[code] · Lu3 code → 0 · Lu4 uses - 1 ─0─► Lu5 gpEpoch · Lu6 stamp
 *   holder      Yh1 the lock's word · Yh2 bits, then each one's writing · gpEpoch + 1, or a page: Pw1 own[slot], Pw2 code · unlock
 *   reader      Qr1 gpEpoch · Qr2 its own epoch · Pr1 code · Pr2 own[code]; one lookup, for earlier ones only hold epochs back
 *   fate        terminates a writer between two pages; recovery: writing = 0, its bit
 *
 * "again" is a rule that this model led to.  A slot never named, its byte 0, may be named, used and emptied between Lw1 and the
 * claim: the byte is 0 once more, and the claim succeeds.  Claimed, no slot can be named by others, so owners that are still the
 * same show that none was.
 *
 * gpEpoch stands still while anybody writes: who lets it go on holds the lock.  So writers are offline here, which leaves the
 * holder more ways than it has; with `online` they announce.  That gpEpoch goes on beside them is a mutation.
 *
 * Not here: overflow, stocks, a second try (after AGAIN a writer has one page less to go).
 * Beside the algorithm: `truth`, each page's owner, changed with its code, and `had`, the owners that the reader's page has had.
 */
import { END, type Memory, type Model, type Process, step, WAIT } from "../machine.js";
import {
  bitsOf,
  codeIn,
  paletteLocklessState,
  STAMPED,
  slotOf,
  withBits,
  withCode,
} from "./palette-lockless-state.js";
import { BETWEEN, paletteLocklessWriter, WITHIN } from "./palette-lockless-writer.js";

export type PaletteLocklessMutation =
  | "owners not asked again"
  | "owners before uses"
  | "not counted"
  | "code before the count"
  | "counted out before the code is gone"
  | "a lost code stays counted"
  | "slot named after the code"
  | "a slot claimed with a count"
  | "an emptied slot is free"
  | "slot refilled at once"
  | "stamp taken before the code is gone"
  | "no look at the lock"
  | "bit behind the look at the lock"
  | "holder does not wait"
  | "epochs go on beside writers"
  | "terminated anywhere"
  | "recovery leaves writing as it was";

/** Where a writer that is marked as writing may die. */
const AT_CALLS = ["Yw2", "next", "Yw4"];

export interface PaletteLocklessOptions {
  readonly pages: number;
  readonly owners: number;
  /** Pages that each writer tries. */
  readonly steps: readonly number[];
  /** Pages that the holder charges or uncharges, besides letting gpEpoch go on; without, nobody takes the lock. */
  readonly turns?: number;
  readonly reads?: boolean;
  readonly deaths?: boolean;
  readonly online?: boolean;
  /** Slots at the start: never named; or named and emptied at any time; or the first one counts the first page. */
  readonly past?: "fresh" | "emptied" | "charged";
  readonly modulus?: number;
  readonly stampModulus?: number;
  readonly mutation?: PaletteLocklessMutation;
}

export const HAD = "a reader reports only what the page had during its lookup";
export const TRUE = "when nobody writes, the block says what each page was charged to";
export const TAKEN = "a page is taken from the owner that it has";
export const COUNTED = "a slot counts its pages at least, and exactly when nobody writes";
export const TWINS = "when nobody writes, no two slots have one owner";
export const ALONE = "while the lock's holder writes, nobody else does";

export function paletteLockless(options: PaletteLocklessOptions): Model {
  const { pages, owners: nrOwners, steps, turns, reads, deaths, past = "fresh", mutation } = options;
  const p = paletteLocklessState(options);
  const v = p.variables;
  const begun = v.one("begun");
  const lefts = v.many("left", steps.length + 1);
  const all = steps.map((_, w) => w);
  /** The holder's process comes behind the writers'. */
  const holderAt = steps.length;
  const gpMoves = turns !== undefined || mutation === "epochs go on beside writers";
  const dead = v.one("dead");

  function reader(): Process {
    const seen = v.one("r.seen");
    const code = v.one("r.code");
    /** Pages of one word are alike, unless one begins with an owner. */
    const apart = past === "charged" ? 1 : 2;
    const online = [
      step("Qr1", "online: read gpEpoch", (m) => m.set(seen, m.load(p.gpEpoch))),
      step("Qr2", "store it as its own", (m) => {
        m.atomicStore(p.epochs, m.get(seen));
        m.set(seen, 0);
      }),
    ];
    return {
      name: "reader",
      steps: [
        ...(gpMoves ? online : []),
        step(
          "Pr1",
          "a page's code",
          (m, way) => {
            const page = way * apart;
            m.set(code, codeIn(m.load(p.codesOf(page)), page));
            // Without a code it reports none at once, and rightly: the page has none now.
            if (!m.get(code)) return "Pr1";
            m.set(p.had, (page << 5) | (1 << m.get(p.truths + page)));
            return undefined;
          },
          Math.ceil(pages / apart),
        ),
        step("Pr2", "own[code]", (m) => {
          if (!(m.get(p.had) & 31 & (1 << bitsOf(m.load(p.owners), m.get(code))))) m.violate(HAD);
          for (const local of [p.had, p.epochs, code]) m.set(local, 0);
          return END;
        }),
      ],
    };
  }

  function holder(): Process {
    const left = lefts + holderAt;
    const waits = v.one("h.waits");
    const page = v.one("h.page");
    const id = v.one("h.id");
    const slot = v.one("h.slot");

    /** Of a page that is charged: the slot to count into, or 0.  Slots that fell empty without a stamp get one first. */
    function slotFor(m: Memory): number {
      for (const each of [1, 2])
        if (!bitsOf(m.get(p.uses), each) && bitsOf(m.get(p.owners), each))
          p.setBits(m, p.uses, each, p.stampOf(m.get(p.gpEpoch)));
      return slotOf(m.get(p.owners), m.get(id)) || ([1, 2].find((each) => p.isSafe(m, each)) ?? 0);
    }

    function choose(m: Memory, way: number): string {
      if (way === 0) return "unlock";
      if (way === 1) return mutation !== "epochs go on beside writers" && p.advance(m) ? "held" : WAIT;
      m.set(page, Math.floor((way - 2) / (nrOwners + 1)));
      m.set(id, (way - 2) % (nrOwners + 1));
      const truth = m.get(p.truths + m.get(page));
      if (!m.get(left) || !m.get(id) === !truth) return WAIT;
      m.set(left, m.get(left) - 1);
      if (!m.get(id)) return "Pw2";
      m.set(slot, slotFor(m));
      if (m.get(slot)) return bitsOf(m.get(p.owners), m.get(slot)) === m.get(id) ? "Pw2" : "Pw1";
      // The block would overflow.
      for (const local of [page, id]) m.set(local, 0);
      return "held";
    }

    return {
      name: "holder",
      steps: [
        step("Yh1", "the lock", (m) => m.atomicStore(p.holder, 1)),
        step("Yh2", "the bits", (m) => {
          if (mutation === "holder does not wait") return "held";
          m.set(waits, m.load(p.bits));
          return m.get(waits) ? undefined : "held";
        }),
        step("Yh2 each", "one that has its bit: writing still?", (m) => {
          const w = all.find((each) => m.get(waits) & (1 << each))!;
          if (m.load(p.writings + w)) return WAIT;
          m.set(waits, m.get(waits) & ~(1 << w));
          return m.get(waits) ? "Yh2 each" : undefined;
        }),
        step("held", "gpEpoch + 1, or a page, or the end", choose, 2 + pages * (nrOwners + 1)),
        step("Pw1", "own[slot]", (m) => p.setBits(m, p.owners, m.get(slot), m.get(id))),
        step("Pw2", "code, counts, the stamp of a slot that is empty now", (m) => {
          const at = m.get(page);
          const word = m.load(p.codesOf(at));
          const each = m.get(slot) || codeIn(word, at);
          m.atomicStore(p.codesOf(at), withCode(word, at, m.get(slot)));
          p.change(m, at, m.get(id));
          const bits = bitsOf(m.get(p.uses), each);
          const count = (bits < STAMPED ? bits : 0) + (m.get(slot) ? 1 : -1);
          p.setBits(m, p.uses, each, count || p.stampOf(m.get(p.gpEpoch)));
          for (const local of [page, id, slot]) m.set(local, 0);
          return "held";
        }),
        step("unlock", "the lock is free", (m) => {
          m.atomicStore(p.holder, 0);
          return "Yh1";
        }),
      ],
    };
  }

  /** A thread is terminated at calls and loops only, which lie between two pages. */
  function fate(): Process {
    return {
      name: "fate",
      steps: [
        step(
          "kill",
          "a writer is terminated, or none",
          (m, victim) => {
            if (victim === steps.length) return END;
            const where =
              mutation === "terminated anywhere" ? !m.hasEnded(victim) : m.isAt(victim, ...AT_CALLS);
            if (!where) return WAIT;
            m.stop(victim);
            m.set(dead, victim);
            return undefined;
          },
          steps.length + 1,
        ),
        step("writing", "recovery: it writes no more", (m) => {
          if (mutation !== "recovery leaves writing as it was") m.atomicStore(p.writings + m.get(dead), 0);
        }),
        step("bit", "its bit", (m) => {
          if (mutation !== "recovery leaves writing as it was")
            m.atomicStore(p.bits, m.load(p.bits) & ~(1 << m.get(dead)));
        }),
      ],
    };
  }

  /** What was before the first step. */
  const start: Process = {
    name: "past",
    steps: [
      step(
        "begin",
        "a stamp or 0 for each slot, the second perhaps never named",
        (m, way) => {
          const stamps = [0, ...p.stamps];
          const second = Math.floor(way / stamps.length);
          m.set(p.uses, withBits(withBits(0, 1, stamps[way % stamps.length]!), 2, stamps[second] ?? 0));
          m.set(p.owners, withBits(1, 2, second < stamps.length ? 2 : 0));
          m.set(begun, 1);
          return END;
        },
        (p.stamps.length + 2) * (p.stamps.length + 1),
      ),
    ],
  };

  const epochs: Process = {
    name: "epochs",
    steps: [step("Qw3", "gpEpoch + 1", (m) => (p.advance(m) ? "Qw3" : WAIT))],
  };

  const afterStart = (process: Process): Process => ({
    ...process,
    steps: process.steps.map((one) => ({
      ...one,
      run: (m: Memory, way: number) => (m.get(begun) ? one.run(m, way) : WAIT),
    })),
  });
  const processes = [
    ...all.map((w) => paletteLocklessWriter(p, w, lefts + w)),
    ...(turns !== undefined ? [holder()] : []),
    ...(reads ? [reader()] : []),
    ...(deaths ? [fate()] : []),
    ...(mutation === "epochs go on beside writers" ? [epochs] : []),
  ];

  const isBetween = (m: Memory, w: number) => m.hasEnded(w) || m.isAt(w, ...BETWEEN);
  const holds = (m: Memory) => turns !== undefined && m.isAt(holderAt, "held", "Pw1", "Pw2");
  const isQuiet = (m: Memory) =>
    all.every((w) => isBetween(m, w)) && !(turns !== undefined && m.isAt(holderAt, "Pw1", "Pw2"));
  return {
    name: `palette-lockless, ${nrOwners} owners on ${pages} pages, steps ${steps.join(" and ")}${turns ? `, ${turns} of the holder` : ""}${past === "fresh" ? "" : `, ${past} slots`}${reads ? ", a reader" : ""}${deaths ? ", deaths" : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: v,
    processes: past === "emptied" ? [...processes.map(afterStart), start] : processes,
    init: (m) => {
      m.set(p.gpEpoch, 1);
      if (past === "charged") {
        m.set(p.uses, withBits(0, 1, 1));
        m.set(p.owners, withBits(0, 1, 1));
        m.set(p.codesOf(0), withCode(0, 0, 1));
        p.change(m, 0, 1);
      }
      for (const [w, count] of [...steps, turns ?? 0].entries()) m.set(lefts + w, count);
    },
    always: {
      [ALONE]: (m) => !holds(m) || all.every((w) => isBetween(m, w) && !m.isAt(w, ...WITHIN)),
      [COUNTED]: (m) => p.isCounted(m, isQuiet(m)),
      [TWINS]: (m) => !isQuiet(m) || !p.hasTwins(m),
      [TRUE]: (m) => !isQuiet(m) || p.saysTruth(m),
    },
  };
}
