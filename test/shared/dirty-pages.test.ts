/**
 * Dirty pages per container, the one real user of owners from outside: exact at rest, never absurd beside a writer.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DirtyPages, Ledger, PageType } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";

test("marks, cleans and counts by owner, across batches; pages of nobody count for 0", () => {
  const nrFrames = 10_000;
  const ledger = Ledger.open(moduleOf("debug/shared-page-cgroup-rcu"), {
    nrFrames,
    maxContainers: 4,
    maxPids: 4,
  });
  const [a, b] = [ledger.createContainer("a"), ledger.createContainer("b")];
  const dirty = new DirtyPages(nrFrames);
  const expected = new Map<number, number>();
  for (let pfn = 0; pfn < nrFrames; pfn++) {
    const owner = pfn % 5 === 0 ? a : pfn % 5 === 1 ? b : null;
    ledger.allocate(pfn);
    if (owner) ledger.charge(pfn, owner, PageType.SHMEM);
    if (pfn % 3 === 2) continue;
    expect(dirty.mark(pfn)).toBe(true);
    expected.set(owner?.id ?? 0, (expected.get(owner?.id ?? 0) ?? 0) + 1);
  }
  expect(dirty.perContainer(ledger)).toEqual(expected);
  expect([dirty.mark(31), dirty.clean(31), dirty.clean(31), dirty.mark(31)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  const elsewhere = new DirtyPages(nrFrames, dirty.buffer);
  for (let pfn = 0; pfn < nrFrames; pfn++) elsewhere.clean(pfn);
  expect(dirty.perContainer(ledger)).toEqual(new Map());
  expect(() => new DirtyPages(nrFrames + 64, dirty.buffer)).toThrow(RangeError);
});

test("docs/examples/dirty-pages.mjs: a reader counts while a writer on another thread changes owners", () => {
  const path = fileURLToPath(new URL("../../docs/examples/dirty-pages.mjs", import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [path], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  // The last round, number 19: pages 1, 4, 7 … are dirty, odd ones are web's.
  const last = Array.from({ length: 4096 }, (_, pfn) => pfn).filter((pfn) => pfn % 3 === 19 % 3);
  const web = last.filter((pfn) => pfn % 2 === 1).length;
  expect(stdout).toBe(
    `counted while it changed: true; never more than there are: true\nweb has ${web} dirty pages, db has ${last.length - web}\n`,
  );
});
