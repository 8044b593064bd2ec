/**
 * Grace periods over several agents: who holds back what, how it is reported, and that nothing newer than a silent agent's
 * epoch goes.
 */
import { describe, expect, test } from "vitest";
import { CORE_PTR, Core as CoreRecord, NR_AGENTS, PageType } from "../../src/abi.js";
import { Ledger, StallError } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";

/** Debug builds of shared memory; what an operation retires, and how a page is made to retire it. */
const DESIGNS = ["radix-rcu", "page-cgroup-rcu", "palette", "xarray"];
const NR_FRAMES = 1 << 14;

function open(design: string, agents: number) {
  const ledger = Ledger.open(moduleOf(`debug/shared-${design}`), {
    nrFrames: NR_FRAMES,
    maxContainers: 40,
    maxPids: 8,
    agents,
  });
  const containers = Array.from({ length: 30 }, (_, i) => ledger.createContainer(`c${i}`));
  /** Gives 64 pages 8 owners and takes them all away: a node, records or a wide block are retired. */
  const churn = () => {
    const batch = ledger.batch();
    for (let page = 0; page < 64; page++) batch.allocate(8192 + page);
    for (let page = 0; page < 64; page++) batch.charge(8192 + page, containers[page % 8]!, PageType.ANON);
    for (let page = 0; page < 64; page++) batch.uncharge(8192 + page).free(8192 + page);
    batch.execute();
  };
  return { ledger, containers, churn };
}

const setEpoch = (ledger: Ledger, reader: Ledger, epoch: number) => {
  const { memory } = reader.share();
  new Uint32Array(memory.buffer)[(CORE_PTR + CoreRecord.gpEpoch) >>> 2] = epoch;
  reader.quiescent();
  expect(ledger.gracePeriods().epoch).toBe(epoch);
};

describe.each(DESIGNS)("%s", (design) => {
  test("a silent reader is named with id, epoch and age; what it may hold waits, and goes when it speaks", () => {
    const { ledger, churn } = open(design, 6);
    const readers = [0, 1, 2].map(() => Ledger.attach(ledger.share()));
    for (const reader of readers) reader.online();
    churn();
    for (let i = 0; i < 3; i++) {
      for (const reader of readers) reader.quiescent();
      churn();
    }
    const silent = readers[1]!;
    const rest = readers.filter((reader) => reader !== silent);
    const epoch = ledger.agents().find(({ id }) => id === silent.agent)!.epoch;
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) {
      for (const reader of rest) reader.quiescent();
      churn();
      sizes.push(ledger.gracePeriods().waiting);
    }
    // Nothing newer than its epoch goes: the list only grows.
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes[3]).toBeGreaterThan(sizes[1]!);
    const report = ledger.gracePeriods();
    expect((report.epoch - epoch) >>> 0).toBeLessThanOrEqual(1);
    for (const reader of rest) reader.quiescent();
    expect(ledger.gracePeriods().stalled).toMatchObject([{ id: silent.agent, epoch }]);
    expect(ledger.gracePeriods().stalled[0]!.ageMs).toBeGreaterThanOrEqual(0);
    ledger.checkStall();
    let stall: unknown;
    try {
      ledger.checkStall(1);
    } catch (error) {
      stall = error;
    }
    expect(stall).toBeInstanceOf(StallError);
    expect(stall).toMatchObject({ agent: silent.agent, epoch, waiting: report.waiting });
    for (let i = 0; i < 3; i++) {
      for (const reader of readers) reader.quiescent();
      ledger.batch().allocate(0).free(0).execute();
    }
    expect(ledger.gracePeriods()).toMatchObject({ waiting: 0, stalled: [] });
    ledger.checkStall(0);
    expect(ledger.audit().differences).toBe(0);
  });

  test("a reader that is dead is recovered, and holds nothing back any more", () => {
    const { ledger, churn } = open(design, 3);
    const handle = ledger.share();
    Ledger.attach(handle).online();
    for (let i = 0; i < 3; i++) churn();
    expect(ledger.gracePeriods().waiting).toBeGreaterThan(0);
    ledger.recover(handle);
    for (let i = 0; i < 3; i++) ledger.batch().allocate(0).free(0).execute();
    expect(ledger.gracePeriods()).toMatchObject({ waiting: 0, stalled: [] });
    expect(ledger.audit().differences).toBe(0);
  });

  test("epochs go round 32 bits", () => {
    const { ledger, churn } = open(design, 4);
    const reader = Ledger.attach(ledger.share());
    reader.online();
    setEpoch(ledger, reader, 0xfffffffd);
    for (let i = 0; i < 12; i++) {
      churn();
      expect(ledger.gracePeriods().waiting).toBeGreaterThan(0);
      reader.quiescent();
    }
    const { epoch } = ledger.gracePeriods();
    expect(epoch).toBeGreaterThan(0);
    expect(epoch).toBeLessThan(64);
    reader.offline();
    for (let i = 0; i < 3; i++) ledger.batch().allocate(0).free(0).execute();
    expect(ledger.gracePeriods().waiting).toBe(0);
    expect(ledger.audit().differences).toBe(0);
  });

  test(`${NR_AGENTS} agents, each asked`, () => {
    const { ledger, churn } = open(design, NR_AGENTS);
    const readers = Array.from({ length: NR_AGENTS - 1 }, () => Ledger.attach(ledger.share()));
    for (const reader of readers) reader.online();
    const last = readers.at(-1)!;
    for (let i = 0; i < 4; i++) {
      churn();
      for (const reader of readers) if (reader !== last) reader.quiescent();
    }
    expect(ledger.gracePeriods().waiting).toBeGreaterThan(0);
    expect(ledger.gracePeriods().stalled.map(({ id }) => id)).toEqual([last.agent]);
    for (const reader of readers) reader.offline();
    for (let i = 0; i < 3; i++) ledger.batch().allocate(0).free(0).execute();
    expect(ledger.gracePeriods().waiting).toBe(0);
  });
});

test("lookups announce for an agent that stays online: a batch of 64 by itself, single ones once in 64", () => {
  const { ledger, churn } = open("radix-rcu", 3);
  const reader = Ledger.attach(ledger.share());
  reader.online();
  const announced = () => ledger.agents().find(({ id }) => id === reader.agent)!.epoch;
  const epochs = new Set<number>();
  for (let i = 0; i < 5; i++) {
    churn();
    reader.ownersOf(new Uint32Array(64), { raw: true });
    expect(announced()).toBe(ledger.gracePeriods().epoch);
    epochs.add(announced());
  }
  expect(epochs.size).toBe(5);
  churn();
  const before = announced();
  reader.ownersOf(new Uint32Array(63), { raw: true });
  expect(announced()).toBe(before);
  for (let i = 0; i < 64; i++) reader.chargedTo(i);
  expect(announced()).toBe(ledger.gracePeriods().epoch);
  expect(announced()).not.toBe(before);
});

test("a design that retires nothing has no epochs", () => {
  const ledger = Ledger.open(moduleOf("debug/shared-column"), { nrFrames: 64, maxContainers: 2, maxPids: 2 });
  expect(ledger.gracePeriods()).toEqual({ epoch: 0, waiting: 0, stalled: [] });
});
