/**
 * A ledger for several agents, as its users see it: share, attach, containers of others, errors that say what to do.
 */
import { describe, expect, test } from "vitest";
import { AGENTS_PTR, Agent, LedgerLock, LOCK_PTR } from "../../src/abi.js";
import { AbiMismatchError, Ledger, LedgerError, PageType, SharingError } from "../../src/index.js";
import { openLedger } from "../../src/node/index.js";
import { DESIGN_NAMES, moduleOf } from "../model/subjects.js";
import { thrownBy } from "./thrown-by.js";

const SIZE = { nrFrames: 1024, maxContainers: 20, maxPids: 64 };
const open = (design: string, agents = 4) =>
  Ledger.open(moduleOf(`debug/shared-${design}`), { ...SIZE, agents });

/** What `ledger` knows of the agent behind another one. */
const entryOf = (ledger: Ledger, other: Ledger) => ledger.agents().find(({ id }) => id === other.agent)!;

describe.each(DESIGN_NAMES)("%s", (design) => {
  test("what one agent does the other sees, with the same verbs", () => {
    const ledger = open(design);
    const tenants = ledger.createContainer("tenants");
    const other = Ledger.attach(ledger.share());
    expect([ledger.agent, other.agent, other.design]).toEqual([0, 1, design]);
    expect(other.container("/tenants")?.id).toBe(tenants.id);
    other.allocate(8, 3).charge(8, tenants.id, PageType.ANON);
    expect(ledger.ownerOf(11)).toBe(tenants);
    expect(tenants.view.usagePages).toBe(8);
    ledger.free(8, 3);
    expect(other.ownerOf(11)).toBeNull();
    const pfns = Uint32Array.from({ length: 300 }, (_, i) => i * 3);
    for (const pfn of pfns) ledger.allocate(pfn);
    other.chargeMany(pfns, tenants.id, PageType.FILE);
    for (const each of [ledger, other]) {
      expect([...each.ownersOf(pfns)]).toEqual(Array.from(pfns, () => tenants.id));
      expect([...each.ownersOfRange(0, 6)]).toEqual([tenants.id, 0, 0, tenants.id, 0, 0]);
      expect(each.recount()[tenants.id]).toBe(300);
      expect(each.audit().differences).toBe(0);
    }
    expect(thrownBy(() => other.chargeMany(Uint32Array.of(1, 3), tenants.id, PageType.FILE))).toMatchObject({
      code: "NOT_ALLOCATED",
      opIndex: 0,
    });
    expect(thrownBy(() => other.batch().uncharge(0).uncharge(0).execute())).toMatchObject({
      code: "NOT_CHARGED",
      opIndex: 1,
    });
    other.online();
    other.quiescent();
    expect(ledger.chargedTo(3)).toBe(tenants);
    other.offline();
    other.detach();
    expect(ledger.agents().map(({ id }) => id)).toEqual([0]);
  });
});

test("containers that others make and remove: by id, with their generation", () => {
  const ledger = open("column");
  const other = Ledger.attach(ledger.share());
  const a = ledger.createContainer("a");
  const b = other.createContainer("b");
  expect([a.id, b.id]).toEqual([1, 2]);
  expect(other.containerById(1)?.path).toBe("/#1");
  expect(ledger.containers().map(({ path }) => path)).toEqual(["/a", "/#2"]);
  const below = other.createContainer({ name: "c", parent: a.id });
  expect(below.path).toBe("/#1/c");
  below.remove();
  a.remove();
  expect(other.containerById(1)).toBeUndefined();
  expect(a.released).toBe(true);
  const again = other.createContainer("again");
  expect(again.id).toBe(1);
  expect(a.released).toBe(true);
  expect(ledger.containerById(1)).not.toBe(a);
  expect(thrownBy(() => ledger.charge(0, a, PageType.ANON))).toMatchObject({ code: "NO_CONTAINER" });
});

describe("refusals say what to do", () => {
  const reason = (run: () => unknown) => {
    const error = thrownBy(run);
    expect(error).toBeInstanceOf(SharingError);
    expect((error as SharingError).message).toContain((error as SharingError).remedy);
    return (error as SharingError).reason;
  };

  test("a ledger for one agent", () => {
    const single = Ledger.open(moduleOf("column"), SIZE);
    expect(reason(() => single.share())).toBe("not-shared");
    expect(reason(() => single.recover({ agent: 1, generation: 0 }))).toBe("not-shared");
    expect(reason(() => Ledger.open(moduleOf("column"), { ...SIZE, agents: 2 }))).toBe("not-shared");
    expect(single.agents()).toEqual([]);
  });

  test("more agents than there is room for; a handle used twice, or after its recovery", () => {
    const ledger = open("column", 3);
    const first = ledger.share();
    const second = ledger.share();
    expect(reason(() => ledger.share())).toBe("no-number");
    Ledger.attach(first);
    expect(reason(() => Ledger.attach(first))).toBe("used-up");
    ledger.recover(second);
    expect(reason(() => Ledger.attach(second))).toBe("used-up");
    expect(ledger.share().generation).toBe(1);
    expect(thrownBy(() => open("column", 65))).toMatchObject({ code: "BAD_ARG" });
  });

  test("a module of another design, a ledger of another build", () => {
    const ledger = open("column");
    const handle = { ...ledger.share(), module: moduleOf("debug/shared-radix") };
    expect(reason(() => Ledger.attach(handle))).toBe("other-design");
    const foreign = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    expect(() => Ledger.attach({ ...ledger.share(), memory: foreign })).toThrow(AbiMismatchError);
  });

  test("growth while others are there", () => {
    const ledger = open("radix");
    const handle = ledger.share();
    expect(thrownBy(() => ledger.grow(4096))).toMatchObject({ code: "BUSY" });
    ledger.recover(handle);
    ledger.grow(4096);
    expect(ledger.nrFrames).toBe(4096);
  });
});

