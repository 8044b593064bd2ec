/**
 * The public face: what it answers, what it refuses, and that a refusal changes nothing.
 */
import { describe, expect, test } from "vitest";
import {
  AbiMismatchError,
  type Container,
  Ledger,
  LedgerError,
  type LedgerErrorCode,
  LruList,
  openLedger,
  PageType,
} from "../../src/index.js";
import { openLedger as openByName, UnknownDesignError } from "../../src/node/index.js";
import { DESIGN_NAMES, moduleOf } from "../model/subjects.js";

const open = (design = "column", nrFrames = 256) =>
  Ledger.open(moduleOf(`debug/${design}`), { nrFrames, maxContainers: 8, maxPids: 16 });

/** Runs `action`, which must throw LedgerError `code`, and gives the error. */
function refusal(code: LedgerErrorCode, action: () => unknown): LedgerError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerError);
    expect((error as LedgerError).code).toBe(code);
    expect((error as LedgerError).remedy).not.toBe("");
    return error as LedgerError;
  }
  return expect.fail(`nothing was thrown, ${code} expected`);
}

describe.each(DESIGN_NAMES)("%s", (design) => {
  test("a folio's life", () => {
    const ledger = open(design);
    const tenants = ledger.createContainer({ name: "tenants", maxPages: 64 });
    const a = ledger.createContainer("/tenants/a");
    ledger.allocate(16, 2).charge(16, a, PageType.FILE);
    expect(a.view.otherPages).toBe(4);
    ledger.cacheAdd(16).lruAdd(16, LruList.INACTIVE_FILE).map(16);
    expect(a.counters()).toMatchObject({
      filePages: 4,
      mappedPages: 4,
      usagePages: 4,
      lru: { inactiveFile: 4 },
    });
    expect(tenants.counters()).toMatchObject({ chargedPages: 0, usagePages: 4, nrChildren: 1 });
    expect(tenants.totals()).toMatchObject({ filePages: 4, chargedPages: 4 });
    ledger.activate(16).split(16, 1);
    expect(a.lruFolios(LruList.ACTIVE_FILE)).toEqual([16, 18]);
    expect(ledger.folio(19)).toEqual({
      pfn: 18,
      order: 1,
      type: PageType.FILE,
      charged: true,
      cached: true,
      mapCount: 1,
      list: LruList.ACTIVE_FILE,
      wasSplit: true,
    });
    ledger.free(16, 1).unmap(18).cacheDel(18).lruDel(18).uncharge(18).free(18, 1);
    expect(ledger.folio(19)).toBeNull();
    expect(a.counters()).toMatchObject({ usagePages: 0, peakPages: 4, chargeEvents: 4, unchargeEvents: 4 });
    expect(ledger.audit()).toEqual({ differences: 0, list: [] });
  });

  test("owners: as charged, and as the kernel shows them", () => {
    const ledger = open(design);
    const top = ledger.createContainer("top");
    const child = ledger.createContainer("top/child");
    ledger
      .batch()
      .allocate(3)
      .charge(3, child, PageType.ANON)
      .allocate(4)
      .charge(4, top, PageType.KERNEL)
      .execute();
    child.remove();
    expect([child.online, child.released]).toEqual([false, false]);
    expect(ledger.container("/top/child")).toBeUndefined();
    expect(ledger.ownerOf(3)).toBe(top);
    expect(ledger.chargedTo(3)).toBe(child);
    expect(ledger.ownerOf(2)).toBeNull();
    expect(ledger.ownerOf(2 ** 32 - 1)).toBeNull();
    expect([...ledger.ownersOfRange(2, 4)]).toEqual([0, top.id, top.id, 0]);
    expect([...ledger.ownersOf(Uint32Array.of(3, 9999))]).toEqual([top.id, 0]);
    expect([...ledger.ownersOf(Uint32Array.of(3, 4), { raw: true })]).toEqual([child.id, top.id]);
    ledger.free(3);
    expect(child.released).toBe(true);
    refusal("NO_CONTAINER", () => child.counters());
    refusal("NO_CONTAINER", () => ledger.allocate(9).charge(9, child, PageType.ANON));
  });

  test("limits, and what they count", () => {
    const ledger = open(design);
    const top = ledger.createContainer({ name: "top", maxPages: 6 });
    const a = ledger.createContainer({ name: "a", parent: top, maxPages: 5 });
    const b = ledger.createContainer({ name: "b", parent: top.id });
    expect([a.maxPages, b.maxPages]).toEqual([5, Number.POSITIVE_INFINITY]);
    ledger.allocate(0, 2).charge(0, a, PageType.ANON).allocate(8, 1);
    refusal("LIMIT", () => ledger.charge(8, a, PageType.ANON));
    expect([a.view.failCount, top.view.failCount]).toEqual([1, 0]);
    ledger.charge(8, b, PageType.ANON).allocate(12);
    refusal("LIMIT", () => ledger.charge(12, b, PageType.ANON));
    expect([b.view.failCount, top.view.failCount]).toEqual([0, 1]);
    ledger.moveCharge(0, b);
    refusal("LIMIT", () => ledger.batch().moveCharge(0, a).moveCharge(8, a).execute());
    top.maxPages = Number.POSITIVE_INFINITY;
    b.setMax(0);
    ledger.charge(12, top, PageType.ANON);
    expect(ledger.stats()).toMatchObject({ design, nrFrames: 256, allocatedPages: 7, chargedPages: 7 });
    expect(ledger.audit().differences).toBe(0);
  });
});

