// section: columns come with the first owner of 2048 pages and go with the last.
import { describe, expect, test } from "vitest";
import { Core, MemSection, Op, PageType, SLAB_BYTES, SlabPool } from "../../../src/abi.js";
import { Ledger, type Options, randomFrom } from "./harness.js";

const SECTION_PAGES = 2048;

describe.each(["debug/section", "section"])("%s", (name) => {
  const ready = (options: Options) => {
    const ledger = new Ledger(name, options);
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: 0xffffffff });
    return ledger;
  };
  const charge = (ledger: Ledger, pfn: number, order = 0) =>
    ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg: 1, arg: PageType.ANON });
  const columns = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);
  const section = (ledger: Ledger, number: number) => {
    const at = ledger.core(Core.indexPtr) + number * MemSection.sizeBytes;
    return {
      columnPtr: ledger.view.getUint32(at + MemSection.columnPtr, true),
      nrOwned: ledger.view.getUint32(at + MemSection.nrOwned, true),
    };
  };

  test("a column is one slab: 4 KiB for the first page of a section, nothing for the next 2047", () => {
    const ledger = ready({ nrFrames: 4 * SECTION_PAGES });
    const directory = 4 * MemSection.sizeBytes;
    expect(ledger.calls.usedIndexBytes()).toBe(directory);
    charge(ledger, 3000);
    expect(ledger.calls.usedIndexBytes()).toBe(directory + SLAB_BYTES);
    expect(section(ledger, 1).columnPtr % SLAB_BYTES).toBe(0);
    charge(ledger, 2048);
    charge(ledger, 4095);
    expect(section(ledger, 1).nrOwned).toBe(3);
    expect(ledger.calls.usedIndexBytes()).toBe(directory + SLAB_BYTES);
    charge(ledger, 4096);
    expect(ledger.calls.usedIndexBytes()).toBe(directory + 2 * SLAB_BYTES);
    ledger.sound();
  });

  test("the last owner takes the column along; the next one finds a clean slab in its place", () => {
    const ledger = ready({ nrFrames: 3 * SECTION_PAGES });
    charge(ledger, 100);
    charge(ledger, 101);
    const { columnPtr } = section(ledger, 0);
    ledger.do(Op.FREE, { pfn: 100 });
    expect(section(ledger, 0)).toEqual({ columnPtr, nrOwned: 1 });
    ledger.do(Op.FREE, { pfn: 101 });
    expect(section(ledger, 0)).toEqual({ columnPtr: 0, nrOwned: 0 });
    expect(columns(ledger)).toBe(0);
    expect(ledger.calls.ownerOf(101)).toBe(0);
    charge(ledger, 5000);
    expect(section(ledger, 2)).toEqual({ columnPtr, nrOwned: 1 });
    for (const pfn of [4096, 4196, 4999, 5001, 6143]) expect(ledger.calls.ownerOf(pfn)).toBe(0);
    ledger.sound();
  });

  test("a folio of order 12 fills two columns; releasing half of it frees one", () => {
    const ledger = ready({ nrFrames: 1 << 14 });
    charge(ledger, 8192, 12);
    expect([section(ledger, 4).nrOwned, section(ledger, 5).nrOwned]).toEqual([2048, 2048]);
    ledger.do(Op.RELEASE, { pfn: 8192, order: 11 });
    expect([section(ledger, 4).nrOwned, section(ledger, 5).nrOwned]).toEqual([0, 2048]);
    expect(columns(ledger)).toBe(1);
    // Over its own remains: what a charge frees first may be the very column it was promised.
    charge(ledger, 8192, 12);
    expect(columns(ledger)).toBe(2);
    ledger.sound();
  });

  test("a charge that finds no memory changes nothing", () => {
    const ledger = ready({ nrFrames: 1 << 18, maximum: 100 });
    let pfn = 0;
    while (ledger.try(Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON }) === "OK") pfn += SECTION_PAGES;
    expect(pfn).toBeGreaterThan(0);
    expect(pfn).toBeLessThan(3 << 16);
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON });
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn: 3 << 16, order: 16, memcg: 1, arg: PageType.ANON });
    charge(ledger, 1); // where a column is, there is room
    ledger.do(Op.RELEASE, { pfn: 0 });
    ledger.do(Op.RELEASE, { pfn: 1 });
    charge(ledger, pfn);
    ledger.sound();
  });

  test("columns are those of sections with an owned page, through a random history with growth", () => {
    let nrFrames = 1 << 15;
    const ledger = ready({ nrFrames });
    const random = randomFrom(11);
    const owned = new Set<number>();
    for (let step = 1; step <= 4000; step++) {
      const pfn = random(2) * (nrFrames >> 1) + (random(4) ? random(64) * 257 : random(nrFrames >> 1));
      if (owned.delete(pfn)) ledger.do(Op.FREE, { pfn });
      else {
        charge(ledger, pfn);
        owned.add(pfn);
      }
      if (step % 500) continue;
      const expected = new Set([...owned].map((p) => Math.floor(p / SECTION_PAGES))).size;
      expect(columns(ledger)).toBe(expected);
      expect(ledger.calls.usedIndexBytes()).toBe((nrFrames / SECTION_PAGES) * 8 + expected * SLAB_BYTES);
      ledger.sound();
      if (step % 1000 === 0) {
        nrFrames *= 2;
        ledger.calls.growFrames(nrFrames);
      }
    }
    for (const pfn of owned) ledger.do(Op.FREE, { pfn });
    expect(columns(ledger)).toBe(0);
    ledger.sound();
  });
});
