// xarray-marks: marks of entries against a list of entries, each with the marks that it should have.
import { describe, expect, test } from "vitest";
import { CORE_PTR, Core, Op, PageType, XA_MARKS } from "../../../src/abi.js";
import { DESIGNS, errName, Ledger, type Options, randomFrom } from "./harness.js";

const NONE = 0xffffffff;
const NR_FRAMES = 1 << 14;
const SHIFT = 6;

interface Entry {
  readonly first: number;
  readonly order: number;
  readonly marks: ReadonlySet<number>;
}

/** Entries as an XArray has them: aligned runs, broken up as far as a change of a part needs, and no further. */
class Entries {
  readonly #of: (Entry | undefined)[] = new Array(NR_FRAMES);

  at(pfn: number): Entry | undefined {
    return this.#of[pfn];
  }
  mark(pfn: number, mark: number, set: boolean): void {
    const { first, order, marks } = this.#of[pfn]!;
    const others = [...marks].filter((other) => other !== mark);
    this.#put({ first, order, marks: new Set(set ? [...others, mark] : others) });
  }
  /** All pages that have a mark. */
  *marked(mark: number): Generator<number> {
    for (let pfn = 0; pfn < NR_FRAMES; pfn++) if (this.#of[pfn]?.marks.has(mark)) yield pfn;
  }
  store(pfn: number, nrPages: number, owned: boolean): void {
    for (let left = nrPages, at = pfn; left > 0; ) {
      const aligned = at === 0 ? 31 : 31 - Math.clz32(at & -at);
      const order = Math.min(aligned, 31 - Math.clz32(left));
      this.#storeRun(at, order, owned);
      at += 2 ** order;
      left -= 2 ** order;
    }
  }

  #put(entry: Entry): void {
    this.#of.fill(entry, entry.first, entry.first + 2 ** entry.order);
  }
  #storeRun(first: number, order: number, owned: boolean): void {
    for (let old = this.#of[first]; old !== undefined && old.order > order; old = this.#of[first]) {
      const rest = old.order % SHIFT;
      const part = old.order - (rest === 0 ? SHIFT : rest);
      const end = old.first + 2 ** old.order;
      for (let at = old.first; at < end; at += 2 ** part)
        this.#put({ first: at, order: part, marks: old.marks });
    }
    const marks = new Set<number>();
    for (let pfn = first; pfn < first + 2 ** order; pfn++)
      for (const mark of this.#of[pfn]?.marks ?? []) marks.add(mark);
    if (owned) this.#put({ first, order, marks });
    else this.#of.fill(undefined, first, first + 2 ** order);
  }
}

const ready = (name: string, options: Options = {}) => {
  const ledger = new Ledger(name, { nrFrames: NR_FRAMES, ...options });
  for (const id of [1, 2, 3]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: NONE });
  return ledger;
};
const charge = (ledger: Ledger, pfn: number, order = 0, memcg = 1) =>
  ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg, arg: PageType.ANON });
const marked = (ledger: Ledger, mark: number) => {
  const pfns: number[] = [];
  for (let pfn = 0; ; pfn++) {
    pfn = ledger.calls.nextMarked(pfn, mark);
    if (pfn === NR_FRAMES) return pfns;
    pfns.push(pfn);
  }
};
const rootMarks = (ledger: Ledger) => ledger.view.getUint16(CORE_PTR + Core.xarrayMarks, true);