/** Removes it; pages keep it known. */
function gone(container: Container): boolean {
  container.remove();
  return !container.released;
}

describe("refusals", () => {
  const cases: [string, LedgerErrorCode, (ledger: Ledger, a: Container) => unknown][] = [
    ["double charge", "CHARGED", (l, a) => l.charge(0, a, PageType.ANON)],
    ["double uncharge", "NOT_CHARGED", (l) => l.uncharge(0).uncharge(0)],
    ["double free", "NOT_ALLOCATED", (l) => l.free(0).free(0)],
    ["free of a tail", "NOT_HEAD", (l) => l.free(5)],
    ["free with another order", "BAD_ORDER", (l) => l.free(4)],
    ["frame beyond the end", "BAD_PFN", (l) => l.allocate(256)],
    ["negative frame", "BAD_PFN", (l) => l.allocate(-1)],
    ["frame that would wrap around", "BAD_PFN", (l) => l.allocate(2 ** 32 + 8)],
    ["fraction of a frame", "BAD_PFN", (l) => l.allocate(8.5)],
    ["no number", "BAD_PFN", (l) => l.ownerOf(Number.NaN)],
    ["order that would wrap around", "BAD_ORDER", (l) => l.allocate(8, 256)],
    ["misaligned folio", "MISALIGNED", (l) => l.allocate(9, 1)],
    ["frame in use", "NOT_FREE", (l) => l.allocate(0, 1)],
    ["unknown type", "BAD_TYPE", (l, a) => l.allocate(8).charge(8, a, 9 as PageType)],
    ["unknown list", "BAD_LIST", (l) => l.lruAdd(0, 5 as LruList)],
    ["list to read", "BAD_LIST", (_, a) => a.lruFolios(5 as LruList)],
    ["unknown container", "NO_CONTAINER", (l) => l.moveCharge(0, 7)],
    ["id that would wrap around", "NO_CONTAINER", (l) => l.moveCharge(0, 65537)],
    ["container 0", "NO_CONTAINER", (l) => l.moveCharge(0, 0)],
    ["container of another ledger", "NO_CONTAINER", (l) => l.moveCharge(0, open().createContainer("a"))],
    [
      "container of another ledger in a batch",
      "NO_CONTAINER",
      (l) => l.batch().moveCharge(0, open().createContainer("a")),
    ],
    ["removed container", "OFFLINE", (l, a) => gone(a) && l.allocate(8).charge(8, a, PageType.ANON)],
    ["child of a removed one", "OFFLINE", (l, a) => gone(a) && l.createContainer({ name: "b", parent: a })],
    ["path without its parent", "NO_CONTAINER", (l) => l.createContainer("/b/c")],
    ["path taken", "EXISTS", (l) => l.createContainer("a/")],
    ["no name", "BAD_ARG", (l) => l.createContainer("/")],
    ["slash in a name", "BAD_ARG", (l) => l.createContainer({ name: "b/c" })],
    ["half a page as limit", "BAD_ARG", (l) => l.createContainer({ name: "b", maxPages: 0.5 })],
    ["negative limit", "BAD_ARG", (_, a) => a.setMax(-1)],
    ["removal with a task", "BUSY", (l, a) => l.attachTask(3, a) && a.remove()],
    ["removal with a child", "BUSY", (l, a) => l.createContainer("/a/b") && a.remove()],
    ["pid beyond the end", "BAD_PID", (l, a) => l.attachTask(16, a)],
    ["fork to a pid in use", "EXISTS", (l, a) => l.attachTask(1, a).attachTask(2, a).forkTask(1, 2)],
    ["a mapping too many", "OVERFLOW", (l) => Array.from({ length: 65536 }, () => l.map(0))],
    ["range beyond the end", "BAD_PFN", (l) => l.ownersOfRange(250, 7)],
    ["fewer frames", "BAD_ARG", (l) => l.grow(255)],
    ["frames beyond memory", "NO_MEMORY", (l) => l.grow(2 ** 28)],
  ];

  test.each(cases)("%s: %s", (_, code, action) => {
    const ledger = open();
    const a = ledger.createContainer("/a");
    ledger.allocate(0).charge(0, a, PageType.ANON).allocate(4, 1);
    const error = refusal(code, () => action(ledger, a));
    expect(error.message).toContain(error.remedy);
    expect(ledger.audit().differences).toBe(0);
  });

  test("a refused operation leaves the image as it was, but for its tallies", () => {
    const ledger = open();
    const a = ledger.createContainer("/a");
    ledger.allocate(0).charge(0, a, PageType.ANON);
    const before = [a.counters(), ledger.stats(), ledger.folio(0)];
    refusal("CHARGED", () => ledger.charge(0, a, PageType.FILE));
    refusal("BUSY", () => ledger.map(0).uncharge(0));
    ledger.unmap(0);
    expect([a.counters(), ledger.stats(), ledger.folio(0)]).toEqual(before);
  });
});

