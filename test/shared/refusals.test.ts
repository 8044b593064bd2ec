/**
 * What a shared ledger refuses and says: sizes, handles, stopped batches, one agent's refusals beside another's, and ends
 * of a call that are no trap.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { AGENTS_PTR, Agent, Err, LedgerLock, LOCK_PTR, LruList, NR_OPS_BUFFER, Op } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import type { CoreExports } from "../../src/core/instance.js";
import { Ledger, LedgerError, type LedgerErrorCode, PageType, SharingError } from "../../src/index.js";
import { recoverOnExit } from "../../src/node/recover-on-exit.js";
import { moduleOf } from "../model/subjects.js";
import { thrownBy } from "./thrown-by.js";

const SIZE = { nrFrames: 1024, maxContainers: 20, maxPids: 64 };
const open = (design: string, agents = 4) =>
  Ledger.open(moduleOf(`debug/shared-${design}`), { ...SIZE, agents });
const wordsOf = (ledger: Ledger) => new Uint32Array(ledger.share().memory.buffer);
const HOLDER = (LOCK_PTR + LedgerLock.holder) >>> 2;
const SEQUENCE = (LOCK_PTR + LedgerLock.sequence) >>> 2;

function refuses(run: () => unknown, code: LedgerErrorCode, remedy: string): void {
  const error = thrownBy(run);
  expect(error).toBeInstanceOf(LedgerError);
  expect(error).toMatchObject({ code });
  expect((error as LedgerError).remedy).toContain(remedy);
}

test.each([0, -1, 65, 1.5, Number.NaN, 2 ** 24 + 1, "4" as never])("open with %s agents", (agents) => {
  refuses(() => open("column", agents), "BAD_ARG", "from 1 to 64");
});

test("a ledger without a journal grows, and goes on", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const env = { memory, agent: 0 };
  const { exports } = new WebAssembly.Instance(moduleOf("debug/shared-column"), { env });
  const calls = exports as unknown as CoreExports;
  expect(calls.init(SIZE.nrFrames, SIZE.maxContainers, SIZE.maxPids, 0, 0)).toBe(Err.OK);
  expect(calls.growFrames(4096)).toBe(Err.OK);
  expect(calls.execOne(Op.ALLOC, 4000, 0, 0)).toBe(Err.OK);
});

test("a grown ledger's image is restored, with the journal that it began with", () => {
  const ledger = open("column");
  const a = ledger.createContainer("a");
  // More frames than the smallest journal is for.
  ledger.grow(40_000);
  ledger.allocate(39_999).charge(39_999, a, PageType.ANON);
  ledger.audit();
  const image = ledger.snapshot();
  for (const name of ["debug/shared-column", "column"]) {
    const back = Ledger.restore(moduleOf(name), image);
    expect(back.ownerOf(39_999)?.path).toBe("/a");
    expect(Buffer.compare(back.snapshot(), image)).toBe(0);
  }
});

test("attach looks at all of a handle before it takes the number", () => {
  const ledger = open("column");
  ledger.createContainer("a");
  const handle = ledger.share();
  const bad: object[] = [
    { memory: undefined },
    { memory: new WebAssembly.Memory({ initial: 1 }) },
    { memory: new WebAssembly.Memory({ initial: 0, maximum: 1, shared: true }) },
    { module: moduleOf("column") },
    { module: {} },
    { agent: -1 },
    { agent: 64 },
    { agent: 1.5 },
    { generation: undefined },
    { generation: -1 },
    { names: undefined },
    { names: [[1, "a/b", 0]] },
    { names: [[0, "a", 0]] },
    { names: [[1, "a"]] },
    { names: [[70_000, "a", 0]] },
  ];
  for (const part of bad) {
    const error = thrownBy(() => Ledger.attach({ ...handle, ...part } as never));
    expect(error, Object.keys(part)[0]).toBeInstanceOf(SharingError);
    expect(error).toMatchObject({ reason: "bad-handle" });
  }
  for (const nothing of [undefined, null, 1, {}])
    expect(thrownBy(() => Ledger.attach(nothing as never))).toMatchObject({ reason: "bad-handle" });
  expect(ledger.agents()[1]).toMatchObject({ state: "reserved" });
  expect(Ledger.attach(handle).container("/a")?.id).toBe(1);
});

describe("a call that ends otherwise than by a trap", () => {
  test.each(["radix-rcu", "palette"] as const)(
    "where the stack ends: undone and unlocked by the next call at the latest, %s",
    (design) => {
      const ledger = open(design);
      const words = wordsOf(ledger);
      const tenant = ledger.createContainer("tenant");
      const before = ledger.audit();
      let stopped = 0;
      const dive = () => {
        try {
          dive();
        } finally {
          // On the way up each frame has a little more room: some end in the middle of the call.
          if (stopped < 60)
            try {
              ledger.allocate(stopped * 16, 4).charge(stopped * 16, tenant, PageType.ANON);
              stopped = 60;
            } catch {
              stopped++;
            }
        }
      };
      expect(dive).toThrow(RangeError);
      expect(stopped).toBe(60);
      ledger.ownerOf(0);
      expect(words[HOLDER]).toBe(0);
      expect(words[SEQUENCE]! % 2).toBe(0);
      expect(before.differences + ledger.audit().differences).toBe(0);
    },
  );

  test("whatever is thrown, the lock is given back if it is this agent's", () => {
    const core = new Core(moduleOf("debug/shared-column"), { ...SIZE, agents: 2 });
    for (const [held, left] of [
      [1, 0],
      [2, 2],
    ] as const) {
      core.u32[HOLDER] = held;
      expect(() => core.runOne(Symbol("no number") as never, 0, 0)).toThrow(TypeError);
      expect(core.u32[HOLDER]).toBe(left);
    }
  });

  test("work that throws gives the lock back, once", () => {
    const core = new Core(moduleOf("debug/shared-column"), { ...SIZE, agents: 2 });
    const holder = () => core.u32[HOLDER];
    const work = () =>
      core.exclusively(() => {
        expect(holder()).toBe(1);
        // Calls that take the lock themselves stop in here.
        expect(() => core.runOne(1, 0, 0)).toThrow(/LOCKED/);
        core.u32[HOLDER] = 2;
        throw new TypeError("mine");
      });
    expect(work).toThrow(TypeError);
    expect(holder()).toBe(2);
    core.u32[HOLDER] = 0;
    expect(core.exclusively(() => core.exclusively(() => holder()))).toBe(1);
    expect(holder()).toBe(0);
  });
});

describe("batches", () => {
  test("each agent is told its own refusals, also beyond one buffer", () => {
    const ledger = open("column");
    const other = Ledger.attach(ledger.share());
    const mine = ledger.batch();
    for (let i = 0; i <= NR_OPS_BUFFER; i++) mine.allocate(i % 3 === 0 ? 0 : 5000);
    // Refusals of another agent between two of ours are not ours.
    expect(other.batch().uncharge(0).uncharge(1).execute({ stopAtError: false })).toEqual({
      executed: 2,
      refused: 2,
      errors: { NOT_ALLOCATED: 2 },
    });
    const nulls = Math.floor(NR_OPS_BUFFER / 3) + 1;
    const far = NR_OPS_BUFFER + 1 - nulls;
    expect(mine.execute({ stopAtError: false })).toEqual({
      executed: NR_OPS_BUFFER + 1,
      refused: NR_OPS_BUFFER,
      errors: { NOT_FREE: nulls - 1, BAD_PFN: far },
    });
  });

  test("one that stops says where", () => {
    const ledger = open("radix-rcu");
    const words = wordsOf(ledger);
    const end = (LOCK_PTR + LedgerLock.journalEnd) >>> 2;
    const kept = words[end]!;
    words[end] = words[(LOCK_PTR + LedgerLock.journalTop) >>> 2]! + 50 * 16;
    const batch = () => ledger.batch().allocate(1).allocate(2).allocate(512, 8).allocate(3);
    expect(thrownBy(() => batch().execute())).toMatchObject({ code: "NO_MEMORY", opIndex: 2 });
    expect([1, 2, 512, 3].map((pfn) => ledger.folio(pfn) !== null)).toEqual([true, true, false, false]);
    // Two refusals first, and the place is that in the batch all the same.
    expect(thrownBy(() => batch().execute({ stopAtError: false }))).toMatchObject({ opIndex: 2 });
    words[end] = kept;
    const other = Ledger.attach(ledger.share());
    words[(AGENTS_PTR + Agent.mayWait) >>> 2] = 0;
    words[HOLDER] = other.agent + 1;
    expect(thrownBy(() => batch().execute())).toMatchObject({ code: "LOCKED", opIndex: 0 });
    const many = () => ledger.chargeMany(Uint32Array.of(1, 2), 1, PageType.ANON);
    expect(thrownBy(many)).toMatchObject({ code: "LOCKED", opIndex: 0 });
    words[HOLDER] = 0;
  });
});

test("what is read of several words is read under the lock", () => {
  const ledger = open("column");
  const words = wordsOf(ledger);
  const a = ledger.createContainer("a");
  ledger.allocate(1).charge(1, a, PageType.ANON).lruAdd(1, LruList.INACTIVE_ANON);
  const other = Ledger.attach(ledger.share());
  words[(AGENTS_PTR + Agent.mayWait) >>> 2] = 0;
  words[HOLDER] = other.agent + 1;
  const reads: (() => unknown)[] = [
    () => a.totals(),
    () => a.lruFolios(LruList.INACTIVE_ANON),
    () => ledger.folio(1),
    () => ledger.audit(),
  ];
  for (const read of reads) expect(thrownBy(read), String(read)).toMatchObject({ code: "LOCKED" });
  words[HOLDER] = 0;
  expect(a.totals().anonPages).toBe(1);
  expect(a.lruFolios(LruList.INACTIVE_ANON)).toEqual([1]);
  expect(ledger.folio(1)?.charged).toBe(true);
});

test("a container that another agent is just making is met once it is made", () => {
  const ledger = open("column");
  const words = wordsOf(ledger);
  const other = Ledger.attach(ledger.share());
  const b = other.createContainer("b");
  words[(AGENTS_PTR + Agent.mayWait) >>> 2] = 0;
  words[HOLDER] = other.agent + 1;
  expect(thrownBy(() => ledger.containerById(b.id))).toMatchObject({ code: "LOCKED" });
  words[HOLDER] = 0;
  expect(ledger.containerById(b.id)?.path).toBe("/#1");
});

test("remedies fit the call", () => {
  const ledger = open("radix-rcu");
  ledger.share();
  refuses(() => ledger.grow(4096), "BUSY", "let them detach");
  refuses(() => ledger.grow(10), "BAD_ARG", "present number");
  refuses(() => ledger.recover({ agent: 0, generation: 0 }), "BAD_ARG", "another agent");
  refuses(() => Ledger.open(moduleOf("radix-rcu"), SIZE).online(), "BAD_ARG", "one agent");
  // Offline it holds nothing: there is nothing to announce.
  ledger.quiescent();
  ledger.online();
  ledger.quiescent();
  ledger.offline();
  ledger.quiescent();
  expect(ledger.agents()[0]?.epoch).toBe(0);
});

test("recoverOnExit of a worker that has ended already", async () => {
  const ledger = open("column");
  const handle = ledger.share();
  const worker = new Worker("", { eval: true });
  await once(worker, "exit");
  await recoverOnExit(ledger, worker, handle);
  expect(ledger.agents().map(({ id }) => id)).toEqual([0]);
});