describe.each(["debug/xarray", "xarray"])("%s", (name) => {
  test("a mark set for one page of a folio is every page's, and no other's", () => {
    const ledger = ready(name);
    charge(ledger, 1024, 9);
    charge(ledger, 1536);
    expect(errName(ledger.calls.setMark(1024 + 300, 1))).toBe("OK");
    expect(marked(ledger, 1)).toEqual(Array.from({ length: 512 }, (_, i) => 1024 + i));
    expect([marked(ledger, 0), marked(ledger, 2), rootMarks(ledger)]).toEqual([[], [], 2]);
    expect(errName(ledger.calls.clearMark(1024 + 511, 1))).toBe("OK");
    expect([marked(ledger, 1), rootMarks(ledger)]).toEqual([[], 0]);
    ledger.sound();
  });

  test("parts of a folio keep its mark, a page uncharged loses it, the next owner does not get it", () => {
    const ledger = ready(name);
    charge(ledger, 4096, 7);
    ledger.calls.setMark(4096, 2);
    ledger.do(Op.RELEASE, { pfn: 4100 });
    expect(marked(ledger, 2)).toEqual([...Array(128).keys()].map((i) => 4096 + i).filter((p) => p !== 4100));
    charge(ledger, 4100);
    expect(ledger.calls.nextMarked(4100, 2)).toBe(4101);
    ledger.calls.clearMark(4101, 2); // a part of its own by now
    expect(ledger.calls.nextMarked(4100, 2)).toBe(4102);
    ledger.sound();
  });

  test("pfn 0 alone is the head, and has its marks in the root; a taller tree takes them along", () => {
    const ledger = ready(name);
    charge(ledger, 0);
    ledger.calls.setMark(0, 0);
    expect([marked(ledger, 0), rootMarks(ledger)]).toEqual([[0], 1]);
    charge(ledger, 5000, 3);
    expect(marked(ledger, 0)).toEqual([0]);
    ledger.do(Op.FREE, { pfn: 5000, order: 3 });
    expect(marked(ledger, 0)).toEqual([0]);
    ledger.calls.clearMark(0, 0);
    expect([marked(ledger, 0), rootMarks(ledger)]).toEqual([[], 0]);
    ledger.calls.setMark(0, 0);
    ledger.do(Op.FREE, { pfn: 0 });
    expect(rootMarks(ledger)).toBe(0);
    ledger.sound();
  });

  test("refusals: no such mark, beyond memory, nobody's page", () => {
    const ledger = ready(name);
    charge(ledger, 7);
    for (const call of [ledger.calls.setMark, ledger.calls.clearMark]) {
      expect(errName(call(7, XA_MARKS))).toBe("BAD_ARG");
      expect(errName(call(7, -1))).toBe("BAD_ARG");
      expect(errName(call(NR_FRAMES, 0))).toBe("BAD_PFN");
      expect(errName(call(8, 0))).toBe("NOT_CHARGED");
    }
    expect([ledger.calls.nextMarked(NONE, 0), ledger.calls.nextMarked(0, XA_MARKS)]).toEqual([
      NR_FRAMES,
      NR_FRAMES,
    ]);
  });

  test("through a random history of folios, against the list of entries", () => {
    const ledger = ready(name);
    const entries = new Entries();
    /** Folios that are whole, by first pfn. */
    const folios = new Map<number, number>();
    const random = randomFrom(420);
    const seen = { parted: 0, marked: 0, moved: 0 };
    for (let step = 1; step <= 3000; step++) {
      const order = random(3) ? random(4) : random(13);
      const pfn = ((random(2) ? random(2048) : random(NR_FRAMES)) >> order) << order;
      const what = random(8);
      if (what < 3) {
        if (what === 0) ledger.do(Op.RELEASE, { pfn, order });
        else charge(ledger, pfn, order, 1 + random(3));
        for (const [first, o] of folios)
          if (first < pfn + 2 ** order && pfn < first + 2 ** o) folios.delete(first);
        if ((entries.at(pfn)?.order ?? 0) > order) seen.parted++;
        entries.store(pfn, 2 ** order, false);
        if (what === 0) continue;
        entries.store(pfn, 2 ** order, true);
        folios.set(pfn, order);
      } else if (what < 5) {
        // A part of a folio becomes a folio, and another's.
        const [first, whole] = [...folios][random(folios.size)] ?? [0, 0];
        if (whole === 0) continue;
        const part = random(whole);
        ledger.do(Op.SPLIT, { pfn: first, order: part });
        for (let at = first; at < first + 2 ** whole; at += 2 ** part) folios.set(at, part);
        const moved = first + random(2 ** (whole - part)) * 2 ** part;
        ledger.do(Op.MOVE_CHARGE, { pfn: moved, memcg: 1 + ((ledger.calls.ownerOf(moved) + random(2)) % 3) });
        entries.store(moved, 2 ** part, true);
        seen.moved++;
      } else {
        const near = pfn + random(2 ** order);
        if (entries.at(near) === undefined) continue;
        const [mark, set] = [random(XA_MARKS), random(3) > 0];
        expect(errName((set ? ledger.calls.setMark : ledger.calls.clearMark)(near, mark))).toBe("OK");
        entries.mark(near, mark, set);
        seen.marked++;
      }
      if (step % 100) continue;
      for (let mark = 0; mark < XA_MARKS; mark++)
        expect(marked(ledger, mark)).toEqual([...entries.marked(mark)]);
      ledger.sound();
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
    for (let pfn = 0; pfn < NR_FRAMES; pfn += 4096) ledger.do(Op.RELEASE, { pfn, order: 12 });
    expect([rootMarks(ledger), ledger.core(Core.xarrayHead)]).toEqual([0, 0]);
    ledger.sound();
  });

  test("marks that do not agree with what is below are noticed", () => {
    const ledger = ready(name);
    charge(ledger, 70);
    ledger.calls.setMark(70, 1);
    ledger.sound();
    ledger.view.setUint16(CORE_PTR + Core.xarrayMarks, 0, true);
    expect(ledger.calls.audit()).toBeGreaterThan(0);
  });
});

test.each(DESIGNS.map(({ name }) => name).filter((name) => name !== "xarray"))("%s has no marks", (name) => {
  const ledger = ready(name);
  charge(ledger, 7);
  expect(errName(ledger.calls.setMark(7, 0))).toBe("BAD_ARG");
  expect(ledger.calls.nextMarked(0, 0)).toBe(NR_FRAMES);
});
