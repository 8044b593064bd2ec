// charge: owners, headings, limits, moves.
import { describe, expect, test } from "vitest";
import { Container, Core, Op, PageType } from "../../../src/abi.js";
import { Ledger, MODULES } from "./harness.js";

const NONE = 0xffffffff;

describe.each(MODULES)("%s", (name) => {
  const withTree = () => {
    const ledger = new Ledger(name);
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: NONE });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 2, memcg: 1, arg: NONE });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 3, memcg: 1, arg: NONE });
    return ledger;
  };

  test.each(Array.from({ length: 11 }, (_, order) => order))(
    "a folio of order %i, from birth to death",
    (order) => {
      const ledger = withTree();
      const nrPages = 1 << order;
      const pfn = nrPages;
      const owners = () => [
        ledger.calls.ownerOf(pfn - 1),
        ledger.calls.ownerOf(pfn),
        ledger.calls.ownerOf(2 * pfn - 1),
        ledger.calls.ownerOf(2 * pfn),
      ];
      ledger.do(Op.ALLOC, { pfn, order });
      expect(owners()).toEqual([0, 0, 0, 0]);
      ledger.do(Op.CHARGE, { pfn, memcg: 2, arg: PageType.ANON });
      expect(owners()).toEqual([0, 2, 2, 0]);
      expect(ledger.of(2, Container.anonPages)).toBe(nrPages);
      expect(ledger.of(1, Container.anonPages)).toBe(0);
      expect(ledger.of(1, Container.usagePages)).toBe(nrPages);
      ledger.sound();
      ledger.do(Op.LRU_ADD, { pfn, arg: 1 });
      expect(ledger.of(2, Container.activeAnonPages)).toBe(nrPages);
      ledger.do(Op.MOVE_CHARGE, { pfn, memcg: 3 });
      expect(owners()).toEqual([0, 3, 3, 0]);
      expect(ledger.lruList(3, 1)).toEqual([pfn]);
      expect(ledger.of(1, Container.peakPages)).toBe(nrPages);
      ledger.sound();
      ledger.do(Op.FREE, { pfn, order });
      expect(owners()).toEqual([0, 0, 0, 0]);
      expect(ledger.of(1, Container.usagePages)).toBe(0);
      expect(ledger.of(3, Container.activeAnonPages)).toBe(0);
      expect(ledger.core(Core.allocatedPages)).toBe(0);
      ledger.sound();
    },
  );

  test("headings follow type and cache, and always add up", () => {
    const ledger = withTree();
    const headings = () =>
      [
        Container.anonPages,
        Container.filePages,
        Container.shmemPages,
        Container.kernelPages,
        Container.otherPages,
      ].map((o) => ledger.of(2, o));
    ledger.do(Op.ALLOC, { pfn: 8, order: 1 });
    ledger.do(Op.CHARGE, { pfn: 8, memcg: 2, arg: PageType.FILE });
    expect(headings()).toEqual([0, 0, 0, 0, 2]);
    ledger.do(Op.CACHE_ADD, { pfn: 8 });
    expect(headings()).toEqual([0, 2, 0, 0, 0]);
    ledger.do(Op.MAP, { pfn: 8 });
    expect(ledger.of(2, Container.mappedPages)).toBe(2);
    ledger.do(Op.SET_TYPE, { pfn: 8, arg: PageType.SHMEM });
    expect(headings()).toEqual([0, 0, 2, 0, 0]);
    ledger.do(Op.SET_TYPE, { pfn: 8, arg: PageType.ANON });
    expect(headings()).toEqual([2, 0, 0, 0, 0]);
    expect(ledger.of(2, Container.mappedPages)).toBe(0);
    ledger.do(Op.SET_TYPE, { pfn: 8, arg: PageType.KERNEL });
    expect(headings()).toEqual([0, 0, 0, 2, 0]);
    ledger.do(Op.SET_TYPE, { pfn: 8, arg: PageType.SHMEM });
    ledger.do(Op.CACHE_DEL, { pfn: 8 });
    expect(headings()).toEqual([0, 0, 0, 0, 2]);
    expect(ledger.of(2, Container.mappedPages)).toBe(2);
    ledger.do(Op.CACHE_ADD, { pfn: 8 });
    expect(headings()).toEqual([0, 0, 2, 0, 0]);
    ledger.sound();
    ledger.calls.containerTotals();
    expect(ledger.of(1, Container.totalShmemPages)).toBe(2);
    expect(ledger.of(1, Container.totalMappedPages)).toBe(2);
  });

  test("a cache may be filled without an owner, and may charge on the way", () => {
    const ledger = withTree();
    ledger.do(Op.ALLOC, { pfn: 0, order: 0 });
    ledger.do(Op.CACHE_ADD, { pfn: 0 });
    expect(ledger.calls.ownerOf(0)).toBe(0);
    ledger.do(Op.ALLOC, { pfn: 1, order: 0 });
    ledger.do(Op.CACHE_ADD, { pfn: 1, memcg: 3 });
    expect(ledger.of(3, Container.filePages)).toBe(1);
    ledger.sound();
  });

  test("each level's limit refuses by itself; a sibling's move needs no room above", () => {
    const ledger = withTree();
    for (const pfn of [0, 1, 2]) ledger.do(Op.ALLOC, { pfn });
    ledger.do(Op.CONTAINER_SET_MAX, { pfn: 1, arg: 2 });
    ledger.do(Op.CHARGE, { pfn: 0, memcg: 2, arg: PageType.ANON });
    ledger.do(Op.CHARGE, { pfn: 1, memcg: 2, arg: PageType.ANON });
    ledger.refuses("LIMIT", Op.CHARGE, { pfn: 2, memcg: 3, arg: PageType.ANON });
    expect(ledger.of(1, Container.failCount)).toBe(1);
    expect(ledger.of(3, Container.failCount)).toBe(0);
    ledger.do(Op.MOVE_CHARGE, { pfn: 1, memcg: 3 });
    expect(ledger.of(1, Container.peakPages)).toBe(2);
    ledger.do(Op.CONTAINER_SET_MAX, { pfn: 3, arg: 1 });
    ledger.refuses("LIMIT", Op.MOVE_CHARGE, { pfn: 0, memcg: 3 });
    expect(ledger.of(3, Container.failCount)).toBe(1);
    ledger.do(Op.CONTAINER_SET_MAX, { pfn: 1, arg: 1 });
    expect(ledger.of(1, Container.usagePages)).toBe(2);
    ledger.sound();
  });

  test("moving between parent and child changes only what lies between them", () => {
    const ledger = withTree();
    ledger.do(Op.ALLOC, { pfn: 4 });
    ledger.do(Op.CHARGE, { pfn: 4, memcg: 1, arg: PageType.ANON });
    ledger.do(Op.MOVE_CHARGE, { pfn: 4, memcg: 2 });
    expect([1, 2].map((id) => ledger.of(id, Container.usagePages))).toEqual([1, 1]);
    ledger.do(Op.MOVE_CHARGE, { pfn: 4, memcg: 1 });
    expect([1, 2].map((id) => ledger.of(id, Container.usagePages))).toEqual([1, 0]);
    expect(ledger.of(1, Container.peakPages)).toBe(1);
    ledger.sound();
  });
});
