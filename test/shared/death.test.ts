/**
 * An agent that dies at any store of an operation: a survivor undoes it, and every byte is as it was before.
 */
import { describe, expect, test } from "vitest";
import { Err, LedgerLock, LOCK_PTR, Op, PAGES_MAX, PageType } from "../../src/abi.js";
import { NaiveLedger } from "../model/naive-ledger.js";
import { RandomHistory, type Space, seedOf } from "../model/random-history.js";
import { DESIGN_NAMES } from "../model/subjects.js";
import { type Mortal, SharedAgents } from "./agents.js";

const SPACE: Space = {
  name: "small",
  nrFrames: 1024,
  maxContainers: 12,
  maxPids: 16,
  orderMax: 6,
  hostile: 4,
};
const NR_OPS = 700;
/** Most operations end within so many notes, and a few take hundreds. */
const FEW_NOTES = 40;
const MANY_NOTES = 500;

const open = (name: string) => new SharedAgents(name, { ...SPACE, agents: 4 });

/** Runs an operation that may die; whether it did. */
function dies({ calls }: Mortal, op: readonly [number, number, number]): boolean {
  try {
    calls.execOne(...op, 0);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    return true;
  }
}

describe.each(DESIGN_NAMES)("%s", (design) => {
  const seed = seedOf(1983);

  test(`${NR_OPS} operations, PAGELEDGER_SEED=${seed}`, () => {
    const shared = open(`debug/shared-${design}`);
    const { core } = shared;
    const history = new RandomHistory(seed, SPACE, "both");
    const model = new NaiveLedger(SPACE.nrFrames, SPACE.maxContainers, SPACE.maxPids);
    const { random } = history;
    let deaths = 0;
    for (let i = 0; i < NR_OPS; i++) {
      const op = history.next(model);
      const where = `operation ${i} [${op[0] & 0xff} ${op}], PAGELEDGER_SEED=${seed}`;
      const victim = shared.mortal();
      const before = shared.image();
      shared.dieAfter(random.below(random.chance(85) ? FEW_NOTES : MANY_NOTES));
      const died = dies(victim, op);
      shared.live();
      if (died) {
        deaths++;
        expect(shared.lockWord(LedgerLock.holder), where).toBe(victim.agent + 1);
        core.recover(victim);
        expect(Buffer.compare(shared.image(), before), `${where}: traces`).toBe(0);
        core.runOne(...op);
      } else {
        victim.calls.detachAgent(victim.generation);
      }
      model.run(...op);
      expect(shared.lockWord(LedgerLock.holder), where).toBe(0);
      if (i % 100 === 0) expect(core.audit(), where).toBe(0);
    }
    expect(deaths).toBeGreaterThan(NR_OPS / 20);
    expect(core.audit()).toBe(0);
    expect(core.agents!.list().map(({ id }) => id)).toEqual([0]);
  });

  test("at each store of one batch of charges, and of its uncharge", () => {
    const shared = open(`debug/shared-${design}`);
    const { core } = shared;
    core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
    const pfns = [3, 64, 65, 700, 701, 702];
    for (const pfn of pfns) core.runOne(Op.ALLOC, pfn, 0);
    for (const verb of ["charge", "uncharge"] as const) {
      let notes = 0;
      for (; ; notes++) {
        const victim = shared.mortal();
        const at = shared.transferPtr(victim);
        core.u32.set(pfns, at >>> 2);
        const before = shared.image();
        shared.dieAfter(notes);
        let err = -1;
        try {
          err =
            verb === "charge"
              ? victim.calls.chargeBatch(at, pfns.length, 1, PageType.ANON)
              : victim.calls.unchargeBatch(at, pfns.length);
        } catch {
          // Died: the image tells.
        }
        shared.live();
        if (err === Err.OK) {
          victim.calls.detachAgent(victim.generation);
          break;
        }
        expect(err).toBe(-1);
        core.recover(victim);
        // The batch is committed before what it has retired is freed: death in there leaves it done.
        if (pfns.every((pfn) => core.ownerOf(pfn) === (verb === "charge" ? 1 : 0))) {
          expect(core.audit(), `${verb}, death after ${notes} notes`).toBe(0);
          break;
        }
        expect(Buffer.compare(shared.image(), before), `${verb}, death after ${notes} notes`).toBe(0);
      }
      expect(notes).toBeGreaterThan(pfns.length);
      expect(core.audit()).toBe(0);
    }
  });
});

describe("whoever recovers may die as well", () => {
  test("the next survivor goes on with the undo", () => {
    const shared = open("debug/shared-radix-rcu");
    const { core } = shared;
    core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
    for (let pfn = 0; pfn < 8; pfn++) core.runOne(Op.ALLOC_CHARGE | (1 << 16), pfn * 100, PageType.ANON);
    const before = shared.image();
    const victim = shared.mortal();
    shared.dieAfter(12);
    expect(dies(victim, [Op.ALLOC_CHARGE | (1 << 16), 900, PageType.ANON])).toBe(true);
    shared.live();
    // A survivor that took the lock over and died before it had undone anything.
    const survivor = shared.mortal();
    core.u32[(LOCK_PTR + LedgerLock.holder) >>> 2] = survivor.agent + 1;
    core.recover(survivor);
    expect(Buffer.compare(shared.image(), before)).toBe(0);
    core.recover(victim);
    expect(core.agents!.list()).toHaveLength(1);
    expect(core.audit()).toBe(0);
  });

  test("a generation that has gone is left alone", () => {
    const shared = open("debug/shared-column");
    const first = shared.mortal();
    first.calls.detachAgent(first.generation);
    const second = shared.mortal();
    expect(second).toMatchObject({ agent: first.agent, generation: first.generation + 1 });
    shared.core.recover(first);
    expect(shared.core.agents!.list().map(({ id, state }) => [id, state])).toEqual([
      [0, "attached"],
      [second.agent, "attached"],
    ]);
    shared.core.recover(second);
    expect(shared.core.agents!.reserve()).toMatchObject({ generation: second.generation + 1 });
  });
});
