// grace-period: epochs, agents that lag or fall silent, and the wrap of 32 bits; with page records as what is retired.
import { describe, expect, test } from "vitest";
import { AGENTS_PTR, Agent, CORE_PTR, Core, Op, PageType, Retired } from "../../../src/abi.js";
import { errName, Ledger } from "./harness.js";

const RECLAIM_AT = 64;
const NR_AGENTS = 4;
const READERS = Array.from({ length: NR_AGENTS - 1 }, (_, i) => i + 1);

describe.each(["debug/radix-rcu", "radix-rcu"])("%s", (name) => {
  const ready = () => {
    const ledger = new Ledger(name, { nrFrames: 1 << 14, agents: NR_AGENTS });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: 0xffffffff });
    // The last page keeps the height, so that from here on a page that comes and goes retires its bottom node.
    ledger.do(Op.ALLOC_CHARGE, { pfn: (1 << 14) - 1, memcg: 1, arg: PageType.ANON });
    for (let i = 0; i < 4; i++) ledger.do(Op.ALLOC_CHARGE, { pfn: i << 12, memcg: 1, arg: PageType.ANON });
    return ledger;
  };
  const retired = (ledger: Ledger) => ledger.core(Core.nrRetired);
  const epoch = (ledger: Ledger) => ledger.core(Core.gpEpoch);
  const agentEpoch = (ledger: Ledger, agent: number) =>
    ledger.view.getUint32(AGENTS_PTR + agent * Agent.sizeBytes + Agent.epoch, true);
  const announce = (ledger: Ledger, agent: number) =>
    expect(errName(ledger.calls.agentQuiescent(agent))).toBe("OK");
  /** Retires one node. */
  const retireOne = (ledger: Ledger) => {
    const before = retired(ledger);
    ledger.do(Op.ALLOC_CHARGE, { pfn: 640, memcg: 1, arg: PageType.ANON });
    ledger.do(Op.FREE, { pfn: 640 });
    expect([before + 1, 0]).toContain(retired(ledger));
  };
  const stamps = (ledger: Ledger) => {
    const found: number[] = [];
    for (let off = ledger.core(Core.retiredFirst); off !== 0; ) {
      const ptr = ledger.core(Core.arenaPtr) + off;
      found.push(ledger.view.getUint32(ptr + Retired.epoch, true));
      off = ledger.view.getUint32(ptr + Retired.next, true);
    }
    return found;
  };

  test("operations announce when enough waits, batches at their end", () => {
    const ledger = ready();
    let most = 0;
    for (let i = 0; i < 3 * RECLAIM_AT; i++) {
      retireOne(ledger);
      most = Math.max(most, retired(ledger));
    }
    expect(most).toBe(RECLAIM_AT - 1);
    retireOne(ledger);
    expect(retired(ledger)).toBeGreaterThan(0);
    ledger.batch([[Op.NOP, {}]]);
    expect(retired(ledger)).toBe(0);
    // Inside one batch as well: it never holds more, however long it is.
    const usedBytes = ledger.calls.usedBytes();
    const op = { pfn: 640, memcg: 1, arg: PageType.ANON };
    const ops = Array.from({ length: 1000 }, () => [
      [Op.ALLOC_CHARGE, op] as const,
      [Op.FREE, { pfn: 640 }] as const,
    ]).flat();
    const arenaNext = ledger.core(Core.arenaNext);
    expect(ledger.batch(ops)).toBe(2000);
    expect(ledger.core(Core.arenaNext) - arenaNext).toBeLessThanOrEqual(Math.ceil(RECLAIM_AT / 14) * 4096);
    expect([retired(ledger), ledger.calls.usedBytes()]).toEqual([0, usedBytes]);
    ledger.sound();
  });

  test("a silent agent: nothing newer than its epoch is freed, and no epoch runs away from it", () => {
    const ledger = ready();
    const [slow, quick] = READERS as [number, number];
    for (const agent of [slow, quick]) expect(errName(ledger.calls.agentOnline(agent))).toBe("OK");
    const start = epoch(ledger);
    for (let i = 0; i < 300; i++) {
      retireOne(ledger);
      announce(ledger, quick);
      announce(ledger, 0);
    }
    expect(retired(ledger)).toBe(300);
    expect([epoch(ledger), agentEpoch(ledger, slow)]).toEqual([start + 1, start]);
    expect(new Set(stamps(ledger))).toEqual(new Set([start, start + 1]));
    ledger.sound();
    announce(ledger, slow);
    announce(ledger, 0);
    expect(stamps(ledger).every((stamp) => stamp === start + 1)).toBe(true);
    ledger.calls.agentOffline(slow);
    announce(ledger, quick);
    announce(ledger, 0);
    expect(retired(ledger)).toBe(0);
    ledger.sound();
  });

  test("each agent holds back what was retired while it could see it; one that comes later does not", () => {
    const ledger = ready();
    const [early, late] = READERS as [number, number];
    ledger.calls.agentOnline(early);
    retireOne(ledger);
    announce(ledger, 0);
    ledger.calls.agentOnline(late);
    announce(ledger, early);
    announce(ledger, 0);
    expect(retired(ledger)).toBe(0);
    expect(agentEpoch(ledger, late)).toBe(epoch(ledger) - 1);
    ledger.sound();
  });

  test("epochs wrap around, and leave out the 0 that means offline", () => {
    const ledger = ready();
    ledger.view.setUint32(CORE_PTR + Core.gpEpoch, 2 ** 32 - 3, true);
    const [reader = 1] = READERS;
    ledger.calls.agentOnline(reader);
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) {
      retireOne(ledger);
      announce(ledger, 0);
      announce(ledger, reader);
      expect(stamps(ledger)).toHaveLength(1); // the one just retired; those before are free
      seen.push(epoch(ledger));
      ledger.sound();
    }
    expect(seen).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 1, 2, 3, 4]);
    ledger.calls.agentOffline(reader);
    announce(ledger, 0);
    expect(retired(ledger)).toBe(0);
  });

  test("agents that are not there, or not online, are refused", () => {
    const ledger = ready();
    for (const agent of [NR_AGENTS, 0xffffffff, 0]) {
      expect(errName(ledger.calls.agentOnline(agent))).toBe("BAD_ARG");
      expect(errName(ledger.calls.agentOffline(agent))).toBe("BAD_ARG");
    }
    for (const agent of [NR_AGENTS, 0xffffffff, ...READERS])
      expect(errName(ledger.calls.agentQuiescent(agent))).toBe("BAD_ARG");
    expect(READERS.map((agent) => agentEpoch(ledger, agent))).toEqual(READERS.map(() => 0));
    ledger.sound();
  });

  test("behind a refusal nothing is freed", () => {
    const ledger = ready();
    const [reader = 1] = READERS;
    ledger.calls.agentOnline(reader);
    for (let i = 0; i < 2 * RECLAIM_AT; i++) retireOne(ledger);
    ledger.calls.agentOffline(reader);
    ledger.refuses("NOT_ALLOCATED", Op.UNCHARGE, { pfn: 640 });
    expect(retired(ledger)).toBe(2 * RECLAIM_AT);
    ledger.do(Op.NOP, {});
    expect(retired(ledger)).toBe(0);
  });
});
