// replay: folios split and traces with gaps.
import { describe, expect, test } from "vitest";
import { Container, Core, Op, PageType } from "../../../src/abi.js";
import { Ledger, MODULES } from "./harness.js";

const NONE = 0xffffffff;

describe.each(MODULES)("%s", (name) => {
  const ready = () => {
    const ledger = new Ledger(name);
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: NONE });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 2, memcg: 1, arg: NONE });
    return ledger;
  };

  test.each([1, 2, 5, 9, 10])("a folio of order %i splits into any smaller ones", (order) => {
    for (let newOrder = 0; newOrder < order; newOrder++) {
      const ledger = ready();
      const pfn = 1 << order;
      ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg: 2, arg: PageType.FILE });
      ledger.do(Op.LRU_PUT, { pfn, order, arg: 2 });
      ledger.do(Op.MAP, { pfn });
      ledger.do(Op.SPLIT, { pfn, order: newOrder });
      const nrFolios = 1 << (order - newOrder);
      expect(ledger.lruList(2, 2)).toEqual(Array.from({ length: nrFolios }, (_, i) => pfn + (i << newOrder)));
      expect(ledger.of(2, Container.inactiveFilePages)).toBe(1 << order);
      expect(ledger.of(2, Container.mappedPages)).toBe(1 << order);
      ledger.sound();
      const last = pfn + ((nrFolios - 1) << newOrder);
      ledger.do(Op.FREE, { pfn: last, order: newOrder });
      expect(ledger.of(2, Container.filePages)).toBe((1 << order) - (1 << newOrder));
      ledger.sound();
    }
  });

  test("releasing one page of a large folio splits no more than needed", () => {
    const ledger = ready();
    ledger.do(Op.ALLOC_CHARGE, { pfn: 512, order: 9, memcg: 2, arg: PageType.ANON });
    ledger.do(Op.LRU_PUT, { pfn: 512, arg: 1 });
    ledger.do(Op.RELEASE, { pfn: 513 });
    expect(ledger.calls.ownerOf(513)).toBe(0);
    expect(ledger.of(2, Container.anonPages)).toBe(511);
    expect([512, 514, 516, 520, 528, 544, 576, 640, 768].map((pfn) => ledger.frameOrder(pfn))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(ledger.lruList(2, 1).length).toBe(9);
    ledger.sound();
    ledger.do(Op.RELEASE, { pfn: 512, order: 9 });
    expect(ledger.core(Core.allocatedPages)).toBe(0);
    expect(ledger.core(Core.unknownFrees)).toBe(0);
    ledger.do(Op.RELEASE, { pfn: 512, order: 9 });
    expect(ledger.core(Core.unknownFrees)).toBe(1);
    ledger.sound();
  });

  test("an allocation finds folios of all sizes in its place and counts them", () => {
    const ledger = ready();
    for (const [pfn, order] of [
      [64, 0],
      [66, 1],
      [72, 3],
    ] as const)
      ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg: 2, arg: PageType.ANON });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 64, order: 4, memcg: 1, arg: PageType.KERNEL });
    expect(ledger.core(Core.missedFrees)).toBe(3);
    expect(ledger.of(2, Container.chargedPages)).toBe(0);
    expect(ledger.of(1, Container.kernelPages)).toBe(16);
    ledger.do(Op.ALLOC_CHARGE, { pfn: 70, memcg: 2, arg: PageType.ANON });
    expect(ledger.core(Core.missedFrees)).toBe(4);
    expect(ledger.of(1, Container.kernelPages)).toBe(15);
    ledger.sound();
  });

  test("limits do not refuse what the kernel let happen", () => {
    const ledger = ready();
    ledger.do(Op.CONTAINER_SET_MAX, { pfn: 1, arg: 1 });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 0, order: 3, memcg: 2, arg: PageType.ANON });
    expect(ledger.of(1, Container.usagePages)).toBe(8);
    expect(ledger.of(1, Container.failCount)).toBe(0);
    ledger.sound();
  });

  test("recharge: free, uncharged, the same owner, another, none", () => {
    const ledger = ready();
    const recharge = (memcg: number, arg: PageType, order = 0) =>
      ledger.do(Op.RECHARGE, { pfn: 32, order, memcg, arg });
    recharge(0, PageType.FILE);
    expect(ledger.calls.ownerOf(32)).toBe(0);
    recharge(1, PageType.FILE);
    expect(ledger.of(1, Container.filePages)).toBe(1);
    ledger.do(Op.LRU_PUT, { pfn: 32, arg: 2 });
    recharge(1, PageType.SHMEM);
    expect(ledger.of(1, Container.shmemPages)).toBe(1);
    recharge(2, PageType.SHMEM);
    expect(ledger.lruList(2, 2)).toEqual([32]);
    recharge(0, PageType.NONE);
    expect(ledger.lruList(2, 2)).toEqual([]);
    expect(ledger.core(Core.chargedPages)).toBe(0);
    recharge(2, PageType.FILE, 5);
    expect(ledger.of(2, Container.filePages)).toBe(32);
    recharge(1, PageType.FILE, 2);
    expect([1, 2].map((id) => ledger.of(id, Container.filePages))).toEqual([4, 28]);
    ledger.sound();
  });

  test("strays are tallied, not refused", () => {
    const ledger = ready();
    ledger.do(Op.LRU_PUT, { pfn: 9, arg: 0 });
    ledger.do(Op.REPLAY_ACTIVATE, { pfn: 9 });
    ledger.do(Op.REPLAY_LRU_DEL, { pfn: 9 });
    ledger.do(Op.REPLAY_CACHE_DEL, { pfn: 9 });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 8, order: 1, memcg: 0, arg: PageType.ANON });
    ledger.do(Op.LRU_PUT, { pfn: 8, arg: 0 });
    expect(ledger.core(Core.strayLru)).toBe(4);
    expect(ledger.core(Core.strayCache)).toBe(1);
    ledger.sound();
  });

  test("an LRU event on a tail splits the folio; on the head it does not", () => {
    const ledger = ready();
    ledger.do(Op.ALLOC_CHARGE, { pfn: 16, order: 4, memcg: 2, arg: PageType.ANON });
    ledger.do(Op.LRU_PUT, { pfn: 16, arg: 0 });
    expect(ledger.frameOrder(16)).toBe(4);
    ledger.do(Op.LRU_PUT, { pfn: 20, order: 2, arg: 1 });
    expect(ledger.frameOrder(20)).toBe(2);
    expect(ledger.lruList(2, 0)).toEqual([16, 24]);
    expect(ledger.lruList(2, 1)).toEqual([20]);
    ledger.do(Op.REPLAY_ACTIVATE, { pfn: 24 });
    expect(ledger.lruList(2, 1)).toEqual([24, 20]);
    ledger.do(Op.REPLAY_ACTIVATE, { pfn: 20 });
    expect(ledger.lruList(2, 1)).toEqual([24, 20]);
    ledger.do(Op.REPLAY_LRU_DEL, { pfn: 24 });
    expect(ledger.lruList(2, 1)).toEqual([20]);
    ledger.sound();
  });
});
