// object: pages name objects, objects have owners; kernel pages and moved charges fall back on columns.
import { describe, expect, test } from "vitest";
import {
  Check,
  CORE_PTR,
  Container,
  Core,
  Difference,
  MemObject,
  MemSection,
  Op,
  PageFrame,
  PageType,
  SLAB_BYTES,
  SlabPool,
} from "../../../src/abi.js";
import { Ledger, type Options, randomFrom } from "./harness.js";

const { NONE, ANON, FILE, SHMEM, KERNEL } = PageType;
const MAX = 0xffffffff;
const SECTION_PAGES = 2048;
/** Pages of an object, in a machine of less than 8 GiB. */
const OBJECT_PAGES = 64;
const OPEN = [Container.openAnon, Container.openFile, Container.openShmem];

describe.each(["debug/object", "object"])("%s", (name) => {
  const ready = (options: Options = {}, nrContainers = 2) => {
    const ledger = new Ledger(name, options);
    for (let id = 1; id <= nrContainers; id++) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: MAX });
    return ledger;
  };
  const charge = (ledger: Ledger, pfn: number, memcg: number, type: PageType, order = 0) =>
    ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg, arg: type });
  const numberOf = (ledger: Ledger, pfn: number) =>
    ledger.view.getUint16(ledger.framePtr(pfn) + PageFrame.memcgId, true);
  const objectPtr = (ledger: Ledger, number: number) =>
    ledger.core(Core.indexPtr) + number * MemObject.sizeBytes;
  const object = (ledger: Ledger, number: number) => {
    const at = objectPtr(ledger, number);
    return {
      owner: ledger.view.getUint16(at + MemObject.memcgId, true),
      shared: ledger.view.getUint16(at + MemObject.isShared, true),
      pages: ledger.view.getUint32(at + MemObject.nrPages, true),
    };
  };
  const open = (ledger: Ledger, id: number) =>
    OPEN.map((offset) => ledger.view.getUint16(ledger.containerPtr(id) + offset, true));
  const columns = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);
  const owners = (ledger: Ledger, pfns: readonly number[]) => pfns.map((pfn) => ledger.calls.ownerOf(pfn));

  test("pages of one container and type share an object, others do not", () => {
    const ledger = ready();
    charge(ledger, 10, 1, ANON);
    charge(ledger, 11, 1, FILE);
    charge(ledger, 12, 1, SHMEM);
    charge(ledger, 13, 2, ANON);
    charge(ledger, 16, 1, ANON, 2);
    expect([10, 11, 12, 13, 16, 19].map((pfn) => numberOf(ledger, pfn))).toEqual([1, 2, 3, 4, 1, 1]);
    expect(object(ledger, 1)).toEqual({ owner: 1, shared: 0, pages: 5 });
    expect(object(ledger, 4)).toEqual({ owner: 2, shared: 0, pages: 1 });
    expect([open(ledger, 1), open(ledger, 2)]).toEqual([
      [1, 2, 3],
      [4, 0, 0],
    ]);
    expect(owners(ledger, [9, 10, 11, 12, 13, 14, 16, 19, 20])).toEqual([0, 1, 1, 1, 2, 0, 1, 1, 0]);
    expect(columns(ledger)).toBe(0);
    ledger.sound();
  });

  test("an object that is full is followed by the next; a folio goes in whole", () => {
    const ledger = ready();
    for (let pfn = 0; pfn < OBJECT_PAGES; pfn++) charge(ledger, pfn, 1, FILE);
    charge(ledger, OBJECT_PAGES, 1, FILE);
    expect([object(ledger, 1).pages, object(ledger, 2).pages, numberOf(ledger, 63)]).toEqual([64, 1, 1]);
    charge(ledger, 1024, 1, FILE, 9);
    charge(ledger, 100, 1, FILE);
    expect([object(ledger, 2).pages, numberOf(ledger, 100)]).toEqual([513, 3]);
    // Room made in an open object is used again, in one that is full and left it is not.
    for (let pfn = 0; pfn < 10; pfn++) ledger.do(Op.FREE, { pfn });
    charge(ledger, 101, 1, FILE);
    expect([object(ledger, 1).pages, numberOf(ledger, 101), open(ledger, 1)]).toEqual([54, 3, [0, 3, 0]]);
    ledger.sound();
  });

  test("an object goes with its last page, and its number serves the next", () => {
    const ledger = ready();
    charge(ledger, 10, 1, ANON);
    charge(ledger, 11, 1, FILE);
    charge(ledger, 12, 2, ANON);
    ledger.do(Op.FREE, { pfn: 10 });
    ledger.do(Op.FREE, { pfn: 12 });
    expect([numberOf(ledger, 10), open(ledger, 1), open(ledger, 2)]).toEqual([0, [0, 2, 0], [0, 0, 0]]);
    // Free records are linked from record 0.
    expect([object(ledger, 0).pages, object(ledger, 3).pages, object(ledger, 1)]).toEqual([
      3,
      1,
      { owner: 0, shared: 0, pages: 0 },
    ]);
    ledger.sound();
    charge(ledger, 20, 2, SHMEM);
    charge(ledger, 21, 2, FILE);
    charge(ledger, 22, 2, ANON);
    expect([20, 21, 22].map((pfn) => numberOf(ledger, pfn))).toEqual([3, 1, 4]);
    ledger.sound();
  });

  test("kernel pages and those of no type have no object", () => {
    const ledger = ready();
    charge(ledger, 2100, 1, KERNEL, 2);
    ledger.do(Op.ALLOC, { pfn: 10 });
    ledger.do(Op.CHARGE, { pfn: 10, memcg: 2, arg: NONE });
    expect([numberOf(ledger, 2100), numberOf(ledger, 10), columns(ledger)]).toEqual([0, 0, 2]);
    expect(owners(ledger, [2100, 2103, 2104, 10])).toEqual([1, 1, 0, 2]);
    // It stays where it was charged, whatever becomes of it.
    ledger.do(Op.SET_TYPE, { pfn: 2100, arg: ANON });
    expect([numberOf(ledger, 2100), open(ledger, 1)]).toEqual([0, [0, 0, 0]]);
    charge(ledger, 11, 1, ANON);
    ledger.do(Op.SET_TYPE, { pfn: 11, arg: KERNEL });
    expect([numberOf(ledger, 11), ledger.calls.ownerOf(11)]).toEqual([1, 1]);
    ledger.do(Op.FREE, { pfn: 2100, order: 2 });
    ledger.do(Op.FREE, { pfn: 10 });
    ledger.do(Op.FREE, { pfn: 11 });
    expect([columns(ledger), object(ledger, 0)]).toEqual([0, { owner: 0, shared: 1, pages: 1 }]);
    ledger.sound();
  });

  test("a moved charge stays in its object, which is shared from then on", () => {
    const ledger = ready();
    charge(ledger, 8, 1, FILE, 1);
    charge(ledger, 12, 1, FILE);
    ledger.do(Op.MOVE_CHARGE, { pfn: 8, memcg: 2 });
    expect([numberOf(ledger, 8), object(ledger, 1), columns(ledger)]).toEqual([
      1,
      { owner: 1, shared: 1, pages: 3 },
      1,
    ]);
    expect(owners(ledger, [8, 9, 12])).toEqual([2, 2, 1]);
    ledger.sound();
    ledger.do(Op.SPLIT, { pfn: 8, order: 0 });
    ledger.do(Op.MOVE_CHARGE, { pfn: 9, memcg: 1 });
    expect([owners(ledger, [8, 9, 12]), columns(ledger)]).toEqual([[2, 1, 1], 1]);
    ledger.do(Op.FREE, { pfn: 8 });
    expect([object(ledger, 1), columns(ledger)]).toEqual([{ owner: 1, shared: 1, pages: 2 }, 0]);
    ledger.sound();
    for (const pfn of [9, 12]) ledger.do(Op.FREE, { pfn });
    expect(open(ledger, 1)).toEqual([0, 0, 0]);
    charge(ledger, 30, 2, ANON);
    expect(object(ledger, 1)).toEqual({ owner: 2, shared: 0, pages: 1 });
    ledger.sound();
  });

  test("an object outlives its container by a page that has moved, even when the id comes again", () => {
    const ledger = ready({}, 3);
    charge(ledger, 8, 1, ANON);
    charge(ledger, 9, 1, ANON);
    for (const pfn of [8, 9]) ledger.do(Op.MOVE_CHARGE, { pfn, memcg: 2 });
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 1 });
    expect(ledger.flagsOf(1)).toBe(0);
    ledger.sound();
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, memcg: 3, arg: MAX });
    charge(ledger, 10, 1, ANON);
    expect([numberOf(ledger, 10), owners(ledger, [8, 9, 10])]).toEqual([2, [2, 2, 1]]);
    ledger.do(Op.MOVE_CHARGE, { pfn: 8, memcg: 1 }); // whoever has that id: the object names it already
    expect([owners(ledger, [8, 9, 10]), columns(ledger)]).toEqual([[1, 2, 1], 1]);
    ledger.sound();
    for (const pfn of [8, 9]) ledger.do(Op.FREE, { pfn });
    expect([open(ledger, 1), columns(ledger)]).toEqual([[2, 0, 0], 0]);
    ledger.sound();
  });

  test("when all numbers are taken, new pages go into columns", () => {
    const ledger = ready({ nrFrames: 512 }, 6); // 16 records, number 0 among them
    const types = [ANON, FILE, SHMEM];
    for (let i = 0; i < 18; i++) charge(ledger, i, 1 + Math.floor(i / 3), types[i % 3]!);
    expect(Array.from({ length: 18 }, (_, i) => numberOf(ledger, i))).toEqual([
      ...Array.from({ length: 15 }, (_, i) => i + 1),
      0,
      0,
      0,
    ]);
    expect([owners(ledger, [14, 15, 17]), columns(ledger)]).toEqual([[5, 6, 6], 1]);
    ledger.sound();
    ledger.do(Op.FREE, { pfn: 4 });
    charge(ledger, 20, 6, FILE);
    expect([numberOf(ledger, 20), open(ledger, 6)]).toEqual([5, [0, 5, 0]]);
    ledger.sound();
  });

  test("a charge that is refused changes nothing", () => {
    const ledger = ready({ nrFrames: 1 << 18, maximum: 101 });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 3, arg: 1 });
    ledger.do(Op.ALLOC, { pfn: 4, order: 1 });
    for (const arg of [ANON, FILE, KERNEL]) ledger.refuses("LIMIT", Op.CHARGE, { pfn: 4, memcg: 3, arg });
    let pfn = 0;
    while (ledger.try(Op.ALLOC_CHARGE, { pfn: pfn + 8, memcg: 1, arg: KERNEL }) === "OK")
      pfn += SECTION_PAGES;
    expect(pfn).toBeGreaterThan(0);
    expect(pfn).toBeLessThan(3 << 16);
    // Even one that might do with an object: its type may change before it is charged.
    for (const arg of [ANON, KERNEL]) ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn, memcg: 1, arg });
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn: 3 << 16, order: 16, memcg: 1, arg: FILE });
    charge(ledger, 1, 1, ANON); // where a column is, there is room
    ledger.do(Op.RELEASE, { pfn: 8 });
    charge(ledger, pfn, 1, FILE);
    ledger.sound();
  });

  test("growth makes room for more objects; numbers and columns stay good", () => {
    const ledger = ready({ nrFrames: 512 }, 6);
    const types = [ANON, FILE, SHMEM];
    for (let i = 0; i < 18; i++) charge(ledger, i, 1 + Math.floor(i / 3), types[i % 3]!);
    ledger.do(Op.MOVE_CHARGE, { pfn: 0, memcg: 2 });
    const before = owners(ledger, [...Array(512).keys()]);
    for (const nrFrames of [513, 1024, 5000, 1 << 16, 1 << 22]) {
      ledger.calls.growFrames(nrFrames);
      expect(owners(ledger, [...Array(512).keys()])).toEqual(before);
      expect(ledger.core(Core.objectsMax)).toBe(Math.min(65536, Math.max(16, nrFrames >> 5)));
      ledger.sound();
    }
    charge(ledger, (1 << 22) - 1, 6, ANON);
    expect(numberOf(ledger, (1 << 22) - 1)).toBe(16);
    // 2^22 frames: an object takes 128 pages now.
    charge(ledger, 1 << 20, 6, ANON, 6);
    charge(ledger, 1 << 21, 6, ANON, 6);
    expect(object(ledger, 16).pages).toBe(129);
    ledger.sound();
  });

  test.each<[string, (ledger: Ledger, ptr: (number: number) => number) => void]>([
    ["an object's pages", (l, ptr) => l.view.setUint32(ptr(1) + MemObject.nrPages, 9, true)],
    ["an object without pages", (l, ptr) => l.view.setUint32(ptr(2) + MemObject.memcgId, 1, true)],
    ["a free list that runs on", (l, ptr) => l.view.setUint32(ptr(2) + MemObject.nrPages, 2, true)],
    ["a free list lost", (l, ptr) => l.view.setUint32(ptr(0) + MemObject.nrPages, 0, true)],
    ["an object unshared", (l, ptr) => l.view.setUint16(ptr(1) + MemObject.isShared, 0, true)],
    ["object 0 unshared", (l, ptr) => l.view.setUint16(ptr(0) + MemObject.isShared, 0, true)],
    [
      "a number never given out",
      (l) => l.view.setUint16(l.framePtr(12) + PageFrame.memcgId, l.core(Core.objectsEnd), true),
    ],
    ["another's open object", (l) => l.view.setUint16(l.containerPtr(2) + Container.openAnon, 1, true)],
    [
      "a column's count",
      (l, ptr) => {
        const directory = ptr(l.core(Core.objectsMax));
        l.view.setUint32(directory + MemSection.nrOwned, 7, true);
      },
    ],
  ])("an audit finds damage: %s", (_, damage) => {
    const ledger = ready();
    charge(ledger, 8, 1, ANON);
    charge(ledger, 9, 1, ANON);
    charge(ledger, 12, 2, FILE);
    ledger.do(Op.FREE, { pfn: 12 });
    ledger.do(Op.MOVE_CHARGE, { pfn: 9, memcg: 2 });
    ledger.sound();
    damage(ledger, (number) => objectPtr(ledger, number));
    const found = Array.from({ length: ledger.calls.audit() }, (_, i) =>
      ledger.view.getUint16(CORE_PTR + Core.differences + i * Difference.sizeBytes + Difference.check, true),
    );
    expect(found).toContain(Check.INDEX);
  });

  test("columns are those of sections with a page that has no other place, through a random history with growth", () => {
    let nrFrames = 1 << 13;
    const ledger = ready({ nrFrames }, 9);
    const random = randomFrom(31);
    const owned = new Map<number, number>();
    for (let step = 1; step <= 6000; step++) {
      const pfn = random(2) * (nrFrames >> 1) + random(96) * 41;
      const memcg = 1 + random(9);
      if (owned.has(pfn)) {
        if (random(2)) {
          ledger.do(Op.MOVE_CHARGE, { pfn, memcg });
          owned.set(pfn, memcg);
        } else {
          ledger.do(Op.FREE, { pfn });
          owned.delete(pfn);
        }
      } else {
        charge(ledger, pfn, memcg, (1 + random(4)) as PageType);
        owned.set(pfn, memcg);
      }
      if (step % 300) continue;
      for (const [at, owner] of owned) expect(ledger.calls.ownerOf(at), `step ${step}`).toBe(owner);
      const apart = [...owned].filter(([at, owner]) => object(ledger, numberOf(ledger, at)).owner !== owner);
      const sections = new Set(apart.map(([at]) => Math.floor(at / SECTION_PAGES))).size;
      expect(columns(ledger), `step ${step}`).toBe(sections);
      const table = Math.max(16, nrFrames >> 5) * MemObject.sizeBytes;
      expect(ledger.calls.usedIndexBytes()).toBe(
        table + (nrFrames / SECTION_PAGES) * MemSection.sizeBytes + sections * SLAB_BYTES,
      );
      ledger.sound();
      if (step % 1500 === 0) {
        nrFrames *= 2;
        ledger.calls.growFrames(nrFrames);
      }
    }
    for (const pfn of owned.keys()) ledger.do(Op.FREE, { pfn });
    expect(columns(ledger)).toBe(0);
    for (let number = 1; number < ledger.core(Core.objectsEnd); number++)
      expect(object(ledger, number).owner).toBe(0);
    ledger.sound();
  });
});
