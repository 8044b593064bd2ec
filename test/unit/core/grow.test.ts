// grow: sizes that fit and sizes that do not, and frames added while the ledger is in use.
import { describe, expect, test } from "vitest";
import { Container, Core, Op, PAGE_BYTES, PageType } from "../../../src/abi.js";
import { bare, DESIGNS, errName, Ledger, MODULES, randomFrom } from "./harness.js";

const NONE = 0xffffffff;

describe.each(DESIGNS.map(({ name }) => name))("%s", (name) => {
  test("2^26 frames, 256 GiB, fit: both ends work, untouched memory stays untouched", () => {
    const nrFrames = 2 ** 26;
    const before = process.memoryUsage.rss();
    const ledger = new Ledger(name, { nrFrames, maxContainers: 65535, maxPids: 1 << 22 });
    for (const id of [1, 65534]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: NONE });
    for (const pfn of [0, nrFrames / 2, nrFrames - 1]) {
      ledger.do(Op.ALLOC_CHARGE, { pfn, memcg: 65534, arg: PageType.ANON });
      ledger.do(Op.LRU_PUT, { pfn, arg: 0 });
      expect(ledger.calls.ownerOf(pfn)).toBe(65534);
    }
    ledger.do(Op.TASK_ATTACH, { pfn: (1 << 22) - 1, memcg: 1 });
    expect(ledger.lruList(65534, 0)).toEqual([nrFrames - 1, nrFrames / 2, 0]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 << 20);
  });

  test("what 4 GiB cannot hold is refused, not wrapped around", () => {
    for (const nrFrames of [2 ** 28, 2 ** 28 + 1, 2 ** 30, 2 ** 32 - 1]) {
      const { memory, calls } = bare(name);
      expect(errName(calls.init(nrFrames, 64, 64))).toBe("NO_MEMORY");
      expect(memory.buffer.byteLength).toBe(65536);
      expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
    }
  });

  test("arguments out of bounds, and a second init", () => {
    const { calls } = bare(name);
    for (const [nrFrames, maxContainers, maxPids] of [
      [0, 64, 64],
      [64, 1, 64],
      [64, 65537, 64],
      [64, 64, (1 << 22) + 1],
    ] as const) {
      expect(errName(calls.init(nrFrames, maxContainers, maxPids))).toBe("BAD_ARG");
    }
    expect(errName(calls.growFrames(64))).toBe("BAD_ARG");
    expect(errName(calls.init(64, 64, 64))).toBe("OK");
    expect(errName(calls.init(64, 64, 64))).toBe("EXISTS");
    expect(errName(calls.growFrames(63))).toBe("BAD_ARG");
    expect(calls.nrFrames()).toBe(64);
  });
});

describe.each(MODULES)("%s", (name) => {
  test("a ledger grows again and again, and holds what it held", () => {
    const ledger = new Ledger(name, { nrFrames: 300 });
    const random = randomFrom(7);
    const owners = new Map<number, number>();
    for (const id of [1, 2, 3]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, memcg: id - 1, arg: NONE });
    for (const nrFrames of [300, 301, 4000, 4100, 65536, 70000, 300000]) {
      expect(errName(ledger.calls.growFrames(nrFrames))).toBe("OK");
      expect(ledger.calls.nrFrames()).toBe(nrFrames);
      ledger.sound();
      for (const [pfn, id] of owners) expect(ledger.calls.ownerOf(pfn)).toBe(id);
      for (let i = 0; i < 200; i++) {
        const pfn = i ? random(nrFrames) : nrFrames - 1;
        const id = 1 + random(3);
        ledger.do(Op.RECHARGE, { pfn, memcg: id, arg: PageType.FILE });
        ledger.do(Op.LRU_PUT, { pfn, arg: random(5) });
        owners.set(pfn, id);
      }
      ledger.sound();
    }
    expect(ledger.of(1, Container.usagePages)).toBe(owners.size);
    for (const pfn of owners.keys()) ledger.do(Op.FREE, { pfn });
    ledger.sound();
    // All frames are free: beyond the fixed regions nothing may be left but what a design keeps of old records.
    const frames = Buffer.from(ledger.memory.buffer, ledger.core(Core.framesPtr), 300000 * 16);
    expect(frames.every((byte) => byte === 0)).toBe(true);
  });

  test("growth that memory cannot give changes nothing", () => {
    const ledger = new Ledger(name, { nrFrames: 1000, maximum: 64 });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: NONE });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 512, order: 8, memcg: 1, arg: PageType.ANON });
    const before = ledger.snapshot();
    expect(errName(ledger.calls.growFrames(1 << 20))).toBe("NO_MEMORY");
    expect(errName(ledger.calls.growFrames(0xffffffff))).toBe("NO_MEMORY");
    expect(ledger.snapshot().equals(before)).toBe(true);
    ledger.sound();
  });

  test("regions are in order, page-aligned, and apart", () => {
    const ledger = new Ledger(name, { nrFrames: 5000, maxContainers: 77, maxPids: 333 });
    const ptrs = [
      Core.containersPtr,
      Core.tasksPtr,
      Core.opsPtr,
      Core.transferPtr,
      Core.framesPtr,
      Core.indexPtr,
      Core.arenaPtr,
    ].map((o) => ledger.core(o));
    expect(ptrs.every((ptr) => ptr % PAGE_BYTES === 0)).toBe(true);
    expect([...ptrs].sort((a, b) => a - b)).toEqual(ptrs);
    expect(ledger.core(Core.arenaEnd)).toBe(ledger.memory.buffer.byteLength);
  });
});