describe("containers", () => {
  test("ids: the lowest free one, again once it is released; exhausted in the end", () => {
    const ledger = open();
    const made = Array.from({ length: 8 }, (_, i) => ledger.createContainer(`c${i}`));
    expect(made.map((c) => c.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const error = refusal("NO_MEMORY", () => ledger.createContainer("one-more"));
    expect(error.remedy).toContain("maxContainers");
    ledger.allocate(9).charge(9, made[2]!, PageType.ANON);
    made[2]!.remove();
    refusal("NO_MEMORY", () => ledger.createContainer("one-more"));
    expect(ledger.containerById(3)).toBe(made[2]);
    ledger.free(9);
    const again = ledger.createContainer("c2");
    expect([again.id, ledger.containerById(3), made[2]!.released]).toEqual([3, again, true]);
    expect(ledger.containers()).toHaveLength(8);
  });

  test("a path can be used again while the removed container lives on", () => {
    const ledger = open();
    const old = ledger.createContainer("/x");
    ledger.allocate(1).charge(1, old, PageType.ANON);
    old.remove();
    const young = ledger.createContainer("/x");
    expect([old.path, young.path, ledger.container("x")]).toEqual(["/x", "/x", young]);
    expect(ledger.ownerOf(1)).toBeNull();
    ledger.free(1);
    expect(old.released).toBe(true);
    expect(ledger.container("x")).toBe(young);
  });

  test("tasks", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    ledger.attachTask(1, a).forkTask(1, 2);
    expect(ledger.containerOfTask(2)).toBe(a);
    expect(a.view.nrTasks).toBe(2);
    ledger.exitTask(1).attachTask(2, null);
    expect([ledger.containerOfTask(2), a.view.nrTasks]).toEqual([null, 0]);
    refusal("BAD_PID", () => ledger.containerOfTask(16));
  });
});

describe("batches", () => {
  const many = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);

  test("stop at the first refusal, and name it", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const batch = ledger.batch().allocate(1).allocate(2).allocate(1).allocate(3);
    const error = refusal("NOT_FREE", () => batch.execute());
    expect(error.opIndex).toBe(2);
    expect(error.what).toContain("pfn 1");
    expect([ledger.folio(2) !== null, ledger.folio(3), batch.length]).toEqual([true, null, 0]);
    const last = ledger.batch().charge(1, a, PageType.ANON).charge(9, a, PageType.ANON);
    expect(refusal("NOT_ALLOCATED", () => last.execute()).opIndex).toBe(1);
  });

  test("go on, and count", () => {
    const ledger = open();
    const batch = ledger.batch().allocate(1).allocate(1).free(2).allocate(3);
    expect(batch.execute({ stopAtError: false })).toEqual({
      executed: 4,
      refused: 2,
      errors: { NOT_FREE: 1, NOT_ALLOCATED: 1 },
    });
    expect(batch.execute()).toEqual({ executed: 0, refused: 0, errors: {} });
  });

  test("longer than the op buffer; a refusal at its very end stops as well", () => {
    const nrFrames = 65536 + 100;
    const ledger = open("column", nrFrames);
    const a = ledger.createContainer("a");
    const all = many(nrFrames);
    const batch = ledger.batch();
    for (const pfn of all) batch.allocate(pfn);
    expect(batch.execute().executed).toBe(nrFrames);
    ledger.chargeMany(all, a, PageType.ANON);
    expect(a.view.anonPages).toBe(nrFrames);
    expect(ledger.ownersOf(all).every((id) => id === a.id)).toBe(true);
    ledger.free(65535);
    expect(refusal("NOT_ALLOCATED", () => ledger.unchargeMany(all)).opIndex).toBe(65535);
    expect(a.view.anonPages, "a batch is done whole or not at all").toBe(nrFrames - 1);
    expect(ledger.recount()[a.id]).toBe(nrFrames - 1);
    for (const pfn of all) batch.free(pfn);
    expect(refusal("NOT_ALLOCATED", () => batch.execute()).opIndex).toBe(65535);
    expect(ledger.stats().allocatedPages).toBe(100);
  });

  test("many pages at once: whatever is wrong is named, and nothing has changed", () => {
    const ledger = open();
    const a = ledger.createContainer("a");
    const gone = ledger.createContainer("gone");
    gone.remove();
    for (let pfn = 0; pfn < 10; pfn++) ledger.allocate(pfn);
    const charge = (pfns: unknown, to: unknown, type: number = PageType.ANON) =>
      ledger.chargeMany(pfns as Uint32Array, to as typeof a, type as PageType);
    const twice = refusal("CHARGED", () => charge(Uint32Array.of(1, 2, 1), a));
    expect([twice.opIndex, twice.message]).toEqual([2, expect.stringContaining("pfn 1, container 1")]);
    for (const id of [0, -1, 1.5, Number.NaN, 70000, undefined, null, {}, gone, 99])
      refusal("NO_CONTAINER", () => charge(Uint32Array.of(1), id));
    for (const type of [9, 300, -1, Number.NaN])
      refusal("BAD_TYPE", () => charge(Uint32Array.of(1), a, type));
    refusal("BAD_PFN", () => charge(Uint32Array.of(1, 0xffffffff), a));
    // Cut to 32 bits, these would name pages 1 and 2.
    for (const wrong of [[1, 2], Float64Array.of(1.5, 2.5), Int32Array.of(1), undefined, null, 1]) {
      const pfns = wrong as unknown as Uint32Array;
      for (const run of [() => charge(pfns, a), () => ledger.unchargeMany(pfns), () => ledger.ownersOf(pfns)])
        expect(refusal("BAD_ARG", run).remedy).toBe("pass the pfns as a Uint32Array");
    }
    expect(refusal("NOT_CHARGED", () => ledger.unchargeMany(Uint32Array.of(3))).opIndex).toBe(0);
    expect([ledger.stats().chargedPages, a.counters().usagePages]).toEqual([0, 0]);
    expect(ledger.audit().differences).toBe(0);
  });

  test("lookups longer than the transfer buffer", () => {
    const nrFrames = 2 ** 20 + 5;
    const ledger = open("radix", nrFrames);
    const a = ledger.createContainer("a");
    ledger.allocate(nrFrames - 1).charge(nrFrames - 1, a, PageType.ANON);
    expect(ledger.ownersOfRange(0, nrFrames).lastIndexOf(a.id)).toBe(nrFrames - 1);
    expect(ledger.ownersOf(many(nrFrames)).indexOf(a.id)).toBe(nrFrames - 1);
  });
});

