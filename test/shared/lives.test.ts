/**
 * The life of an agent's number: death between any two steps of a recovery, recoverers side by side, stale tickets, and
 * what is left of a ledger that has detached.
 */
import { describe, expect, test } from "vitest";
import {
  AGENTS_PTR,
  Agent,
  AgentState,
  Container,
  CountState,
  Err,
  GENERATION_SHIFT,
  LedgerLock,
  LOCK_PTR,
  Op,
  PAGES_MAX,
  PageType,
  RECOVERER_SHIFT,
} from "../../src/abi.js";
import type { Core } from "../../src/core/core.js";
import { Ledger, LedgerError, SharingError, PageType as Type } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";
import { type Mortal, SharedAgents } from "./agents.js";
import { thrownBy } from "./thrown-by.js";

const SIZE = { nrFrames: 1024, maxContainers: 12, maxPids: 16 };
const HOLDER = (LOCK_PTR + LedgerLock.holder) >>> 2;

const lifeAt = (agent: number) => (AGENTS_PTR + agent * Agent.sizeBytes + Agent.life) >>> 2;
const lifeOf = (state: AgentState, recoverer: number, generation: number) =>
  (state | (recoverer << RECOVERER_SHIFT) | (generation << GENERATION_SHIFT)) >>> 0;

/** A ledger with something in it, and an agent that died in a charge with some words noted. */
function withVictim(design: string) {
  const shared = new SharedAgents(`debug/shared-${design}`, { ...SIZE, agents: 6 });
  const { core } = shared;
  core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
  for (let pfn = 0; pfn < 8; pfn++) core.runOne(Op.ALLOC_CHARGE | (1 << 16), pfn * 100, PageType.ANON);
  const before = shared.image();
  const victim = shared.mortal();
  shared.dieAfter(8);
  expect(() => victim.calls.execOne(Op.ALLOC_CHARGE | (1 << 16), 900, PageType.ANON, 0)).toThrow();
  shared.live();
  const whole = () => {
    expect(Buffer.compare(shared.image(), before)).toBe(0);
    expect(core.u32[HOLDER]).toBe(0);
    expect(core.agents!.list().map(({ id }) => id)).toEqual([0]);
  };
  return { shared, core, victim, whole };
}

describe.each(["column", "radix-rcu"])("%s: a recoverer that dies", (design) => {
  const begun = () => {
    const found = withVictim(design);
    const recoverer = found.shared.mortal();
    const { core, victim } = found;
    core.u32[lifeAt(victim.agent)] = lifeOf(AgentState.RECOVERING, recoverer.agent, victim.generation);
    return { ...found, recoverer };
  };
  const undoPartly = ({ core }: ReturnType<typeof begun>) => {
    // The newest note is played back; the recoverer dies before the next.
    const at = (LOCK_PTR + LedgerLock.journalTop) >>> 2;
    const top = core.u32[at]!;
    const [ptr, bytes] = [core.u32[(top - 8) >>> 2]!, core.u32[(top - 4) >>> 2]!];
    new Uint8Array(core.memory.buffer).copyWithin(ptr, top - 16, top - 16 + bytes);
    core.u32[at] = top - 16;
  };

  const steps: [string, (found: ReturnType<typeof begun>) => void][] = [
    ["when its number is in the victim's word", () => {}],
    ["with the lock", ({ core, recoverer }) => (core.u32[HOLDER] = recoverer.agent + 1)],
    [
      "in the middle of the undo",
      (found) => {
        found.core.u32[HOLDER] = found.recoverer.agent + 1;
        undoPartly(found);
      },
    ],
  ];

  test.each(steps)("%s: recovering it goes on with what it did", (_, die) => {
    const found = begun();
    die(found);
    const { core, victim, recoverer, whole } = found;
    expect(() => core.recover(victim)).toThrow(/BUSY.*recover that one first/);
    core.recover(recoverer);
    whole();
    core.recover(victim);
    whole();
    expect(core.audit()).toBe(0);
  });

  test("when the lock is free again and the number is not", () => {
    const { core, victim, recoverer, whole } = begun();
    core.u32[HOLDER] = recoverer.agent + 1;
    const other = core.agents!.list().find(({ id }) => id === recoverer.agent)!;
    expect(other.holdsLock).toBe(true);
    core.recover(recoverer);
    whole();
    core.recover(victim);
    whole();
  });

  test("a chain of them", () => {
    const { shared, core, recoverer, whole } = begun();
    const second = shared.mortal();
    core.u32[lifeAt(recoverer.agent)] = lifeOf(AgentState.RECOVERING, second.agent, recoverer.generation);
    core.u32[HOLDER] = recoverer.agent + 1;
    core.recover(second);
    whole();
  });

  test("its own recovery was stopped by a trap: it goes on, or leaves it to others", () => {
    const { core, recoverer, victim, whole } = begun();
    expect(recoverer.calls.detachAgent(recoverer.generation)).toBe(Err.OK);
    core.recover(victim);
    whole();
    const again = begun();
    expect(again.recoverer.calls.recoverAgent(again.victim.agent, again.victim.generation)).toBe(Err.OK);
    again.recoverer.calls.detachAgent(again.recoverer.generation);
    again.whole();
  });
});

