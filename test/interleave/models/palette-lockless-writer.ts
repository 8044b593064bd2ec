/** palette-lockless-writer: an agent that charges and uncharges any pages without the lock, a bounded number of them. */
import { END, type Memory, type Process, step, WAIT } from "../machine.js";
import { TAKEN } from "./palette-lockless.js";
import {
  bitsOf,
  CLAIMED,
  codeIn,
  type PaletteLocklessState,
  STAMPED,
  slotOf,
  withBits,
  withCode,
} from "./palette-lockless-state.js";

/** Steps at which a writer is between two pages, or outside. */
export const BETWEEN = ["Qr1", "Qr2", "Yw0", "Yw1", "Yw2", "next", "Qo", "Yw4"] as const;
/** Of these, those behind the look at the lock. */
export const WITHIN = ["next", "Qo"] as const;

export function paletteLocklessWriter(p: PaletteLocklessState, w: number, left: number): Process {
  const { pages, owners: nrOwners, online, mutation } = p.options;
  const v = p.variables;
  const page = v.one(`w${w}.page`);
  const id = v.one(`w${w}.id`);
  const uses = v.one(`w${w}.uses`);
  const owners = v.one(`w${w}.owners`);
  const codes = v.one(`w${w}.codes`);
  const slot = v.one(`w${w}.slot`);
  const lost = v.one(`w${w}.lost`);
  const epoch = v.one(`w${w}.epoch`);
  const writing = p.writings + w;
  const lateName = mutation === "slot named after the code";
  const lateCount = mutation === "code before the count";
  const plainClaim = mutation === "a slot claimed with a count";
  const ownersFirst = mutation === "owners before uses";
  const earlyStamp = mutation === "stamp taken before the code is gone";
  const earlyOut = mutation === "counted out before the code is gone";

  const leave = online ? "Qo" : "Yw4";

  const isClosed = (m: Memory) => m.load(p.holder) !== 0 && mutation !== "no look at the lock";
  const forget = (m: Memory, ...locals: number[]) => {
    for (const local of locals) m.set(local, 0);
  };
  /** The page is done, or left to the lock's holder, or lost to another writer; the model does not try again by itself. */
  function done(m: Memory): string {
    forget(m, page, id, uses, owners, codes, slot, lost, epoch);
    return m.get(left) ? "next" : leave;
  }

  /** What a writer does once it has read the three words. */
  function decide(m: Memory): string {
    if (codeIn(m.get(codes), m.get(page))) return done(m);
    const found = slotOf(m.get(owners), m.get(id));
    const word = m.get(uses);
    if (found) {
      m.set(slot, found);
      m.set(lost, 1);
      m.set(owners, 0);
      if (bitsOf(word, found) === CLAIMED) return done(m);
      return "Lw2";
    }
    return bitsOf(word, 1) === CLAIMED || bitsOf(word, 2) === CLAIMED ? done(m) : "free";
  }

  /** Behind the code. */
  const afterCode = (m: Memory) => (m.get(lost) === CLAIMED ? "Lw5" : done(m));

  /** Counts out of the slot; where that empties it, its stamp comes next, for the word as it is now. */
  function countOut(m: Memory): string {
    const one = 1 << ((m.get(slot) - 1) * 4);
    const word = m.atomicAdd(p.uses, -one) - one;
    if (bitsOf(word, m.get(slot))) return done(m);
    forget(m, codes, lost, page, id);
    m.set(uses, word);
    return earlyStamp ? "Lu6" : "Lu5";
  }

  /** Takes away what a claim was more than `bits`. */
  const unclaim = (m: Memory, bits: number) =>
    m.atomicAdd(p.uses, (bits - m.get(lost)) << ((m.get(slot) - 1) * 4));

  const loads = {
    uses: step("Lw1", "uses", (m) => {
      m.set(uses, m.load(p.uses));
      return ownersFirst ? "Lw1 codes" : undefined;
    }),
    owners: step("Lw1 owners", "owners", (m) => {
      m.set(owners, m.load(p.owners));
      return ownersFirst ? "Lw1" : undefined;
    }),
  };

  const announcing = [
    step("Qr1", "online: read gpEpoch", (m) => {
      if (!m.get(left)) return END;
      m.set(epoch, m.load(p.gpEpoch));
      return undefined;
    }),
    step("Qr2", "store it as its own", (m) => {
      m.atomicStore(p.epochs + 1 + w, m.get(epoch));
      m.set(epoch, 0);
    }),
  ];

  const late = step("late count", "uses + 1, too late", (m) => {
    const bits = bitsOf(m.load(p.uses), m.get(slot));
    p.setBits(m, p.uses, m.get(slot), bits >= STAMPED ? 1 : bits + 1);
    return done(m);
  });

  const claimBit = (m: Memory) => m.atomicStore(p.bits, m.load(p.bits) | (1 << w));
  function enter(m: Memory): string {
    m.atomicStore(writing, 1);
    return "Yw2";
  }
  const lateBit = mutation === "bit behind the look at the lock";

  return {
    name: `writer ${w}`,
    steps: [
      ...(online ? announcing : []),
      step("Yw0", "its bit", (m) => {
        if (!m.get(left)) return END;
        // It would only go out again: in the core it waits for the lock now.
        if (m.get(p.holder)) return WAIT;
        if (m.get(p.bits) & (1 << w)) return enter(m);
        if (!lateBit) claimBit(m);
        return undefined;
      }),
      step("Yw1", "writing = 1", enter),
      step("Yw2", "is the lock free?", (m) => {
        return isClosed(m) ? "Yw4" : undefined;
      }),
      ...(lateBit ? [step("late bit", "its bit, too late", claimBit)] : []),
      step(
        "next",
        "if the lock is free, any page: charge or uncharge",
        (m, way) => {
          if (isClosed(m)) return way ? WAIT : leave;
          m.set(left, m.get(left) - 1);
          m.set(page, way % pages);
          m.set(id, Math.floor(way / pages));
          if (!m.get(id)) return "Lu1";
          return ownersFirst ? "Lw1 owners" : "Lw1";
        },
        pages * (nrOwners + 1),
      ),

      loads.uses,
      loads.owners,
      step("Lw1 codes", "codes; which slot?", (m) => {
        m.set(codes, m.load(p.codesOf(m.get(page))));
        return decide(m);
      }),
      step("Lw2", "uses + 1", (m) => {
        const word = m.get(uses);
        const bits = bitsOf(word, m.get(slot));
        const counted = withBits(word, m.get(slot), bits >= STAMPED ? 1 : bits + 1);
        if (mutation !== "not counted" && !lateCount && !m.compareAndSwap(p.uses, word, counted))
          return done(m);
        m.set(uses, 0);
        return "Lw4";
      }),
      step("free", "gpEpoch: a slot for another owner", (m) => {
        m.set(slot, p.freeSlot(m.get(uses), m.get(owners), m.load(p.gpEpoch)));
        m.set(lost, plainClaim ? 1 : CLAIMED);
        return m.get(slot) ? undefined : done(m);
      }),
      step("claim", "CLAIMED", (m) => {
        const word = m.get(uses);
        const claimed = withBits(word, m.get(slot), m.get(lost));
        if (!m.compareAndSwap(p.uses, word, claimed)) return done(m);
        return undefined;
      }),
      step("again", "the same owners still? else the slot as it was", (m) => {
        const same = m.load(p.owners) === m.get(owners) || mutation === "owners not asked again";
        m.set(owners, 0);
        if (!same) return undefined;
        m.set(uses, 0);
        return lateName ? "Lw4" : "Lw3";
      }),
      step("back", "the slot as it was", (m) => {
        unclaim(m, bitsOf(m.get(uses), m.get(slot)));
        return done(m);
      }),
      step("Lw3", "own[slot]", (m) => {
        p.setBits(m, p.owners, m.get(slot), m.get(id));
        return lateName ? afterCode(m) : undefined;
      }),
      step("Lw4", "code", (m) => {
        const word = m.get(codes);
        const set = withCode(word, m.get(page), m.get(slot));
        if (!m.compareAndSwap(p.codesOf(m.get(page)), word, set))
          return mutation === "a lost code stays counted" ? done(m) : "Lw6";
        p.change(m, m.get(page), m.get(id));
        m.set(codes, 0);
        if (lateCount && m.get(lost) === 1) return "late count";
        return lateName && m.get(lost) === CLAIMED ? "Lw3" : afterCode(m);
      }),
      ...(lateCount ? [late] : []),
      step("Lw5", "CLAIMED → 1", (m) => {
        unclaim(m, 1);
        return done(m);
      }),
      step("Lw6", "the code was lost: uses - 1, or CLAIMED → 0", (m) => {
        const one = 1 << ((m.get(slot) - 1) * 4);
        if (m.get(lost) === CLAIMED) unclaim(m, 0);
        else m.atomicAdd(p.uses, -one);
        return done(m);
      }),

      step("Lu1", "code", (m) => {
        const word = m.load(p.codesOf(m.get(page)));
        m.set(slot, codeIn(word, m.get(page)));
        m.set(codes, word);
        return m.get(slot) ? undefined : done(m);
      }),
      step("Lu2", "own[code]", (m) => {
        m.set(id, bitsOf(m.load(p.owners), m.get(slot)));
        if (earlyStamp) m.set(epoch, m.load(p.gpEpoch));
        return earlyOut ? "Lu4" : undefined;
      }),
      step("Lu3", "code → 0", (m) => {
        const word = m.get(codes);
        const at = m.get(page);
        if (!m.compareAndSwap(p.codesOf(at), word, withCode(word, at, 0))) return done(m);
        if (m.get(p.truths + at) !== m.get(id)) m.violate(TAKEN);
        p.change(m, at, 0);
        forget(m, codes, id, page);
        return earlyOut ? done(m) : undefined;
      }),
      step("Lu4", "uses - 1", (m) => {
        if (!earlyOut) return countOut(m);
        unclaim(m, m.get(lost) - 1);
        return "Lu3";
      }),
      step("Lu5", "gpEpoch", (m) => m.set(epoch, m.load(p.gpEpoch))),
      step("Lu6", "the stamp, unless the word is another", (m) => {
        const word = m.get(uses);
        m.compareAndSwap(p.uses, word, withBits(word, m.get(slot), p.stampOf(m.get(epoch))));
        return done(m);
      }),

      ...(online ? [step("Qo", "offline", (m) => m.atomicStore(p.epochs + 1 + w, 0))] : []),
      step("Yw4", "writing = 0", (m) => {
        m.atomicStore(writing, 0);
        return online ? "Qr1" : "Yw0";
      }),
    ],
  };
}
