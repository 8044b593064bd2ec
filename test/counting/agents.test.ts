/**
 * Counted pages among several agents: who uncharges what another charged, who asks, who leaves, who dies.
 */
import { describe, expect, test } from "vitest";
import {
  AGENTS_PTR,
  Agent,
  AgentCounter,
  CORE_PTR,
  Container,
  Core as CoreRecord,
  LedgerLock,
  LOCK_PTR,
  NR_KINDS,
} from "../../src/abi.js";
import { Ledger, LedgerError } from "../../src/index.js";
import { openLedger } from "../../src/node/index.js";
import { moduleOf } from "../model/subjects.js";

const open = (stockPolicy: "adaptive" | "naive" = "adaptive") =>
  Ledger.open(moduleOf("debug/shared-column"), {
    nrFrames: 64,
    maxContainers: 10,
    maxPids: 4,
    agents: 4,
    stockPolicy,
  });

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerError);
    return (error as LedgerError).code;
  }
  return "OK";
}

test("the verbs, their refusals, and the figures", async () => {
  const ledger = await openLedger({ design: "column", frames: 64 });
  const tenants = ledger.createContainer({ name: "tenants", maxPages: 100 });
  const a = ledger.createContainer({ name: "a", parent: tenants });
  a.charge(60, 3);
  a.charge(1);
  expect(tenants.usage({ exact: true })).toBe(61);
  expect(tenants.usage()).toBeGreaterThanOrEqual(61);
  expect(codeOf(() => a.charge(40))).toBe("LIMIT");
  expect(a.counted({ exact: true })).toEqual({
    pages: 61,
    own: [1, 0, 0, 60, 0, 0, 0, 0],
    total: [1, 0, 0, 60, 0, 0, 0, 0],
  });
  a.charge(39);
  expect(codeOf(() => a.charge(1))).toBe("LIMIT");
  expect(tenants.counters().failCount).toBe(2);
  expect(codeOf(() => a.uncharge(101))).toBe("NOT_CHARGED");
  expect(codeOf(() => tenants.uncharge(1))).toBe("NOT_CHARGED");
  expect([
    codeOf(() => a.charge(1.5)),
    codeOf(() => a.charge(2 ** 24 + 1)),
    codeOf(() => a.charge(1, NR_KINDS)),
  ]).toEqual(["BAD_ARG", "BAD_ARG", "BAD_ARG"]);
  expect(ledger.audit().differences).toBe(0);
  a.remove();
  expect(a.released).toBe(false);
  expect(codeOf(() => a.charge(1))).toBe("OFFLINE");
  a.uncharge(60, 3);
  a.uncharge(40);
  expect(a.released).toBe(true);
  expect(codeOf(() => a.uncharge(1))).toBe("NO_CONTAINER");
  expect(tenants.counted({ exact: true }).total).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(ledger.audit().differences).toBe(0);
});

test("no charge wraps around, without any limit", () => {
  const ledger = open("naive");
  const a = ledger.createContainer("a");
  let charged = 0;
  while (codeOf(() => a.charge(2 ** 24)) === "OK") charged += 2 ** 24;
  expect(charged).toBe(2 ** 31);
  expect(a.usage()).toBe(charged);
});

test("frames and counted pages share one limit, and stocks make way for either", () => {
  const ledger = open();
  const a = ledger.createContainer({ name: "a", maxPages: 200 });
  a.charge(100);
  a.uncharge(20);
  ledger.allocate(0, 5);
  expect(a.usage()).toBeGreaterThanOrEqual(80);
  for (const pfn of [32, 40, 48, 56]) ledger.allocate(pfn, 3);
  ledger.charge(0, a, 1);
  for (const pfn of [32, 40, 48, 56]) ledger.charge(pfn, a, 1);
  a.charge(56);
  expect(a.usage({ exact: true })).toBe(200);
  expect(codeOf(() => a.charge(1))).toBe("LIMIT");
  ledger.uncharge(32);
  a.charge(8);
  expect(codeOf(() => ledger.charge(32, a, 1))).toBe("LIMIT");
  expect(ledger.audit().differences).toBe(0);
});

