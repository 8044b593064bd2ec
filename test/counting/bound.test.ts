/**
 * How far usage as reported may lie above true usage: each policy's bound is reached, and never exceeded.
 */
import { describe, expect, test } from "vitest";
import {
  AGENT_STOCK_PAGES,
  AGENTS_PTR,
  Agent,
  Container,
  Err,
  Op,
  PAGES_MAX,
  STOCK_MAX,
  STOCK_MIN,
  StockPolicy,
} from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { Random, seedOf } from "../model/random-history.js";
import { moduleOf } from "../model/subjects.js";

/** Charged besides, so that there always is something to uncharge. */
const LOTS = 1 << 20;

/** Agents of one shared ledger, all on this thread, and containers 1 (above) and 2 … leaves + 1. */
class Subject {
  readonly cores: Core[];
  readonly leaves: readonly number[];

  constructor(agents: number, leaves: number, policy: StockPolicy) {
    const module = moduleOf("shared/column");
    const first = new Core(module, { nrFrames: 16, maxContainers: leaves + 2, maxPids: 4, agents });
    first.counting.setPolicy(policy);
    first.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
    this.leaves = Array.from({ length: leaves }, (_, i) => i + 2);
    for (const leaf of this.leaves) first.runOne(Op.CONTAINER_CREATE | (1 << 16), leaf, PAGES_MAX);
    this.cores = [first];
    while (this.cores.length < agents) {
      const ticket = first.agents!.reserve()!;
      this.cores.push(new Core(module, { ...ticket, memory: first.memory }));
    }
  }

  get first(): Core {
    return this.cores[0]!;
  }
  /** Usage of the upper container less what is truly charged. */
  get excess(): number {
    const truly = this.leaves.reduce((n, leaf) => n + this.first.counting.pages(leaf), 0);
    return this.first.containerWord(1, Container.usagePages) - truly;
  }
  sumOfCapacities(agent: number): number {
    return this.first.u32[(AGENTS_PTR + agent * Agent.sizeBytes + Agent.capacityPages) >>> 2]!;
  }
}

/** Charges and uncharges until an agent's stock has grown as far as it goes. */
function growStock(core: Core, leaf: number): void {
  expect(core.counting.charge(leaf, LOTS, 0)).toBe(Err.OK);
  for (let i = 0; i < 12; i++) expect(core.counting.uncharge(leaf, STOCK_MAX * 2, 0)).toBe(Err.OK);
}

/** Uncharges page by page: the stock passes through every size that it can have. */
function highest(subject: Subject, core: Core, leaf: number): number {
  let most = 0;
  for (let i = 0; i < STOCK_MAX + 8; i++) {
    expect(core.counting.uncharge(leaf, 1, 0)).toBe(Err.OK);
    most = Math.max(most, core.counting.stocked(leaf));
    if (most % STOCK_MAX === 0) break;
  }
  expect(subject.first.audit()).toBe(0);
  return most;
}

describe("ours: the smaller of 4096 pages per container and 2^19, for each agent", () => {
  test.each([
    [1, 3],
    [3, 2],
  ])("%i agents, %i containers", (agents, leaves) => {
    const subject = new Subject(agents, leaves, StockPolicy.ADAPTIVE);
    let most = 0;
    for (const core of subject.cores)
      for (const leaf of subject.leaves) {
        growStock(core, leaf);
        for (let i = 0; i <= STOCK_MAX * 2 && core.counting.stocked(leaf) % STOCK_MAX !== 0; i++)
          expect(core.counting.uncharge(leaf, 1, 0)).toBe(Err.OK);
        if (core.counting.stocked(leaf) === 0) highest(subject, core, leaf);
        most = Math.max(most, subject.excess);
      }
    expect(most).toBe(agents * leaves * STOCK_MAX);
    for (const core of subject.cores) expect(core.counting.uncharge(2, 1, 0)).toBe(Err.OK);
    expect(subject.excess).toBeLessThanOrEqual(agents * leaves * STOCK_MAX);
    expect(subject.first.audit()).toBe(0);
  });

  test("many containers: capacities together stop at the agent's share", () => {
    const leaves = AGENT_STOCK_PAGES / STOCK_MAX + 40;
    const subject = new Subject(1, leaves, StockPolicy.ADAPTIVE);
    const random = new Random(seedOf(4096));
    for (const leaf of subject.leaves) subject.first.counting.charge(leaf, LOTS, 0);
    let most = 0;
    for (let i = 0; i < 60_000; i++) {
      const leaf = random.pick(subject.leaves);
      subject.first.counting.uncharge(leaf, 1 + random.below(200), 0);
      if (i % 1000 !== 0) continue;
      expect(subject.sumOfCapacities(0)).toBeLessThanOrEqual(AGENT_STOCK_PAGES);
      expect(subject.excess).toBeLessThanOrEqual(AGENT_STOCK_PAGES);
      most = Math.max(most, subject.sumOfCapacities(0));
    }
    expect(most).toBeGreaterThan(AGENT_STOCK_PAGES * 0.9);
    expect(subject.first.audit()).toBe(0);
  });
});

describe("the kernel's: agents × slots × 64", () => {
  test.each([
    ["one slot", StockPolicy.ONE_SLOT, 1],
    ["seven slots", StockPolicy.SEVEN_SLOTS, 7],
  ])("%s", (_name, policy, slots) => {
    const agents = 3;
    const subject = new Subject(agents, 9, policy);
    const bound = agents * slots * STOCK_MIN;
    const random = new Random(seedOf(1906));
    let most = 0;
    for (const core of subject.cores) for (const leaf of subject.leaves) core.counting.charge(leaf, 5000, 0);
    for (let i = 0; i < 20_000; i++) {
      const core = random.pick(subject.cores);
      const pages = 1 + random.below(3);
      core.counting.uncharge(random.pick(subject.leaves), pages, 0);
      core.counting.charge(random.pick(subject.leaves), pages, 0);
      most = Math.max(most, subject.excess);
    }
    expect(most).toBeLessThanOrEqual(bound);
    // Each slot filled to the brim: from empty, one page after the other.
    for (const core of subject.cores) {
      core.counting.drain();
      for (const leaf of subject.leaves.slice(0, slots))
        for (let i = 0; i < STOCK_MIN; i++) core.counting.uncharge(leaf, 1, 0);
    }
    expect(subject.excess).toBeLessThanOrEqual(bound);
    most = Math.max(most, subject.excess);
    expect(most).toBe(bound);
    expect(subject.first.audit()).toBe(0);
  });

  test("none: usage is true", () => {
    const subject = new Subject(2, 4, StockPolicy.NAIVE);
    for (const core of subject.cores)
      for (const leaf of subject.leaves) {
        core.counting.charge(leaf, 100, 0);
        core.counting.uncharge(leaf, 30, 0);
        expect(subject.excess).toBe(0);
      }
  });
});
