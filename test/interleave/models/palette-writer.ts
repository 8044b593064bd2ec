/** palette-writer: whoever holds the lock; any change of any page, and the changes of form, whenever they are allowed. */
import { type Memory, type Process, step, WAIT } from "../machine.js";
import { Block, COLUMN, OVERFLOWED, type PaletteState } from "./palette-state.js";

/** w.slot of a change of form that sets no page. */
const NO_SET = 31;

export function paletteWriter(p: PaletteState): Process {
  const { pages, owners, slots, wideSlots, readers, blocks, modulus, fresh, grained, drops, sets, mutation } =
    p.options;
  const v = p.variables;
  const page = v.one("w.page");
  const owner = v.one("w.owner");
  /** Slot of the owner, in the form that the block has. */
  const slot = v.one("w.slot");
  /** Overflow block in the making. */
  const made = v.one("w.made");
  const nth = v.one("w.nth");
  const announced = v.one("w.announced");
  const nrSets = v.one("w.sets");
  const plain = mutation === "stores of overflow plain";
  const lateOwn0 = mutation === "own0 after the codes";
  const earlyOwn0 = mutation === "own0 before the codes, on the way back";
  const earlyLink = mutation === "link before the wide block";
  const earlyCode = mutation === "code before its owner";

  const put = (m: Memory, at: number, value: number) =>
    plain ? m.store(at, value) : m.atomicStore(at, value);

  function done(m: Memory): string {
    for (const local of [page, owner, slot, made, nth]) m.set(local, 0);
    p.forget(m, true);
    return "op";
  }

  function retire(m: Memory, block: number): void {
    if (mutation === "wide block freed at once") {
      p.free(m, block);
      return;
    }
    m.set(p.states + block, Block.RETIRED);
    m.set(p.retiredAt + block, m.get(p.gpEpoch));
  }

  /** What the next step of setting w.page to w.owner is, in the form the block has now; "" = it needs a block. */
  function setStep(m: Memory): string {
    const wanted = m.get(owner);
    const narrow = m.load(p.own0) === 0;
    if (!narrow && p.isColumn(m)) return "Pw5";
    m.set(slot, 0);
    if (!wanted) return narrow ? "Pw2" : "Pw4";
    const ownAt = (s: number) => (narrow ? p.owns + s : p.wideOwnAt(p.blockOf(m), s));
    const count = narrow ? slots : wideSlots;
    for (let s = 1; s <= count; s++) {
      if (m.get(ownAt(s)) !== wanted) continue;
      m.set(slot, s);
      return narrow ? "Pw2" : "Pw4";
    }
    for (let s = 1; s <= count; s++) {
      if (narrow ? p.isUsed(m, s) || !p.isSafe(m, s) : !isVirgin(m, s)) continue;
      m.set(slot, s);
      if (narrow) return earlyCode ? "Pw2" : "Pw1";
      return "Pw3";
    }
    return "";
  }

  /** Whether a slot of the wide block never had an owner, or may be refilled after all. */
  function isVirgin(m: Memory, s: number): boolean {
    const block = p.blockOf(m);
    if (mutation !== "wide slot refilled") return m.get(p.wideOwnAt(block, s)) === 0;
    for (let q = 0; q < pages; q++) if (m.get(p.cellAt(block, q)) === s) return false;
    return true;
  }

  /** Fills a wide block with what all pages have. */
  function fillWide(m: Memory, block: number): void {
    for (const [i, one] of p.ownersNow(m).entries()) {
      m.set(p.wideOwnAt(block, i + 1), one);
      for (let q = 0; q < pages; q++) if (m.get(p.truth + q) === one) m.set(p.cellAt(block, q), i + 1);
    }
  }

  /** Whether the block may become narrow: a grace period has passed since it overflowed, and few owners are left. */
  function canNarrow(m: Memory): boolean {
    if (!m.load(p.own0) || p.isColumn(m)) return false;
    const left = p.ownersNow(m).length;
    if (left > slots) return false;
    if (mutation === "narrowing without a grace period") return true;
    if (mutation === "empty block dropped with its stamps" && left === 0) return true;
    for (let s = 1; s <= slots; s++) if (!p.isSafe(m, s)) return false;
    return true;
  }

  function choose(m: Memory, way: number): string {
    if (way === 0) return grained ? "Qw3a" : announce(m);
    if (way === 1) {
      if (canNarrow(m)) return earlyOwn0 ? "Pn3" : "Pn1";
      // An empty block: slots and stamps stay as they are.
      return drops && m.load(p.own0) && p.ownersNow(m).length === 0 ? "Pn3" : WAIT;
    }
    if (way === 2) {
      m.set(slot, NO_SET);
      const can = p.isColumn(m) && p.freeBlocks(m) > 0 && p.ownersNow(m).length <= wideSlots;
      return can ? "Pm1" : WAIT;
    }
    m.set(page, Math.floor((way - 3) / (owners + 1)));
    m.set(owner, (way - 3) % (owners + 1));
    if (m.get(owner) === m.get(p.truth + m.get(page))) return WAIT;
    if (sets && m.get(nrSets) === sets) return WAIT;
    if (sets) m.set(nrSets, m.get(nrSets) + 1);
    const next = setStep(m);
    if (next) return next;
    if (m.load(p.own0)) return p.freeBlocks(m) > 0 ? "Pm1" : WAIT;
    // A wide block full from the start needs a second one.
    return p.freeBlocks(m) > (p.ownersNow(m).length < wideSlots ? 0 : 1) ? "Po1" : WAIT;
  }

  /** On with the set that overflowed: in the wide block, or out of that as well. */
  function afterOverflow(m: Memory): string {
    m.set(made, 0);
    m.set(nth, 0);
    return setStep(m) || "Pm1";
  }

  const scan = (m: Memory) => {
    const r = m.get(nth);
    if (!r) m.set(announced, m.load(p.gpEpoch));
    const epoch = m.load(p.epochs + r);
    if (epoch && epoch !== m.get(announced)) m.set(announced, 0);
    m.set(nth, (r + 1) % readers);
    return m.get(nth) !== 0;
  };

  function advance(m: Memory): undefined {
    const epoch = m.get(p.gpEpoch);
    const all = m.get(announced) === epoch;
    m.set(announced, 0);
    if (!all) return;
    m.atomicStore(p.gpEpoch, epoch === modulus - 1 ? 1 : epoch + 1);
    p.forgetSlots(m);
  }

  function freeBlocks(m: Memory): string {
    const now = m.get(p.gpEpoch);
    for (let block = 1; block <= blocks; block++) {
      const stamp = m.get(p.retiredAt + block);
      if (m.get(p.states + block) !== Block.RETIRED || stamp === now) continue;
      if (stamp === p.previous(now) && m.get(announced) !== now) continue;
      p.free(m, block);
    }
    m.set(announced, 0);
    return "op";
  }

  /** All of Qw3 to Qw5 at once: they are taken apart in the model of grace periods. */
  function announce(m: Memory): string {
    while (scan(m));
    advance(m);
    while (scan(m));
    return freeBlocks(m);
  }

  const announcement = [
    step("Qw3a", "read one agent's epoch", (m) => (scan(m) ? "Qw3a" : "Qw3")),
    step("Qw3", "gpEpoch + 1, if all have announced it", advance),
    step("Qw4", "read one agent's epoch", (m) => (scan(m) ? "Qw4" : "Qw5")),
    step("Qw5", "free the blocks that nobody can hold", freeBlocks),
  ];

  const late = step("Po3b", "the wide block, too late", (m) => {
    fillWide(m, m.get(made));
    return "Po4";
  });

  return {
    name: "writer",
    steps: [
      step("op", "announce, change form, or set a page", choose, 3 + pages * (owners + 1)),
      step("Pw1", "own[slot]", (m) => {
        m.atomicStore(p.owns + m.get(slot), m.get(owner));
        m.set(p.stamps + m.get(slot), 0);
        return earlyCode ? done(m) : undefined;
      }),
      step("Pw2", "code", (m) => {
        const before = m.get(p.codes + m.get(page));
        m.atomicStore(p.codes + m.get(page), m.get(slot));
        if (m.get(slot)) m.set(p.stamps + m.get(slot), 0);
        if (before && !p.isUsed(m, before)) p.stampNow(m, before);
        p.change(m, m.get(page), m.get(owner));
        return earlyCode && m.get(p.owns + m.get(slot)) !== m.get(owner) ? "Pw1" : done(m);
      }),

      step("Po1", "a wide block, complete", (m) => {
        m.set(made, p.takeBlock(m));
        if (!earlyLink) fillWide(m, m.get(made));
      }),
      step("Po2", "link", (m) => {
        put(m, p.link, m.get(made));
        return lateOwn0 ? "Po4" : undefined;
      }),
      step("Po3", "own0 = OVERFLOWED", (m) => {
        put(m, p.own0, OVERFLOWED);
        return lateOwn0 ? afterOverflow(m) : earlyLink ? "Po3b" : "Po4";
      }),
      ...(earlyLink ? [late] : []),
      step("Po4", "a word of codes = 0", (m) => {
        put(m, p.codes + m.get(nth), 0);
        m.set(nth, m.get(nth) + 1);
        if (m.get(nth) < pages) return "Po4";
        for (let s = 1; s <= slots; s++) p.stampNow(m, s);
        return lateOwn0 ? "Po3" : afterOverflow(m);
      }),

      step("Pw3", "own[slot] in the wide block", (m) => {
        m.atomicStore(p.wideOwnAt(p.blockOf(m), m.get(slot)), m.get(owner));
      }),
      step("Pw4", "code in the wide block", (m) => {
        m.atomicStore(p.cellAt(p.blockOf(m), m.get(page)), m.get(slot));
        p.change(m, m.get(page), m.get(owner));
        return done(m);
      }),
      step("Pw5", "owner in the column", (m) => {
        m.atomicStore(p.cellAt(p.blockOf(m), m.get(page)), m.get(owner));
        p.change(m, m.get(page), m.get(owner));
        return done(m);
      }),

      step("Pm1", "a fresh wide block or a column, complete", (m) => {
        if (!p.freeBlocks(m)) return WAIT;
        const block = p.takeBlock(m);
        // A column turns wide; a wide block out of slots turns into another, without unused slots, or into a column.
        const wide = p.isColumn(m) || (fresh === true && p.ownersNow(m).length < wideSlots);
        if (wide) fillWide(m, block);
        else for (let q = 0; q < pages; q++) m.set(p.cellAt(block, q), m.get(p.truth + q));
        m.set(made, wide ? block : block | COLUMN);
        return undefined;
      }),
      step("Pm2", "link", (m) => {
        const old = p.blockOf(m);
        m.atomicStore(p.link, m.get(made));
        retire(m, old);
        m.set(made, 0);
        return m.get(slot) === NO_SET ? done(m) : setStep(m);
      }),

      step("Pn1", "own of a slot", (m) => {
        m.set(nth, m.get(nth) + 1);
        m.atomicStore(p.owns + m.get(nth), p.ownersNow(m)[m.get(nth) - 1] ?? 0);
        m.set(p.stamps + m.get(nth), 0);
        if (m.get(nth) < slots) return "Pn1";
        m.set(nth, 0);
        return undefined;
      }),
      step("Pn2", "a word of codes", (m) => {
        const q = m.get(nth);
        m.atomicStore(p.codes + q, p.ownersNow(m).indexOf(m.get(p.truth + q)) + 1);
        m.set(nth, q + 1);
        if (q + 1 < pages) return "Pn2";
        return earlyOwn0 ? "Pn4" : undefined;
      }),
      step("Pn3", "own0 = 0", (m) => {
        m.atomicStore(p.own0, 0);
        m.set(nth, 0);
        return earlyOwn0 ? "Pn1" : undefined;
      }),
      step("Pn4", "link = 0", (m) => {
        const old = p.blockOf(m);
        m.atomicStore(p.link, 0);
        retire(m, old);
        return done(m);
      }),

      ...(grained ? announcement : []),
    ],
  };
}
