// hash: chunks of 128 records, their buckets, and what more frames do to both.
import { describe, expect, test } from "vitest";
import { Core, Op, PageCgroup, PageType, PcgChunk, SLAB_BYTES, SlabPool } from "../../../src/abi.js";
import { Ledger, type Options, randomFrom } from "./harness.js";

const CHUNK_PAGES = 128;

describe.each(["debug/hash", "hash"])("%s", (name) => {
  const ready = (options: Options) => {
    const ledger = new Ledger(name, options);
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: 0xffffffff });
    return ledger;
  };
  const charge = (ledger: Ledger, pfn: number, order = 0) =>
    ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg: 1, arg: PageType.ANON });
  const chunks = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);
  const nrBuckets = (ledger: Ledger) => 2 ** (32 - ledger.core(Core.hashShift));

  /** Numbers of the chunks in each bucket. */
  const buckets = (ledger: Ledger) =>
    Array.from({ length: nrBuckets(ledger) }, (_, i) => {
      const numbers: number[] = [];
      let ptr = ledger.view.getUint32(ledger.core(Core.indexPtr) + 4 * i, true);
      while (ptr) {
        numbers.push(ledger.view.getUint32(ptr + PcgChunk.number, true));
        ptr = ledger.view.getUint32(ptr + PcgChunk.next, true);
      }
      return numbers;
    });

  test("128 records of 20 bytes and a head take a slab of their own, as kmalloc would give 4096 bytes", () => {
    expect([PageCgroup.sizeBytes, PcgChunk.sizeBytes]).toEqual([20, 12 + 128 * 20]);
    const ledger = ready({ nrFrames: 1 << 16 });
    expect(ledger.core(Core.nodePool + SlabPool.perSlab)).toBe(1);
    expect(nrBuckets(ledger)).toBe(512);
    const table = ledger.calls.usedIndexBytes();
    expect(table).toBe(4 * 512);
    charge(ledger, 127);
    charge(ledger, 0);
    expect(ledger.calls.usedIndexBytes()).toBe(table + SLAB_BYTES);
    charge(ledger, 128);
    expect(ledger.calls.usedIndexBytes()).toBe(table + 2 * SLAB_BYTES);
    ledger.sound();
  });

  test("a chunk goes with its last owner and is clean when it comes again", () => {
    const ledger = ready({});
    charge(ledger, 512, 8);
    expect(chunks(ledger)).toBe(2);
    ledger.do(Op.RELEASE, { pfn: 512, order: 7 });
    expect(chunks(ledger)).toBe(1);
    for (let pfn = 640; pfn < 768; pfn++) ledger.do(Op.RELEASE, { pfn });
    expect(chunks(ledger)).toBe(0);
    expect(buckets(ledger).flat()).toEqual([]);
    charge(ledger, 700);
    for (const pfn of [640, 699, 701, 767]) expect(ledger.calls.ownerOf(pfn)).toBe(0);
    ledger.sound();
  });

  test("all of memory owned: each chunk in one bucket, and hardly a bucket has more than two", () => {
    const ledger = ready({ nrFrames: 1 << 18 });
    for (let pfn = 0; pfn < 1 << 18; pfn += 1 << 12) charge(ledger, pfn, 12);
    const found = buckets(ledger);
    expect(found.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 2048 }, (_, i) => i));
    expect(Math.max(...found.map((numbers) => numbers.length))).toBeLessThanOrEqual(3);
    ledger.sound();
  });

  test("more frames, more buckets: every chunk is found where it is now looked for", () => {
    const ledger = ready({ nrFrames: 2000 });
    const pfns = Array.from({ length: 120 }, (_, i) => (i * 2039) % 2000);
    for (const pfn of pfns) charge(ledger, pfn);
    expect(nrBuckets(ledger)).toBe(16);
    const before = chunks(ledger);
    for (const [nrFrames, expected] of [
      [2048, 16],
      [2049, 32],
      [60000, 512],
      [1 << 20, 8192],
    ] as const) {
      expect(ledger.calls.growFrames(nrFrames)).toBe(0);
      expect(nrBuckets(ledger)).toBe(expected);
      expect(chunks(ledger)).toBe(before);
      for (const pfn of pfns) expect(ledger.calls.ownerOf(pfn)).toBe(1);
      for (const pfn of [2000, 2048, nrFrames - 1]) expect(ledger.calls.ownerOf(pfn)).toBe(0);
      ledger.sound();
    }
    for (const pfn of pfns) ledger.do(Op.RELEASE, { pfn });
    expect(chunks(ledger)).toBe(0);
  });

  test("a charge that finds no memory changes nothing", () => {
    const ledger = ready({ nrFrames: 1 << 17, maximum: 69 });
    let pfn = 0;
    while (ledger.try(Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON }) === "OK") pfn += CHUNK_PAGES;
    expect(pfn).toBeGreaterThan(0);
    expect(pfn).toBeLessThan(1 << 16);
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON });
    ledger.refuses("NO_MEMORY", Op.RECHARGE, { pfn: 1 << 16, order: 10, memcg: 1, arg: PageType.FILE });
    ledger.do(Op.RELEASE, { pfn: 0 });
    charge(ledger, pfn);
    ledger.sound();
  });

  test("chunks are those with an owned page, through a random history", () => {
    const ledger = ready({ nrFrames: 1 << 17 });
    const random = randomFrom(5);
    const owned = new Set<number>();
    for (let step = 1; step <= 4000; step++) {
      const pfn = random(3) ? random(40) * 1001 : random(1 << 17);
      if (owned.delete(pfn)) ledger.do(Op.FREE, { pfn });
      else {
        charge(ledger, pfn);
        owned.add(pfn);
      }
      if (step % 500) continue;
      const expected = [...new Set([...owned].map((p) => Math.floor(p / CHUNK_PAGES)))];
      expect(
        buckets(ledger)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(expected.sort((a, b) => a - b));
      ledger.sound();
    }
    for (const pfn of owned) ledger.do(Op.FREE, { pfn });
    expect([chunks(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 4 * 1024]);
  });
});
