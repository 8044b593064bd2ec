// xarray: entries of many pages, what breaks them up, and the nodes promised for that.
import { describe, expect, test } from "vitest";
import { Core, Op, PageType, SLAB_BYTES, SlabPool, XaNode } from "../../../src/abi.js";
import { errName, Ledger, type Options, randomFrom } from "./harness.js";

const NODES_PER_SLAB = 13;
const NONE = 0xffffffff;

describe.each(["debug/xarray", "xarray"])("%s", (name) => {
  const ready = (options: Options) => {
    const ledger = new Ledger(name, options);
    for (const id of [1, 2, 3]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: NONE });
    return ledger;
  };
  const charge = (ledger: Ledger, pfn: number, order = 0, memcg = 1) =>
    ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg, arg: PageType.ANON });
  const head = (ledger: Ledger) => ledger.core(Core.xarrayHead);
  const nodes = (ledger: Ledger) =>
    ledger.core(Core.nodePool + SlabPool.nrObjects) - ledger.core(Core.nrRetired);
  const promised = (ledger: Ledger) => ledger.core(Core.xarrayPromised);
  const figures = (ledger: Ledger) => [nodes(ledger), promised(ledger)];
  const shift = (ledger: Ledger) => ledger.view.getUint8((head(ledger) & ~3) + XaNode.shift);
  const slots = (ledger: Ledger, nodeEntry: number, first: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      ledger.view.getUint32((nodeEntry & ~3) + XaNode.slots + 4 * (first + i), true),
    );
  const value = (id: number) => (id << 1) | 1;
  const sibling = (slot: number) => (slot << 2) | 2;

  test("13 nodes of 300 bytes to a slab", () => {
    expect(XaNode.sizeBytes).toBe(300);
    expect(ready({}).core(Core.nodePool + SlabPool.perSlab)).toBe(NODES_PER_SLAB);
  });

  test("pfn 0 alone is the head itself; each power of 64 adds a level, and gives it back", () => {
    const ledger = ready({ nrFrames: 64 ** 4 * 2, maximum: 8400 });
    charge(ledger, 0);
    expect([head(ledger), ...figures(ledger)]).toEqual([value(1), 0, 0]);
    const steps = [1, 63, 64, 4095, 4096, 262143, 262144, 16777215, 16777216];
    const shifts: number[] = [];
    for (const pfn of steps) {
      charge(ledger, pfn);
      shifts.push(shift(ledger));
      expect(ledger.calls.ownerOf(pfn)).toBe(1);
      expect(ledger.calls.ownerOf(pfn + 1)).toBe(0);
    }
    expect(shifts).toEqual([0, 0, 6, 6, 12, 12, 18, 18, 24]);
    for (const [i, pfn] of [...steps.entries()].reverse()) {
      expect(shift(ledger)).toBe(shifts[i]);
      ledger.do(Op.FREE, { pfn });
    }
    expect([head(ledger), ...figures(ledger)]).toEqual([value(1), 0, 0]);
    ledger.do(Op.FREE, { pfn: 0 });
    ledger.calls.agentQuiescent(0);
    expect([head(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 0]);
  });

  test("order 9 is one value and 7 siblings at shift 6: the 8 leaf nodes it saves are 2400 bytes", () => {
    const ledger = ready({});
    charge(ledger, 1024, 9);
    expect(figures(ledger)).toEqual([1, 8]);
    expect(slots(ledger, head(ledger), 15, 10)).toEqual([0, value(1), ...Array(7).fill(sibling(16)), 0]);
    for (let pfn = 1024; pfn < 1536; pfn++) expect(ledger.calls.ownerOf(pfn)).toBe(1);
    expect([ledger.calls.ownerOf(1023), ledger.calls.ownerOf(1536)]).toEqual([0, 0]);
    // The same pages one by one: a node for each 64 of them.
    const single = ready({});
    for (let pfn = 1024; pfn < 1536; pfn++) charge(single, pfn);
    expect(figures(single)).toEqual([9, 0]);
    expect((nodes(single) - nodes(ledger)) * XaNode.sizeBytes).toBe(2400);
    for (const each of [ledger, single]) each.sound();
  });

  test("a run inside one leaf has siblings too; runs of whole nodes sit a level up", () => {
    const ledger = ready({ nrFrames: 1 << 19 });
    charge(ledger, 8, 3);
    expect(slots(ledger, head(ledger), 7, 10)).toEqual([0, value(1), ...Array(7).fill(sibling(8)), 0]);
    ledger.do(Op.FREE, { pfn: 8, order: 3 });
    charge(ledger, 0, 6, 2);
    expect([shift(ledger), ...figures(ledger)]).toEqual([6, 1, 1]);
    charge(ledger, 1 << 18, 18, 3);
    expect([shift(ledger), ...figures(ledger)]).toEqual([18, 3, 1 + 1 + 64 + 4096]);
    expect([0, 63, 64, (1 << 18) - 1, 1 << 18, (1 << 19) - 1].map(ledger.calls.ownerOf)).toEqual([
      2, 2, 0, 0, 3, 3,
    ]);
    ledger.sound();
  });

  test("changing one page of a run breaks up its siblings and one slot, no more", () => {
    const ledger = ready({});
    charge(ledger, 1024, 9);
    ledger.do(Op.RELEASE, { pfn: 1024 + 65 });
    expect(figures(ledger)).toEqual([2, 7]);
    const [first = 0, second = 0, ...others] = slots(ledger, head(ledger), 16, 8);
    expect([first, others]).toEqual([value(1), Array(6).fill(value(1))]);
    expect(slots(ledger, second, 0, 3)).toEqual([value(1), 0, value(1)]);
    // A run of part of the slots stays in them.
    charge(ledger, 1024 + 128, 7, 2);
    expect(slots(ledger, head(ledger), 18, 3)).toEqual([value(2), sibling(18), value(1)]);
    expect(figures(ledger)).toEqual([2, 7]);
    ledger.sound();
    // Only a charge of all of it makes it one entry again.
    charge(ledger, 1024, 9, 3);
    expect(figures(ledger)).toEqual([1, 8]);
    ledger.sound();
  });

  test("a run as large as the tree, cleared where it stands in single pages", () => {
    const ledger = ready({});
    for (let pfn = 0; pfn < 64; pfn++) charge(ledger, pfn);
    expect([shift(ledger), ...figures(ledger)]).toEqual([0, 1, 0]);
    charge(ledger, 0, 6, 2);
    expect([shift(ledger), ...figures(ledger)]).toEqual([6, 1, 1]);
    ledger.do(Op.FREE, { pfn: 0, order: 6 });
    expect([head(ledger), ...figures(ledger)]).toEqual([0, 0, 0]);
    ledger.sound();
  });

  test("nodes promised are there when memory is full: parts of runs can always be released", () => {
    const ledger = ready({ nrFrames: 1 << 17, maximum: 69 });
    let end = 0;
    while (ledger.try(Op.ALLOC_CHARGE, { pfn: end, order: 9, memcg: 1, arg: PageType.ANON }) === "OK")
      end += 512;
    expect(end).toBeGreaterThan(512 * 8);
    expect(end).toBeLessThan(1 << 17);
    expect(nodes(ledger)).toBeLessThan(20);
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn: end, order: 9, memcg: 1, arg: PageType.ANON });
    const bytes = ledger.memory.buffer.byteLength;
    for (let pfn = 0; pfn < end; pfn += 64) ledger.do(Op.RELEASE, { pfn: pfn + 7 });
    expect([promised(ledger), ledger.memory.buffer.byteLength]).toEqual([0, bytes]);
    for (let pfn = 0; pfn < end; pfn += 64)
      expect([6, 7, 8].map((i) => ledger.calls.ownerOf(pfn + i))).toEqual([1, 0, 1]);
    ledger.sound();
  });

  test("a page charged anew where it has the tree to itself: what that retires is not had again, and was asked for", () => {
    const ledger = ready({ agents: 2, nrFrames: 1 << 14 });
    ledger.calls.agentOnline(1);
    const before = ledger.memory.buffer.byteLength;
    // A root and a bottom node each time, and the reader lets none of them go.
    for (let i = 0; i < 4000; i++) charge(ledger, 64, 0, 1 + (i % 3));
    expect(ledger.core(Core.nrRetired)).toBeGreaterThan(4000);
    expect(ledger.memory.buffer.byteLength).toBeGreaterThan(before);
    ledger.sound();
    ledger.calls.agentOffline(1);
    ledger.calls.agentQuiescent(0);
    expect([ledger.core(Core.nrRetired), nodes(ledger)]).toEqual([0, 2]);
  });

  test("full memory: a page charged anew has room, or is refused and keeps its owner", () => {
    const ledger = ready({ nrFrames: 1 << 17, maximum: 69 });
    let end = 0;
    while (ledger.try(Op.ALLOC_CHARGE, { pfn: end, memcg: 1, arg: PageType.ANON }) === "OK") end += 64;
    expect(end).toBeGreaterThan(64 * 64);
    let [done, refused] = [0, 0];
    for (let pfn = 0; pfn < end; pfn += 64) {
      const answer = ledger.try(Op.ALLOC_CHARGE, { pfn, memcg: 2, arg: PageType.ANON });
      if (answer === "OK") done++;
      else refused++;
      expect(["OK", "NO_MEMORY"]).toContain(answer);
      if (pfn % 4096 === 0) ledger.sound();
    }
    expect(done + refused).toBe(end / 64);
    ledger.sound();
  });

  test("frames added keep the promise, down to the last that memory gives", () => {
    const ledger = ready({ nrFrames: 1 << 14, maximum: 80 });
    for (let pfn = 0; pfn < 1 << 14; pfn += 512) charge(ledger, pfn, 9);
    const needed = Math.ceil(promised(ledger) / NODES_PER_SLAB);
    expect(ledger.core(Core.arenaPromised)).toBe(needed);
    for (let nrFrames = 1 << 14; errName(ledger.calls.growFrames(nrFrames)) === "OK"; nrFrames += 4096) {
      const left = (ledger.core(Core.arenaEnd) - ledger.core(Core.arenaNext)) / SLAB_BYTES;
      expect(left).toBeGreaterThanOrEqual(needed - 1); // nodes left in the slab that the tree has
      ledger.sound();
    }
    expect(ledger.calls.nrFrames()).toBeGreaterThan(1 << 14);
    for (let pfn = 0; pfn < 1 << 14; pfn += 64) ledger.do(Op.RELEASE, { pfn });
    expect(promised(ledger)).toBe(0);
    ledger.sound();
  });

  test("folios of all orders against a plain array, through a random history", () => {
    const nrFrames = 1 << 15;
    const ledger = ready({ nrFrames });
    const random = randomFrom(77);
    const owners = new Uint16Array(nrFrames);
    let broken = 0;
    for (let step = 1; step <= 4000; step++) {
      const order = random(3) ? random(4) : random(14);
      const pfn = ((random(2) ? random(2048) : random(nrFrames)) >> order) << order;
      const before = promised(ledger);
      const memcg = random(3) && 1 + random(3);
      if (memcg) {
        const op = random(2) ? Op.ALLOC_CHARGE : Op.RECHARGE;
        ledger.do(op, { pfn, order, memcg, arg: PageType.FILE });
      } else ledger.do(Op.RELEASE, { pfn, order });
      owners.fill(memcg, pfn, pfn + (1 << order));
      if (promised(ledger) < before) broken++;
      for (const p of [pfn, pfn + (1 << order) - 1, random(nrFrames)])
        expect(ledger.calls.ownerOf(p)).toBe(owners[p]);
      if (step % 200) continue;
      const differ = [...owners.keys()].filter((p) => ledger.calls.ownerOf(p) !== owners[p]);
      expect(differ).toEqual([]);
      ledger.sound();
    }
    expect(broken).toBeGreaterThan(100);
    ledger.do(Op.RELEASE, { pfn: 0, order: 15 });
    expect([head(ledger), ...figures(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 0, 0, 0]);
    // What was given back is all zero again, but for the links of free slabs.
    for (let slab = ledger.core(Core.arenaPtr); slab < ledger.core(Core.arenaNext); slab += SLAB_BYTES) {
      expect(Buffer.from(ledger.memory.buffer, slab + 4, SLAB_BYTES - 4).every((byte) => byte === 0)).toBe(
        true,
      );
    }
  });
});