test("batches of entries stop at the first refusal", () => {
  const ledger = open();
  const a = ledger.createContainer({ name: "a", maxPages: 10 });
  ledger.countMany(Uint32Array.of(a.id, 4, a.id | (2 << 16), 6, (a.id | (1 << 31)) >>> 0, 1));
  expect(a.counted({ exact: true }).own.slice(0, 3)).toEqual([3, 0, 6]);
  const entries = Uint32Array.of(a.id, 1, a.id, 1, a.id, 0);
  try {
    ledger.countMany(entries);
    throw new Error("nothing was thrown");
  } catch (error) {
    expect(error).toMatchObject({ code: "LIMIT", opIndex: 1 });
  }
  expect(codeOf(() => ledger.countMany(Uint32Array.of(9999, 1)))).toBe("NO_CONTAINER");
  expect(codeOf(() => ledger.countMany(Uint32Array.of(a.id | (1 << 20), 1)))).toBe("BAD_ARG");
  expect(codeOf(() => ledger.countMany(Uint32Array.of(1)))).toBe("BAD_ARG");
});

describe("several agents", () => {
  test("one uncharges what another has charged, and no more", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const other = Ledger.attach(ledger.share());
    a.charge(500);
    const same = other.container("/a")!;
    same.uncharge(300);
    expect(codeOf(() => same.uncharge(201))).toBe("NOT_CHARGED");
    expect(a.usage({ exact: true })).toBe(200);
    same.uncharge(200);
    expect(codeOf(() => same.uncharge(1))).toBe("NOT_CHARGED");
    expect(a.counted().pages).toBe(0);
    expect(ledger.audit().differences).toBe(0);
  });

  test("a limit refuses, an agent that is offline is drained, one that counts is asked", () => {
    const ledger = open();
    const a = ledger.createContainer({ name: "a", maxPages: 1000 });
    const other = Ledger.attach(ledger.share());
    const same = other.container("/a")!;
    same.charge(900);
    same.uncharge(100);
    other.offline();
    a.charge(200);
    expect(codeOf(() => a.charge(1))).toBe("LIMIT");
    expect(ledger.audit().differences).toBe(0);
    // Counting again, with a stock: asked, it follows with its next call, and not before.
    a.maxPages = Number.POSITIVE_INFINITY;
    same.charge(10);
    a.maxPages = 1020;
    expect(a.usage()).toBeGreaterThan(1020);
    expect(codeOf(() => a.charge(1))).toBe("LIMIT");
    same.uncharge(5);
    expect(a.usage({ exact: true })).toBe(1005);
    other.offline();
    a.charge(15);
    expect(codeOf(() => a.charge(1))).toBe("LIMIT");
    expect(ledger.audit().differences).toBe(0);
  });

  test("an agent that leaves gives its stock back, one that dies has it taken; what they charged stays", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    for (const ends of ["detach", "die"]) {
      const handle = ledger.share();
      const other = Ledger.attach(handle);
      other.container("/a")!.charge(10, 2);
      expect(a.usage()).toBeGreaterThan(10);
      if (ends === "detach") other.detach();
      else ledger.recover(handle);
      expect(a.usage()).toBe(10);
      expect(a.counted({ exact: true }).own[2]).toBe(10);
      a.uncharge(10, 2);
      ledger.drain();
      expect(a.usage()).toBe(0);
      expect(ledger.audit().differences).toBe(0);
    }
  });

  test("a container that was removed goes once everybody has drained", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const other = Ledger.attach(ledger.share());
    const same = other.container("/a")!;
    same.charge(10);
    a.uncharge(10);
    a.remove();
    expect(a.released).toBe(false);
    expect(codeOf(() => same.charge(1))).toBe("OFFLINE");
    expect(a.released).toBe(true);
    expect(ledger.audit().differences).toBe(0);
  });

  test("death in the middle of a batch that goes up, and of one that comes back: the way is taken off", () => {
    const ledger = open();
    const top = ledger.createContainer("top");
    const leaf = ledger.createContainer({ name: "leaf", parent: top });
    const handle = ledger.share();
    const victim = Ledger.attach(handle);
    victim.container("/top/leaf")!.charge(5);
    const words = new Uint32Array(handle.memory.buffer);
    const core = (offset: number) => words[(CORE_PTR + offset) >>> 2]!;
    const agentAt = (offset: number) => (AGENTS_PTR + handle.agent * Agent.sizeBytes + offset) >>> 2;
    const usageAt = (id: number) =>
      (core(CoreRecord.containersPtr) + id * Container.sizeBytes + Container.usagePages) >>> 2;
    // 64 pages were added at the leaf, and not above it yet.
    words[usageAt(leaf.id)]! += 64;
    words[agentAt(Agent.wayPages)] = 64;
    words[agentAt(Agent.wayFrom)] = leaf.id;
    words[agentAt(Agent.wayEnd)] = top.id;
    ledger.recover(handle);
    expect([leaf.usage(), top.usage()]).toEqual([5, 5]);
    expect(ledger.audit().differences).toBe(0);
    expect(words[(core(CoreRecord.countersPtr) + handle.agent * 10 * AgentCounter.sizeBytes) >>> 2]).toBe(0);
  });

  test("statistics: lazily within 64 updates of each agent", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const others = [ledger, Ledger.attach(ledger.share())].map((each) => each.container("/a")!);
    let worst = 0;
    for (let i = 1; i <= 3000; i++) {
      others[i % 2]!.charge(1);
      worst = Math.max(worst, i - a.counted().total[0]!);
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThanOrEqual(64 * 4);
    expect(a.counted({ exact: true }).total[0]).toBe(3000);
  });

  test("statistics after a death in a flush, which had taken bits: nothing that is counted afterwards is missed for good", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const handle = ledger.share();
    Ledger.attach(handle);
    a.charge(1);
    const words = new Uint32Array(handle.memory.buffer);
    const core = (offset: number) => words[(CORE_PTR + offset) >>> 2]!;
    const bits = core(CoreRecord.updatedPtr) >>> 2;
    expect(words[bits]).toBe(1 << a.id);
    // The dead agent had the lock, and had taken the bits; the counter still says that its bit is set.
    words[bits] = 0;
    words[(LOCK_PTR + LedgerLock.holder) >>> 2] = handle.agent + 1;
    ledger.recover(handle);
    expect(words[bits]).toBe(1 << a.id);
    for (let i = 0; i < 1000; i++) a.charge(1);
    expect(a.counted().total[0]).toBeGreaterThan(1001 - 64 * 4);
  });

  test("statistics after a death in a batch, and between a link's two stores: the next lazy read has them", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const handle = ledger.share();
    const victim = Ledger.attach(handle);
    victim.countMany(new Uint32Array(2000).map((_, i) => (i % 2 ? 1 : a.id)));
    const words = new Uint32Array(handle.memory.buffer);
    const core = (offset: number) => words[(CORE_PTR + offset) >>> 2]!;
    const agentAt = (offset: number) => (AGENTS_PTR + handle.agent * Agent.sizeBytes + offset) >>> 2;
    const bits = (core(CoreRecord.updatedPtr) >>> 2) + handle.agent * core(CoreRecord.updatedWords);
    expect([words[bits], words[agentAt(Agent.updates)]]).toEqual([1 << a.id, 1000]);
    words[bits] = 0;
    words[agentAt(Agent.updates)] = 0;
    ledger.recover(handle);
    expect(a.counted().total[0]).toBe(1000);
    a.uncharge(1000);
    a.remove();
    expect([a.released, ledger.audit().differences]).toEqual([true, 0]);
  });

  test("an image that was torn while somebody took pages over, or moved some: restored, nobody waits", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const other = Ledger.attach(ledger.share());
    other.container("/a")!.charge(7);
    const { memory } = ledger.share();
    const words = new Uint32Array(memory.buffer);
    const core = (offset: number) => words[(CORE_PTR + offset) >>> 2]!;
    words[(core(CoreRecord.containersPtr) + a.id * Container.sizeBytes + Container.countedTakes) >>> 2] = 1;
    const counters = core(CoreRecord.countersPtr) + 10 * AgentCounter.sizeBytes;
    words[(counters + a.id * AgentCounter.sizeBytes + AgentCounter.moves) >>> 2] = 1;
    const back = Ledger.restore(moduleOf("debug/shared-column"), ledger.snapshot());
    back.container("/a")!.uncharge(7);
    expect(back.audit().differences).toBe(0);
  });

  test("an image with stocks in it: restored, they are gone and the charges are there", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const other = Ledger.attach(ledger.share());
    other.container("/a")!.charge(7, 1);
    a.charge(5);
    const back = Ledger.restore(moduleOf("debug/shared-column"), ledger.snapshot());
    const same = back.container("/a")!;
    expect([same.usage(), same.counted({ exact: true }).own.slice(0, 2)]).toEqual([12, [5, 7]]);
    same.uncharge(12);
    expect(back.audit().differences).toBe(0);
  });
});
