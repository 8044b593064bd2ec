/**
 * The five known defects of "lockless page_cgroup v1", August 2008, as it was posted: each test fails on a design that
 * has it.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Core as CoreRecord, LedgerLock, Op, PAGES_MAX, PageType, PCG_BATCH } from "../../src/abi.js";
import { Ledger } from "../../src/ledger/ledger.js";
import { moduleOf } from "../model/subjects.js";
import { SharedAgents } from "./agents.js";
import { thrownBy } from "./thrown-by.js";

const MODULE = "debug/shared-page-cgroup-rcu";

const open = (frames = 1024) =>
  Ledger.open(moduleOf(MODULE), { nrFrames: frames, maxContainers: 8, maxPids: 8, agents: 4 });

test("defect 1, force_empty never ends: a container with records out of use on its list is empty, and goes", () => {
  const ledger = open();
  const a = ledger.createContainer("a");
  // Fewer than a batch: they are still listed as out of use when the container is asked to go.
  for (let pfn = 0; pfn < PCG_BATCH - 1; pfn++)
    ledger.allocate(pfn).charge(pfn, a, PageType.ANON).lruAdd(pfn, 1);
  for (let pfn = 0; pfn < PCG_BATCH - 1; pfn++) ledger.lruDel(pfn).uncharge(pfn);
  expect(a.view.usagePages).toBe(0);
  a.remove();
  expect(ledger.containers()).toEqual([]);
  expect(ledger.audit().differences).toBe(0);
});

test("defect 2, an early return keeps the read lock: a refused charge leaves the agent as it was, and no lock", () => {
  const shared = new SharedAgents(MODULE, { nrFrames: 64, maxContainers: 4, maxPids: 8, agents: 3 });
  const { core } = shared;
  core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
  core.runOne(Op.CONTAINER_CREATE, 2, 0);
  core.runOne(Op.ALLOC, 0, 0);
  core.runOne(Op.CHARGE | (1 << 16), 0, PageType.FILE);
  core.runOne(Op.ALLOC, 1, 0);
  const epochOf = () => core.agents!.list()[0]!.epoch;
  for (const online of [false, true]) {
    if (online) core.online();
    const refused = [
      core.runOne(Op.CHARGE | (1 << 16), 0, PageType.FILE),
      core.runOne(Op.CHARGE | (2 << 16), 1, PageType.FILE),
      core.runOne(Op.CHARGE | (3 << 16), 1, PageType.FILE),
    ];
    expect(refused.every((err) => err !== 0)).toBe(true);
    expect(shared.lockWord(LedgerLock.holder)).toBe(0);
    expect(epochOf() !== 0).toBe(online);
  }
  // And whoever waits for a grace period gets one.
  core.offline();
  core.runOne(Op.UNCHARGE, 0, 0);
  for (let i = 0; i < PCG_BATCH * 8; i++) {
    core.runOne(Op.CHARGE | (1 << 16), 1, PageType.ANON);
    core.runOne(Op.UNCHARGE, 1, 0);
  }
  expect(core.coreWord(CoreRecord.nrRetired)).toBeLessThan(64);
});

test("defect 3, two uncharges both see a record in use: of two threads one subtracts", async () => {
  const nrPages = 512;
  const ledger = open(nrPages);
  const a = ledger.createContainer("a");
  const pfns = Uint32Array.from({ length: nrPages }, (_, pfn) => pfn);
  const words = new Uint32Array(4 * nrPages);
  for (const pfn of pfns) words.set([Op.UNCHARGE, pfn, 0, 0], 4 * pfn);
  for (const pfn of pfns) ledger.allocate(pfn);
  for (let round = 0; round < 3; round++) {
    ledger.chargeMany(pfns, a, PageType.ANON);
    expect(a.view.usagePages).toBe(nrPages);
    const exits = [0, 1].map(() => {
      const workerData = { handle: ledger.share(), words, forever: false };
      return once(new Worker(new URL("./worker.mjs", import.meta.url), { workerData }), "exit");
    });
    await Promise.all(exits);
    expect(a.view.usagePages).toBe(0);
    expect(ledger.audit().differences).toBe(0);
  }
});

test("defect 4, the branch for anonymous pages is dead: each kind of page is asked by its own rule", () => {
  const ledger = open();
  const a = ledger.createContainer("a");
  ledger.allocate(0).charge(0, a, PageType.ANON).map(0);
  ledger.allocate(1).charge(1, a, PageType.FILE).cacheAdd(1, a);
  // Anonymous: the last unmapping comes first; file: the mapping is cleared first.  Neither stands in for the other.
  expect(thrownBy(() => ledger.uncharge(0))).toMatchObject({ code: "BUSY" });
  expect(thrownBy(() => ledger.uncharge(1))).toMatchObject({ code: "BUSY" });
  expect(a.view.usagePages).toBe(2);
  expect([ledger.chargedTo(0), ledger.chargedTo(1)]).toEqual([a, a]);
  ledger.unmap(0).uncharge(0);
  ledger.cacheDel(1).uncharge(1);
  expect(a.view.usagePages).toBe(0);
});

test("defect 5, a page of swapped shared memory is charged twice: the second charge is refused and changes nothing", () => {
  const ledger = open();
  const [a, b] = [ledger.createContainer("a"), ledger.createContainer("b")];
  ledger.allocate(0).charge(0, a, PageType.SHMEM);
  for (const again of [a, b])
    expect(thrownBy(() => ledger.charge(0, again, PageType.SHMEM))).toMatchObject({ code: "CHARGED" });
  expect([a.view.usagePages, b.view.usagePages]).toEqual([1, 0]);
  expect(ledger.chargedTo(0)).toBe(a);
  expect(ledger.audit().differences).toBe(0);
});