describe("an agent that dies while it drains another", () => {
  const DRAINED = 100;
  /** An agent with a stock, and one that was draining it when it died. */
  function drained() {
    const shared = new SharedAgents("debug/shared-column", { ...SIZE, agents: 6 });
    const { core } = shared;
    core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
    const [victim, drainer] = [shared.mortal(), shared.mortal()];
    expect(victim.calls.countCharge(1, DRAINED, 0)).toBe(Err.OK);
    expect(victim.calls.countUncharge(1, DRAINED, 0)).toBe(Err.OK);
    expect(core.containerWord(1, Container.usagePages)).toBeGreaterThan(0);
    const word = (agent: number, offset: number) => (AGENTS_PTR + agent * Agent.sizeBytes + offset) >>> 2;
    core.u32[word(victim.agent, Agent.countState)] = CountState.DRAINING | (drainer.agent << 8);
    return { shared, core, victim, drainer, word };
  }
  const recovers = (core: Core, victim: Mortal, recoverer: Mortal) =>
    (core.u32[lifeAt(victim.agent)] = lifeOf(AgentState.RECOVERING, recoverer.agent, victim.generation));

  test("and recovers it: both are recovered", () => {
    const { core, victim, drainer } = drained();
    recovers(core, victim, drainer);
    core.recover(drainer);
    core.recover(victim);
    expect(core.agents!.list().map(({ id }) => id)).toEqual([0]);
    expect(core.containerWord(1, Container.usagePages)).toBe(0);
  });

  test("and recovers it, as does who recovers that one: all are recovered", () => {
    const { shared, core, victim, drainer, word } = drained();
    const second = shared.mortal();
    recovers(core, victim, second);
    recovers(core, drainer, second);
    core.u32[word(victim.agent, Agent.countState)] = CountState.DRAINING | (second.agent << 8);
    core.recover(second);
    expect(core.agents!.list().map(({ id }) => id)).toEqual([0]);
    expect(core.containerWord(1, Container.usagePages)).toBe(0);
  });

  test("a call that stops in a drain lets go of the other, and what is under way comes back", () => {
    const { core, victim, drainer, word } = drained();
    expect(drainer.calls.abandonCall()).toBe(Err.OK);
    expect(core.u32[word(victim.agent, Agent.countState)]).toBe(CountState.OUT);
    const usage = core.containerWord(1, Container.usagePages);
    expect(victim.calls.countCharge(1, 1, 0)).toBe(Err.OK);
    core.u32[word(victim.agent, Agent.wayPages)] = 1;
    core.u32[word(victim.agent, Agent.wayFrom)] = 1;
    core.u32[word(victim.agent, Agent.wayEnd)] = 0;
    expect(victim.calls.abandonCall()).toBe(Err.OK);
    expect(core.containerWord(1, Container.usagePages)).toBe(usage - 1);
    expect(core.u32[word(victim.agent, Agent.wayPages)]).toBe(0);
  });
});