describe("opening", () => {
  const wasmOf = (n: number) => new Uint8Array([0, 0x61, 0x73, 0x6d, n, 0, 0, 0]);

  test("by name, by module", async () => {
    const ledger = await openByName({ design: "radix", frames: 64, containers: 2, pids: 4 });
    expect(ledger.design).toBe("radix");
    await expect(openByName({ design: "btree", frames: 64 })).rejects.toBeInstanceOf(UnknownDesignError);
    expect((await openLedger({ module: moduleOf("in-page"), nrFrames: 8 })).design).toBe("in-page");
  });

  test("something else than a core", async () => {
    await expect(openLedger({ wasm: wasmOf(9), nrFrames: 8 })).rejects.toBeInstanceOf(
      WebAssembly.CompileError,
    );
    await expect(openLedger({ wasm: wasmOf(1), nrFrames: 8 })).rejects.toBeInstanceOf(AbiMismatchError);
  });

  test.each<[string, LedgerErrorCode, { nrFrames: number; maxContainers?: number; maxPids?: number }]>([
    ["more memory than there is", "NO_MEMORY", { nrFrames: 2 ** 28 }],
    ["no frames", "BAD_ARG", { nrFrames: 0 }],
    ["frames that would wrap around", "BAD_ARG", { nrFrames: 2 ** 32 + 64 }],
    ["no containers", "BAD_ARG", { nrFrames: 8, maxContainers: 0 }],
    ["too many containers", "BAD_ARG", { nrFrames: 8, maxContainers: 65535 }],
    ["too many pids", "BAD_ARG", { nrFrames: 8, maxPids: 2 ** 22 + 1 }],
  ])("%s: %s", (_, code, size) => {
    for (const design of DESIGN_NAMES) refusal(code, () => Ledger.open(moduleOf(design), size));
  });

  test("grown while in use", () => {
    for (const design of DESIGN_NAMES) {
      const ledger = open(design, 100);
      const a = ledger.createContainer("a");
      ledger.allocate(64, 5).charge(64, a, PageType.ANON);
      refusal("BAD_PFN", () => ledger.allocate(96, 3));
      ledger.grow(2 ** 20);
      ledger
        .allocate(96, 3)
        .charge(96, a, PageType.ANON)
        .allocate(2 ** 20 - 1)
        .charge(2 ** 20 - 1, a, PageType.SHMEM);
      expect([a.view.chargedPages, ledger.nrFrames, ledger.audit().differences]).toEqual([41, 2 ** 20, 0]);
    }
  });
});
