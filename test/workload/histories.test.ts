// histories: what a seed makes, and that every design runs it to the letter.
import { describe, expect, test } from "vitest";
import { Err, Op, PageType } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { ALL_WORKLOADS, HISTORY_WORKLOADS, histories } from "../../src/workload/histories.js";
import { type History, OP_WORDS } from "../../src/workload/history.js";
import { WorkloadError } from "../../src/workload/parameters.js";
import { stateOf } from "../model/compare.js";
import { DESIGN_NAMES, moduleOf } from "../model/subjects.js";
import { runExpecting, wordsOf } from "./running.js";

const NAMES = ALL_WORKLOADS.map(({ name }) => name);
const OWN_NAMES = HISTORY_WORKLOADS.map(({ name }) => name);
const make = (name: string, nrFrames: number, nrEvents: number, seed = 1): History =>
  histories[name]!({ nrFrames, nrEvents, seed });

describe.each(NAMES)("%s", (name) => {
  test("is made by its seed alone, whatever the portions, and ends where it should", () => {
    const words = wordsOf(make(name, 8192, 30_000));
    expect(words.length).toBe(30_000 * OP_WORDS);
    expect(wordsOf(make(name, 8192, 30_000), 77)).toEqual(words);
    expect(wordsOf(make(name, 8192, 20_000))).toEqual(words.slice(0, 20_000 * OP_WORDS));
    expect(wordsOf(make(name, 8192, 30_000, 2))).not.toEqual(words);
  });

  test("refuses nonsense", () => {
    const create = histories[name]!;
    for (const bad of [
      { nrFrames: 5 },
      { nrEvents: 0 },
      { seed: 0.5 },
      { containers: 0 },
      { containers: 4000 },
    ])
      expect(() => create({ nrFrames: 8192, seed: 1, ...bad })).toThrow(WorkloadError);
  });
});

describe.each(OWN_NAMES)("%s under every design", (name) => {
  // A machine so small that memory is always short, an odd one, and one with room.
  test.each([1024, 5001, 1 << 16])(
    "%d frames: no unexpected answer, a clean audit, the same books",
    (nrFrames) => {
      const history = make(name, nrFrames, 20_000, 3);
      const words = wordsOf(history);
      const pfns = Array.from({ length: Math.min(nrFrames, 4096) }, (_, i) => i);
      let first: ReturnType<typeof stateOf> | undefined;
      for (const design of DESIGN_NAMES) {
        const core = new Core(moduleOf(nrFrames === 1024 ? `debug/${design}` : design), history);
        runExpecting(core, words, `${name}, ${design}`);
        expect(core.audit(), design).toBe(0);
        const state = stateOf(core, pfns);
        first ??= state;
        expect(state, design).toEqual(first);
      }
      const refusals = words.filter((word, i) => i % OP_WORDS === 3 && (word & 0xff) === Err.LIMIT).length;
      expect(history.refusals).toBe(refusals);
      // Only there, and only where memory is short within so few operations.
      expect(refusals > 0).toBe(name === "memory-pressure" && nrFrames < 10_000);
    },
  );
});

describe("what each history is made of", () => {
  const opsOf = (name: string, own: Record<string, number> = {}) => {
    const words = wordsOf(histories[name]!({ nrFrames: 1 << 15, nrEvents: 100_000, seed: 4, ...own }));
    const count = (code: number, type?: number) =>
      words.filter(
        (word, i) =>
          i % OP_WORDS === 0 &&
          (word & 0xff) === code &&
          (type === undefined || ((words[i + 3]! >>> 8) & 0xff) === type),
      ).length;
    return { words, count };
  };

  test("fork-storm: children come and go, and copy what was shared", () => {
    const { count } = opsOf("fork-storm");
    expect(count(Op.TASK_FORK)).toBeGreaterThan(200);
    expect(count(Op.TASK_FORK) - count(Op.TASK_EXIT)).toBeLessThanOrEqual(8 * 16);
    expect(count(Op.UNMAP)).toBeGreaterThan(10_000);
    expect(opsOf("fork-storm", { copied: 0 }).count(Op.FREE, PageType.ANON)).toBe(0);
  });

  test("file-scan: folios up to the order asked for, as many out as in once the cache is full", () => {
    const { words, count } = opsOf("file-scan", { order: 3 });
    const orders = new Set(
      words.filter((word, i) => i % OP_WORDS === 0 && (word & 0xff) === Op.ALLOC).map((w) => w >>> 8),
    );
    expect([...orders].sort()).toEqual([0, 1, 2, 3]);
    expect(count(Op.CACHE_DEL)).toBe(count(Op.FREE));
    expect(count(Op.FREE)).toBeGreaterThan(1000);
    expect(opsOf("file-scan", { reread: 0 }).count(Op.LRU_ACTIVATE)).toBe(0);
  });

  test("tenants: the weights choose who is there", () => {
    const web = opsOf("tenants", { database: 0, batch: 0 });
    expect(web.count(Op.ALLOC, PageType.SHMEM)).toBe(0);
    expect(web.count(Op.ALLOC, PageType.KERNEL)).toBeGreaterThan(1000);
    const database = opsOf("tenants", { web: 0, batch: 0 });
    expect(database.count(Op.ALLOC, PageType.SHMEM)).toBeGreaterThan(1000);
    expect(database.count(Op.ALLOC, PageType.ANON)).toBe(0);
    expect(() => opsOf("tenants", { web: 0, database: 0, batch: 0 })).toThrow(WorkloadError);
  });

  test("memory-pressure: page cache gives way; without any, tasks are killed", () => {
    const { count } = opsOf("memory-pressure");
    expect(count(Op.CACHE_DEL)).toBeGreaterThan(5000);
    expect(count(Op.CONTAINER_SET_MAX)).toBeGreaterThan(3);
    const anon = opsOf("memory-pressure", { anon: 1 });
    expect(anon.count(Op.TASK_EXIT)).toBeGreaterThan(3);
    expect(anon.count(Op.CACHE_ADD)).toBe(0);
  });

  test("touches: one allocation a frame, then activations", () => {
    const { count } = opsOf("sequential");
    expect(count(Op.ALLOC)).toBe(count(Op.CHARGE));
    expect(count(Op.LRU_ADD)).toBeLessThanOrEqual(1 << 15);
    expect(opsOf("zipf").count(Op.LRU_ACTIVATE)).toBeGreaterThan(10_000);
  });
});

test.each(OWN_NAMES)("%s: memory does not grow with the events", (name) => {
  const history = make(name, 1 << 14, 1_000_000, 5);
  const words = new Uint32Array(4096 * OP_WORDS);
  for (let i = 0; i < 40; i++) history.fill(words);
  const before = process.memoryUsage();
  while (history.fill(words) > 0);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 20);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(16 * 2 ** 20);
});