describe("a removed container whose last stock an agent has drained that could not have the lock", () => {
  function removed() {
    const shared = new SharedAgents("debug/shared-column", { ...SIZE, agents: 6 });
    const { core } = shared;
    core.runOne(Op.CONTAINER_CREATE, 1, PAGES_MAX);
    const [drainer, writer] = [shared.mortal(), shared.mortal()];
    expect(drainer.calls.countCharge(1, 1, 0)).toBe(Err.OK);
    expect(drainer.calls.countUncharge(1, 1, 0)).toBe(Err.OK);
    core.runOne(Op.CONTAINER_REMOVE, 1, 0);
    // It drains as it was asked to.
    writer.calls.lockLedger();
    drainer.calls.countCharge(2, 1, 0);
    writer.calls.unlockLedger();
    expect(core.containerWord(1, Container.usagePages)).toBe(0);
    expect(core.isUsed(1)).toBe(true);
    return { shared, core, drainer };
  }

  test("is released by who recovers that agent", () => {
    const { core, drainer } = removed();
    core.recover(drainer);
    expect(core.isUsed(1)).toBe(false);
  });

  test("is released by the next call, when one has stopped in the middle of it", () => {
    const { shared, core, drainer } = removed();
    shared.dieAfter(0);
    expect(() => drainer.calls.lockLedger()).toThrow(WebAssembly.RuntimeError);
    shared.live();
    expect(drainer.calls.abandonCall()).toBe(Err.OK);
    expect(core.isUsed(1)).toBe(true);
    drainer.calls.lockLedger();
    drainer.calls.unlockLedger();
    expect(core.isUsed(1)).toBe(false);
  });
});

test("BUSY in the middle of a chain: everything is as before, and the next try finishes it", () => {
  const { shared, core, victim } = withVictim("radix-rcu");
  const [recoverer, reader]: [Mortal, Mortal] = [shared.mortal(), shared.mortal()];
  const dying = lifeOf(AgentState.RECOVERING, recoverer.agent, victim.generation);
  core.u32[lifeAt(victim.agent)] = dying;
  reader.calls.agentOnline(reader.agent);
  core.u32[(AGENTS_PTR + Agent.mayWait) >>> 2] = 0;
  expect(() => core.recover(recoverer)).toThrow(/BUSY/);
  expect(core.u32[lifeAt(victim.agent)]).toBe(dying);
  expect((core.u32[HOLDER]! & 0x7fffffff) - 1).toBe(victim.agent);
  reader.calls.agentOffline(reader.agent);
  core.recover(recoverer);
  core.recover(victim);
  expect(core.agents!.list().map(({ id }) => id)).toEqual([0, reader.agent]);
  expect(core.u32[HOLDER]).toBe(0);
});

test("a number that is free and has the lock is asked for it", () => {
  const { core, victim, whole } = withVictim("column");
  core.u32[lifeAt(victim.agent)] = lifeOf(AgentState.FREE, 0, victim.generation + 1);
  core.recover(victim);
  whole();
});

test("a ticket of an earlier life claims nothing, reserved or not", () => {
  const shared = new SharedAgents("debug/shared-column", { ...SIZE, agents: 2 });
  const agents = shared.core.agents!;
  const stale = agents.reserve()!;
  shared.core.recover(stale);
  const fresh = agents.reserve()!;
  expect(fresh).toEqual({ agent: stale.agent, generation: stale.generation + 1 });
  expect(agents.claim(stale)).toBe(false);
  expect(agents.list()[1]).toMatchObject({ id: fresh.agent, state: "reserved" });
  shared.core.recover(stale);
  expect(agents.claim(fresh)).toBe(true);
});

