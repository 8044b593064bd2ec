// radix: height, nodes and bytes of the tree, as Linux 2.6.18 would have them.
import { describe, expect, test } from "vitest";
import { Core, Op, PageType, RadixNode, SLAB_BYTES, SlabPool } from "../../../src/abi.js";
import { Ledger, type Options, randomFrom } from "./harness.js";

const NODES_PER_SLAB = 14;

describe.each(["debug/radix", "radix"])("%s", (name) => {
  const ready = (options: Options) => {
    const ledger = new Ledger(name, options);
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: 0xffffffff });
    return ledger;
  };
  const charge = (ledger: Ledger, pfn: number, order = 0) =>
    ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg: 1, arg: PageType.ANON });
  const height = (ledger: Ledger) => ledger.core(Core.radixHeight);
  const nodes = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);

  test("14 nodes of 276 bytes to a slab", () => {
    expect(RadixNode.sizeBytes).toBe(276);
    expect(ready({}).core(Core.nodePool + SlabPool.perSlab)).toBe(NODES_PER_SLAB);
  });

  test("height 0 holds pfn 0 in the root; each power of 64 adds a level, and gives it back", () => {
    const ledger = ready({ nrFrames: 64 ** 4 * 2, maximum: 8400 });
    const steps = [0, 1, 63, 64, 4095, 4096, 262143, 262144, 16777215, 16777216];
    const heights: number[] = [];
    for (const pfn of steps) {
      charge(ledger, pfn);
      heights.push(height(ledger));
      expect(ledger.calls.ownerOf(pfn)).toBe(1);
    }
    expect(heights).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    for (const [i, pfn] of [...steps.entries()].reverse()) {
      expect(height(ledger)).toBe(heights[i]);
      ledger.do(Op.FREE, { pfn });
      expect(ledger.calls.ownerOf(pfn)).toBe(0);
    }
    expect([
      height(ledger),
      ledger.core(Core.radixRoot),
      nodes(ledger),
      ledger.calls.usedIndexBytes(),
    ]).toEqual([0, 0, 0, 0]);
  });

  test("an empty tree takes its height from the pfn at once, and lookups beyond it find nothing", () => {
    const ledger = ready({ nrFrames: 1 << 20 });
    charge(ledger, 300000);
    expect([height(ledger), nodes(ledger)]).toEqual([4, 4]);
    expect(ledger.calls.ownerOf(300001)).toBe(0);
    ledger.do(Op.FREE, { pfn: 300000 });
    charge(ledger, 70);
    expect([height(ledger), nodes(ledger)]).toEqual([2, 2]);
    expect(ledger.calls.ownerOf(70 + 4096)).toBe(0);
    expect(ledger.calls.ownerOf(300000)).toBe(0);
    ledger.sound();
  });

  test("a folio of order 9 takes 8 bottom nodes; slabs come and go with them", () => {
    const ledger = ready({});
    charge(ledger, 512, 9);
    expect(nodes(ledger)).toBe(9);
    expect(ledger.calls.usedIndexBytes()).toBe(SLAB_BYTES);
    charge(ledger, 1024, 9);
    expect(nodes(ledger)).toBe(17);
    expect(ledger.calls.usedIndexBytes()).toBe(2 * SLAB_BYTES);
    ledger.do(Op.RELEASE, { pfn: 1024, order: 9 });
    expect(nodes(ledger)).toBe(9);
    expect(ledger.calls.usedIndexBytes()).toBe(SLAB_BYTES);
    const arenaNext = ledger.core(Core.arenaNext);
    charge(ledger, 1024, 9);
    expect(ledger.core(Core.arenaNext)).toBe(arenaNext); // the free slab was used again
    ledger.sound();
  });

  test("a charge that finds no memory changes nothing, at any size", () => {
    const ledger = ready({ nrFrames: 1 << 17, maximum: 69 });
    // Leave little room: the arena cannot grow, so node after node is taken until none is left.
    let pfn = 0;
    while (ledger.try(Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON }) === "OK" && pfn < 1 << 16)
      pfn += 64;
    expect(pfn).toBeLessThan(1 << 16);
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON });
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn: 1 << 16, order: 16, memcg: 1, arg: PageType.ANON });
    ledger.refuses("NO_MEMORY", Op.RECHARGE, { pfn: 1 << 16, order: 16, memcg: 1, arg: PageType.FILE });
    ledger.do(Op.ALLOC, { pfn: 1 << 16, order: 16 });
    ledger.refuses("NO_MEMORY", Op.CHARGE, { pfn: 1 << 16, memcg: 1, arg: PageType.ANON });
    ledger.refuses("NO_MEMORY", Op.CACHE_ADD, { pfn: 1 << 16, memcg: 1 });
    ledger.sound();
  });

  test("nodes and slabs are what the owned pages need, through a random history", () => {
    const ledger = ready({ nrFrames: 1 << 18 });
    const random = randomFrom(42);
    const owned = new Set<number>();
    for (let step = 1; step <= 6000; step++) {
      const pfn = random(8) ? random(2048) : random(1 << 18);
      if (owned.delete(pfn)) ledger.do(Op.FREE, { pfn });
      else {
        charge(ledger, pfn);
        owned.add(pfn);
      }
      if (step % 500) continue;
      const top = Math.max(-1, ...owned);
      let levels = 0;
      for (let rest = top; rest > 0; rest = Math.floor(rest / 64)) levels++;
      let expected = 0;
      for (let level = 1; level <= levels; level++) {
        expected += new Set([...owned].map((p) => Math.floor(p / 64 ** level))).size;
      }
      expect([height(ledger), nodes(ledger)]).toEqual([levels, expected]);
      expect(ledger.calls.usedIndexBytes()).toBeGreaterThanOrEqual(
        Math.ceil(expected / NODES_PER_SLAB) * SLAB_BYTES,
      );
      ledger.sound();
    }
    for (const pfn of owned) ledger.do(Op.FREE, { pfn });
    expect([height(ledger), nodes(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 0, 0]);
    // What was given back is all zero again, but for the links of free slabs.
    const { arenaPtr, arenaNext } = {
      arenaPtr: ledger.core(Core.arenaPtr),
      arenaNext: ledger.core(Core.arenaNext),
    };
    for (let slab = arenaPtr; slab < arenaNext; slab += SLAB_BYTES) {
      expect(Buffer.from(ledger.memory.buffer, slab + 4, SLAB_BYTES - 4).every((byte) => byte === 0)).toBe(
        true,
      );
    }
  });
});
