/**
 * Pages charged without the ledger lock by several agents: removal beside them, room that only others or the agent itself can give, calls
 * that stop, memory that comes back.
 */
import { describe, expect, test } from "vitest";
import { AGENTS_PTR, Agent, LedgerLock, LOCK_PTR, Op, PAGES_MAX } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { type Container, Ledger, LedgerError } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";

const DESIGNS = ["column", "palette"].flatMap((name) => [`shared/${name}`, `debug/shared-${name}`]);
const NR_FRAMES = 1024;

/** One ledger, and as many agents more on this thread. */
function open(module: string, agents: number, more: Partial<Parameters<typeof Ledger.open>[1]> = {}) {
  const ledger = Ledger.open(moduleOf(module), {
    nrFrames: NR_FRAMES,
    frameRecords: false,
    agents: 8,
    ...more,
  });
  const leaves = Array.from({ length: 8 }, (_, i) => ledger.createContainer(`/leaf${i}`));
  const others = Array.from({ length: agents }, () => Ledger.attach(ledger.share()));
  return { ledger, leaves, others };
}

const range = (first: number, count: number, step = 1) =>
  Uint32Array.from({ length: count }, (_, i) => first + i * step);

function codeOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerError);
    return (error as LedgerError).code;
  }
  return "OK";
}

function isClean(ledger: Ledger): void {
  expect(ledger.audit()).toEqual({ differences: 0, list: [] });
}

describe.each(DESIGNS)("%s", (module) => {
  test("what one agent has charged another uncharges, and each container has what the index says", () => {
    const { ledger, leaves, others } = open(module, 2);
    const [one, two] = others as [Ledger, Ledger];
    one.lockless.charge(range(0, 200), leaves[0]!.id);
    two.lockless.charge(range(200, 100), leaves[0]!.id);
    two.lockless.uncharge(range(50, 100));
    one.lockless.uncharge(range(180, 60));
    expect(leaves[0]!.counters().chargedPages).toBe(140);
    expect(leaves[0]!.usage({ exact: true })).toBe(140);
    isClean(ledger);
  });

  test("a container is removed while an agent holds pages ahead: it answers OFFLINE, gives them back, and the record goes", () => {
    const { ledger, leaves, others } = open(module, 1);
    const leaf = leaves[0] as Container;
    others[0]!.lockless.charge(range(0, 3), leaf.id);
    others[0]!.lockless.uncharge(range(0, 3));
    expect(leaf.usage()).toBeGreaterThan(0);
    leaf.remove();
    expect(leaf.released).toBe(false);
    expect(["OFFLINE", "NO_CONTAINER"]).toContain(
      codeOf(() => others[0]!.lockless.charge(range(0, 1), leaf.id)),
    );
    expect(leaf.released).toBe(true);
    isClean(ledger);
  });

  test("room under a limit is never lost to what an agent itself, or another one, holds ahead", () => {
    const { ledger, leaves, others } = open(module, 2);
    const leaf = leaves[3] as Container;
    // Three owners, so that a fourth one needs the lock where blocks have three slots.
    for (let i = 0; i < 3; i++) ledger.lockless.charge(range(i, 1), leaves[i]!);
    leaf.setMax(10);
    others[0]!.lockless.charge(range(3, 10), leaf.id);
    others[0]!.lockless.uncharge(range(3, 10));
    others[0]!.offline();
    others[1]!.lockless.charge(range(20, 10), leaf.id);
    expect(codeOf(() => others[1]!.lockless.charge(range(40, 1), leaf.id))).toBe("LIMIT");
    others[1]!.lockless.uncharge(range(20, 10));
    others[1]!.offline();
    others[0]!.lockless.charge(range(3, 10), leaf.id);
    expect(leaf.usage()).toBe(10);
    isClean(ledger);
  });

  test.each(["naive", "seven-slots"] as const)("likewise by the policy %s", (stockPolicy) => {
    const { ledger, leaves } = open(module, 0, { stockPolicy });
    const leaf = leaves[3] as Container;
    for (let i = 0; i < 3; i++) ledger.lockless.charge(range(i, 1), leaves[i]!);
    leaf.setMax(10);
    for (let round = 0; round < 3; round++) {
      ledger.lockless.charge(range(3, 10), leaf);
      ledger.lockless.uncharge(range(3, 10));
    }
    isClean(ledger);
  });

  test("a slot that fell empty serves another owner at once where nobody reads: its block does not overflow", () => {
    const { ledger, leaves } = open(module, 0);
    const before = ledger.stats().indexBytes;
    for (let i = 0; i < 3; i++) ledger.lockless.charge(range(i, 1), leaves[i]!);
    for (let i = 3; i < 8; i++) {
      ledger.lockless.uncharge(range(0, 1));
      ledger.lockless.charge(range(0, 1), leaves[i]!);
    }
    expect(ledger.stats().indexBytes).toBe(before);
    isClean(ledger);
  });

  test("what blocks leave behind is freed although nobody calls anything else", () => {
    const { ledger, leaves } = open(module, 1);
    const before = ledger.stats().indexBytes;
    for (let round = 0; round < 3000; round++) {
      for (let i = 0; i < 4; i++) ledger.lockless.charge(range(i, 1), leaves[i]!);
      ledger.lockless.uncharge(range(0, 4));
    }
    // A slab of overflow blocks, or a few.
    expect(ledger.stats().indexBytes).toBeLessThan(before + 5 * 4096);
    isClean(ledger);
  });

  test("a call that stops says how many pages it has done, and leaves the books right", () => {
    const core = new Core(moduleOf(module), {
      ...{ nrFrames: NR_FRAMES, maxContainers: 9, maxPids: 4, agents: 2, frameRecords: false },
    });
    core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
    core.placePfns(range(0, 8));
    expect(core.lockless.charge(8, 1)).toEqual({ done: 8, code: "OK" });
    // The lock is another's, who is gone; this thread may not wait.
    const holder = (LOCK_PTR + LedgerLock.holder) >>> 2;
    core.u32[(AGENTS_PTR + core.agent * Agent.sizeBytes + Agent.mayWait) >>> 2] = 0;
    core.u32[holder] = 2;
    core.placePfns(range(8, 8));
    expect(core.lockless.charge(8, 1)).toEqual({ done: 0, code: "LOCKED" });
    core.u32[holder] = 0;
    expect(core.lockless.charge(8, 1)).toEqual({ done: 8, code: "OK" });
    expect(core.audit()).toBe(0);
  });

  test("a ledger of many containers and agents is restored", () => {
    const ledger = Ledger.open(moduleOf(module), {
      nrFrames: 64,
      maxContainers: 1100,
      agents: 64,
      frameRecords: false,
    });
    const last = Array.from({ length: 1100 }, (_, i) => ledger.createContainer(`/c${i}`)).at(-1)!;
    ledger.lockless.charge(range(0, 10), last);
    const again = Ledger.restore(moduleOf(module), ledger.snapshot());
    expect(again.containerById(last.id)!.usage({ exact: true })).toBe(10);
    again.lockless.charge(range(10, 5), last.id);
    again.lockless.uncharge(range(0, 12));
    expect(again.containerById(last.id)!.counters().chargedPages).toBe(3);
    isClean(again);
  });
});