describe("a call that cannot go on", () => {
  const wordsOf = (ledger: Ledger) => new Uint32Array(ledger.share().memory.buffer);

  test("no room to note what it would change: NO_MEMORY, and nothing is changed", () => {
    const ledger = open("radix-rcu");
    const words = wordsOf(ledger);
    const tenant = ledger.createContainer("tenant");
    const end = (LOCK_PTR + LedgerLock.journalEnd) >>> 2;
    const top = (LOCK_PTR + LedgerLock.journalTop) >>> 2;
    const kept = words[end]!;
    words[end] = words[top]! + 50 * 16;
    ledger.allocate(0).charge(0, tenant, PageType.ANON);
    const error = thrownBy(() => ledger.allocate(512, 8));
    expect(error).toBeInstanceOf(LedgerError);
    expect(error).toMatchObject({ code: "NO_MEMORY" });
    expect((error as LedgerError).remedy).toContain("smaller batches");
    expect(ledger.folio(512)).toBeNull();
    const batch = ledger.batch().allocate(1).allocate(512, 8).allocate(2);
    expect(thrownBy(() => batch.execute())).toMatchObject({ code: "NO_MEMORY" });
    expect([ledger.folio(1) !== null, ledger.folio(2)]).toEqual([true, null]);
    words[end] = kept;
    ledger.allocate(512, 8);
    expect(ledger.audit().differences).toBe(0);
  });

  test("the lock is another agent's, and this thread must not wait: LOCKED, until that one is recovered", () => {
    const ledger = open("hash");
    const words = wordsOf(ledger);
    const other = Ledger.attach(ledger.share());
    words[(AGENTS_PTR + Agent.mayWait) >>> 2] = 0;
    words[(LOCK_PTR + LedgerLock.holder) >>> 2] = other.agent + 1;
    expect(ledger.agents().find(({ id }) => id === other.agent)).toMatchObject({ holdsLock: true });
    expect(thrownBy(() => ledger.allocate(0))).toMatchObject({ code: "LOCKED" });
    expect(thrownBy(() => ledger.ownerOf(0))).toMatchObject({ code: "LOCKED" });
    ledger.recover(entryOf(ledger, other));
    ledger.allocate(0);
    expect(ledger.audit().differences).toBe(0);
  });

  test("a reader that does not come out holds back an undo, and is named by its epoch", () => {
    const ledger = open("radix-rcu");
    const words = wordsOf(ledger);
    const reader = Ledger.attach(ledger.share());
    const writer = Ledger.attach(ledger.share());
    const end = (LOCK_PTR + LedgerLock.journalEnd) >>> 2;
    reader.online();
    // The writer died with one word noted.
    const top = (LOCK_PTR + LedgerLock.journalTop) >>> 2;
    const note = words[top]! >>> 2;
    words[note] = 0;
    words[note + 2] = (AGENTS_PTR + Agent.sizeBytes * 3 + Agent.stopReason) >>> 0;
    words[note + 3] = 4;
    words[top]! += 16;
    words[(LOCK_PTR + LedgerLock.holder) >>> 2] = writer.agent + 1;
    expect(thrownBy(() => ledger.recover(entryOf(ledger, writer)))).toMatchObject({ code: "BUSY" });
    const stalled = ledger.agents().find(({ epoch }) => epoch !== 0);
    expect(stalled).toMatchObject({ id: reader.agent });
    ledger.recover(entryOf(ledger, reader));
    ledger.recover(entryOf(ledger, writer));
    expect(words[end]).toBeGreaterThan(0);
    ledger.allocate(0);
    expect(ledger.audit().differences).toBe(0);
  });
});

test("images: equal ledgers have equal ones, and a ledger of as many agents takes them back", () => {
  const [ledger, twin] = [open("palette"), open("palette")];
  for (const each of [ledger, twin]) {
    const a = each.createContainer("a");
    for (let pfn = 0; pfn < 64; pfn++) each.allocate(pfn).charge(pfn, a, PageType.ANON);
    each.audit();
  }
  Ledger.attach(twin.share()).online();
  const image = ledger.snapshot();
  expect(Buffer.compare(twin.snapshot(), image)).toBe(0);
  const back = Ledger.restore(moduleOf("debug/shared-palette"), image);
  expect(back.container("/a")?.view.usagePages).toBe(64);
  expect(Buffer.compare(back.snapshot(), image)).toBe(0);
  // Blocks of the palette in shared memory have stamps, which a module for one agent does not know.
  expect(thrownBy(() => Ledger.restore(moduleOf("palette"), image))).toMatchObject({ reason: "design" });
});

test("images of any other design go into a module for one agent as well", () => {
  const ledger = open("column");
  const a = ledger.createContainer("a");
  for (let pfn = 0; pfn < 64; pfn++) ledger.allocate(pfn).charge(pfn, a, PageType.ANON);
  ledger.audit();
  const image = ledger.snapshot();
  const back = Ledger.restore(moduleOf("column"), image);
  expect(back.container("/a")?.view.usagePages).toBe(64);
  expect(Buffer.compare(back.snapshot(), image)).toBe(0);
});

test("by name, in Node", async () => {
  const ledger = await openLedger({ design: "column", frames: 64, shared: true, agents: 2 });
  expect(ledger.agents()).toMatchObject([{ id: 0, state: "attached", epoch: 0, holdsLock: false }]);
  const age = ledger.agents()[0]!.ageMs;
  expect(Number.isInteger(age) && age >= 0 && age < 60_000).toBe(true);
  await expect(openLedger({ design: "column", frames: 64, agents: 2 })).rejects.toBeInstanceOf(SharingError);
});
