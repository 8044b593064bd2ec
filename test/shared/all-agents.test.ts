/**
 * As many agents as a ledger can have, all at once: each works, one more is refused, and when all have left nothing is left of them.
 */
import { describe, expect, test } from "vitest";
import { NR_AGENTS, PageType } from "../../src/abi.js";
import { Ledger, SharingError } from "../../src/index.js";
import { moduleOf, retiringDesigns } from "../model/subjects.js";
import { thrownBy } from "./thrown-by.js";

const RETIRING = retiringDesigns();
/** Frames that each agent has for itself: a block of the palette, a node of a tree. */
const OWN = 64;
const COUNTED = 100;

/** A ledger with all agents that it can have, each on this thread, and a container for each. */
function crowd(design: string) {
  const ledger = Ledger.open(moduleOf(`debug/shared-${design}`), {
    nrFrames: NR_AGENTS * OWN,
    maxContainers: NR_AGENTS + 2,
    maxPids: 8,
    agents: NR_AGENTS,
  });
  const top = ledger.createContainer("top");
  const own = Array.from({ length: NR_AGENTS }, (_, i) =>
    ledger.createContainer({ name: `a${i}`, parent: top }),
  );
  const agents = [ledger];
  while (agents.length < NR_AGENTS) agents.push(Ledger.attach(ledger.share()));
  return { ledger, top, own, agents };
}

/** Pages of an agent, owned by eight containers in turn, so that what holds them is retired when they go. */
function churn(agent: Ledger): void {
  const first = agent.agent * OWN;
  const batch = agent.batch();
  for (let i = 0; i < OWN; i++) batch.allocate(first + i);
  for (let i = 0; i < OWN; i++)
    batch.charge(first + i, 2 + ((agent.agent + (i % 8)) % NR_AGENTS), PageType.ANON);
  for (let i = 0; i < OWN; i++) batch.uncharge(first + i).free(first + i);
  batch.execute();
}

describe.each(["column", ...RETIRING])(`%s: ${NR_AGENTS} agents`, (design) => {
  test("each charges, counts and looks up; the next one is refused; all leave, and counters are zero", () => {
    const { ledger, top, own, agents } = crowd(design);
    expect(agents.map(({ agent }) => agent)).toEqual(Array.from({ length: NR_AGENTS }, (_, i) => i));
    const refused = thrownBy(() => ledger.share());
    expect(refused).toBeInstanceOf(SharingError);
    expect(refused).toMatchObject({ reason: "no-number" });
    for (const each of agents) {
      each.online();
      each.allocate(each.agent * OWN, 5).charge(each.agent * OWN, own[each.agent]!.id, PageType.ANON);
      each.containerById(own[each.agent]!.id)!.charge(COUNTED);
    }
    const pfns = Uint32Array.from({ length: NR_AGENTS * 2 }, (_, i) => i * (OWN / 2));
    const expected = Array.from(pfns, (_, i) => (i % 2 ? 0 : own[i / 2]!.id));
    for (const each of agents) {
      expect([...each.ownersOf(pfns)]).toEqual(expected);
      each.quiescent();
    }
    expect(top.usage({ exact: true })).toBe(NR_AGENTS * (32 + COUNTED));
    expect(ledger.audit().differences).toBe(0);
    // What one has charged the next one uncharges.
    for (const each of agents) {
      const other = (each.agent + 1) % NR_AGENTS;
      each.free(other * OWN, 5);
      each.containerById(own[other]!.id)!.uncharge(COUNTED);
    }
    for (const each of agents.slice(1)) each.detach();
    expect(ledger.agents().map(({ id }) => id)).toEqual([0]);
    ledger.drain();
    expect([top.usage(), ...own.map((container) => container.usage())]).toEqual(
      Array.from({ length: NR_AGENTS + 1 }, () => 0),
    );
    expect(top.counted({ exact: true }).total.every((n) => n === 0)).toBe(true);
    expect(ledger.audit().differences).toBe(0);
    expect(ledger.share()).toMatchObject({ agent: 1, generation: 1 });
  });
});

test.each(RETIRING)(
  `%s: grace periods of ${NR_AGENTS} agents go on, but for one that is silent, and when all have left`,
  (design) => {
    const { ledger, agents } = crowd(design);
    for (const each of agents) each.online();
    const silent = agents.at(-1)!;
    const others = agents.slice(0, -1);
    const epochs = new Set<number>();
    const round = (who: readonly Ledger[]) => {
      for (const each of who) churn(each);
      for (const each of who) each.quiescent();
      epochs.add(ledger.gracePeriods().epoch);
    };
    for (let i = 0; i < 4; i++) round(agents);
    expect(epochs.size).toBeGreaterThan(2);
    for (let i = 0; i < 3; i++) round(others);
    const held = ledger.gracePeriods();
    expect(held.stalled.map(({ id }) => id)).toEqual([silent.agent]);
    round(others);
    expect(ledger.gracePeriods().epoch).toBe(held.epoch);
    expect(ledger.gracePeriods().waiting).toBeGreaterThan(held.waiting);
    for (const each of agents.slice(1)) each.detach();
    for (let i = 0; i < 4; i++) round([ledger]);
    // Nothing is retired by these.
    for (let i = 0; i < 4; i++) ledger.batch().allocate(0).free(0).execute();
    const { epoch, waiting, stalled } = ledger.gracePeriods();
    expect(epoch).not.toBe(held.epoch);
    expect([waiting, stalled]).toEqual([0, []]);
    expect(ledger.audit().differences).toBe(0);
  },
);