test("generations wrap around", () => {
  const shared = new SharedAgents("debug/shared-column", { ...SIZE, agents: 2 });
  const last = 2 ** (32 - GENERATION_SHIFT) - 1;
  shared.core.u32[lifeAt(1)] = lifeOf(AgentState.FREE, 0, last);
  const agent = shared.mortal();
  expect(agent.generation).toBe(last);
  agent.calls.detachAgent(agent.generation);
  expect(shared.core.agents!.reserve()).toEqual({ agent: 1, generation: 0 });
});

describe("detach", () => {
  const open = () => Ledger.open(moduleOf("debug/shared-radix-rcu"), { ...SIZE, agents: 3 });

  test("a ledger that has left refuses every call, and leaves the next life of its number alone", () => {
    const ledger = open();
    const other = Ledger.attach(ledger.share());
    const a = other.createContainer("a");
    const batch = other.batch().allocate(0);
    other.detach();
    const next = Ledger.attach(ledger.share());
    expect(next.agent).toBe(other.agent);
    const calls: (() => unknown)[] = [
      () => other.allocate(1),
      () => batch.execute(),
      () => other.ownerOf(0),
      () => other.chargedTo(0),
      () => other.folio(0),
      () => other.ownersOf(Uint32Array.of(0)),
      () => other.ownersOfRange(0, 4),
      () => other.chargeMany(Uint32Array.of(0), 1, Type.ANON),
      () => other.recount(),
      () => other.createContainer("b"),
      () => other.container("/a"),
      () => other.containerById(1),
      () => other.containers(),
      () => other.containerOfTask(1),
      () => other.share(),
      () => other.agents(),
      () => other.recover({ agent: 0, generation: 0 }),
      () => other.online(),
      () => other.quiescent(),
      () => other.offline(),
      () => other.grow(2048),
      () => other.audit(),
      () => other.stats(),
      () => other.snapshot(),
      () => other.nrFrames,
      () => a.counters(),
      () => a.totals(),
      () => a.remove(),
      () => a.view.usagePages,
    ];
    for (const call of calls) {
      const error = thrownBy(call, String(call));
      expect(error, String(call)).toBeInstanceOf(SharingError);
      expect(error, String(call)).toMatchObject({ reason: "detached" });
      expect((error as SharingError).remedy).toContain("share()");
    }
    other.detach();
    expect(ledger.agents()).toMatchObject([{ id: 0 }, { id: next.agent, state: "attached" }]);
    next.allocate(1);
    expect(ledger.audit().differences).toBe(0);
  });

  test("with a call of its own not undone it undoes that first", () => {
    const { core, victim, whole } = withVictim("column");
    expect(victim.calls.detachAgent(victim.generation)).toBe(Err.OK);
    whole();
    expect(core.agents!.reserve()).toMatchObject({ generation: victim.generation + 1 });
  });

  test("an earlier life's detach frees nothing", () => {
    const shared = new SharedAgents("debug/shared-column", { ...SIZE, agents: 2 });
    const first = shared.mortal();
    shared.core.recover(first);
    const second = shared.mortal();
    expect(second.agent).toBe(first.agent);
    expect(first.calls.detachAgent(first.generation)).toBe(Err.OK);
    expect(shared.core.agents!.list()[1]).toMatchObject({ generation: second.generation });
  });

  test("recover by number alone is refused: the number may have another life by now", () => {
    const ledger = open();
    const { agent } = ledger.share();
    for (const who of [agent, { agent }, { id: agent }, { agent, generation: 1.5 }, undefined]) {
      const error = thrownBy(() => ledger.recover(who as never));
      expect(error).toBeInstanceOf(LedgerError);
      expect(error).toMatchObject({ code: "BAD_ARG" });
      expect((error as LedgerError).remedy).toContain("agents()");
    }
    expect(ledger.agents()).toHaveLength(2);
  });
});
