// What is shown of a moment, against the ledger's own answers and against a naive reading of the operations.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FrameFlag, Op, ORDER_MAX, PageFrame, TYPE_MASK, TYPE_SHIFT } from "../../src/abi.js";
import { replayCapture } from "../../src/capture/replay.js";
import { type ColumnKind, MOMENT_COUNTERS } from "../../src/lab/protocol.js";
import { Session } from "../../src/lab/session.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { loadDesigns, selectDesigns } from "../../src/node/modules.js";
import { ALL_WORKLOADS, histories } from "../../src/workload/histories.js";
import { scanner } from "../capture/scanning.js";
import { TraceBuilder } from "../capture/trace-builder.js";
import { CAPTURES, droppedCapture, openSource } from "./opening.js";

interface NaiveOp {
  readonly code: number;
  readonly order: number;
  readonly pfn: number;
  readonly event: number;
}

const NAME = "huge";
const designs = await loadDesigns(selectDesigns("palette"));
const ops: NaiveOp[] = [];
const replay = await replayCapture(await openCapture(join(CAPTURES, NAME)), {
  scanner,
  designs,
  listed: new Map(
    (await readFile(join(CAPTURES, NAME, "groups.tsv"), "utf8"))
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => {
        const [path, inode] = line.split("\t");
        return [Number(inode), path!];
      }),
  ),
  onStart: (started) => {
    started.onOperations = (words, count, events) => {
      for (let i = 0; i < count; i++) {
        const word0 = words[i * 4]!;
        ops.push({
          code: word0 & 0xff,
          order: (word0 >>> 8) & 0xff,
          pfn: words[i * 4 + 1]!,
          event: events[i]!,
        });
      }
    };
  },
});
const onFrames = ops.filter(({ code }) => code >= Op.ALLOC_CHARGE && code <= Op.REPLAY_CACHE_DEL);
const touching = (pfn: number, upTo: number) =>
  onFrames.filter((op) => op.event <= upTo && pfn >= op.pfn && pfn < op.pfn + 2 ** op.order);

const { session, opened } = await openSource(await droppedCapture(NAME));
const END = opened.events;
const { core } = replay.ledgers[0]!;
/** Head and tail of each order there is, free frames, the first and the last. */
const SAMPLES = samplePfns();

function samplePfns(): number[] {
  const byOrder = new Map<number, number>();
  for (const { order, pfn } of onFrames) byOrder.set(order, pfn);
  const pfns = [0, opened.nrFrames - 1];
  for (const [order, pfn] of byOrder) pfns.push(pfn, pfn + 2 ** order - 1, pfn + ((2 ** order) >> 1));
  for (let i = 0; i < onFrames.length; i += Math.ceil(onFrames.length / 40)) pfns.push(onFrames[i]!.pfn);
  return pfns;
}

test("large folios are among what is looked at", () => {
  expect(Math.max(...onFrames.map(({ order }) => order))).toBeGreaterThanOrEqual(9);
});

test("columns and frames are what the ledger of a plain replay has", async () => {
  await session.seek(END);
  const columns = {} as Record<ColumnKind, Uint16Array>;
  for (const kind of ["owner", "type", "lru", "order", "age"] as const)
    columns[kind] = (await session.column(kind))!.values;
  const { groups } = replay.attribution;
  const bytes = new DataView(core.memory.buffer);
  for (const pfn of SAMPLES) {
    const frame = await session.frame(pfn);
    const flags = bytes.getUint16(core.framePtr(pfn) + PageFrame.flags, true);
    const isAllocated = (flags & FrameFlag.ALLOCATED) !== 0;
    expect(frame.isAllocated, `${pfn}`).toBe(isAllocated);
    const owner = core.ownerOf(pfn);
    const path = owner === 0 ? undefined : groups.byId(owner)!.path;
    expect(opened.containers[frame.owner]?.path).toBe(path);
    expect(columns.owner[pfn]).toBe(frame.owner + 1);
    if (!isAllocated) {
      expect([columns.type[pfn], columns.lru[pfn], columns.order[pfn], columns.age[pfn]]).toEqual([
        0, 0, 0, 0,
      ]);
      continue;
    }
    const order = bytes.getUint8(core.framePtr(pfn) + PageFrame.order);
    const head = pfn - (pfn % 2 ** order);
    const ptr = core.framePtr(head);
    expect(frame).toMatchObject({
      pfn,
      head,
      order,
      mappings: bytes.getUint16(ptr + PageFrame.mapCount, true),
    });
    expect(columns.order[pfn]).toBe(order + 1);
    expect(columns.type[pfn]).toBe(
      ((bytes.getUint16(ptr + PageFrame.flags, true) & TYPE_MASK) >>> TYPE_SHIFT) + 1,
    );
    expect(columns.lru[pfn]).toBe(bytes.getUint8(ptr + PageFrame.lru) + 1);
    const last = touching(pfn, END).at(-1)!.event;
    expect(columns.age[pfn]).toBe(owner === 0 ? 0 : 1 + Math.floor(Math.log2(1 + END - last)));
  }
});

test("the history of a frame is every operation on a folio that it is in, newest first", async () => {
  for (const upTo of [END >> 1, END]) {
    await session.seek(upTo);
    for (const pfn of SAMPLES) {
      const expected = touching(pfn, upTo);
      const { events, total } = (await session.history(pfn, 3))!;
      expect(total, `${pfn}`).toBe(expected.length);
      expect(events.map(({ event }) => event)).toEqual(
        expected
          .slice(-3)
          .reverse()
          .map(({ event }) => event),
      );
      const all = (await session.history(pfn, 10_000))!;
      expect(all.events.map(({ event }) => event)).toEqual(expected.reverse().map(({ event }) => event));
    }
  }
  expect((await session.history(SAMPLES[2]!, 0))!.events).toEqual([]);
});

test("blocks, folios and free runs are counted as a naive count does", async () => {
  await session.seek(END);
  const { byOwners, folios, freeRuns } = await session.blocks();
  const { values: owners } = (await session.column("owner"))!;
  const { values: orders } = (await session.column("order"))!;
  const blocks = [0, 0, 0, 0, 0];
  for (let at = 0; at < owners.length; at += 64) {
    const found = new Set(owners.subarray(at, at + 64));
    found.delete(0);
    blocks[Math.min(4, found.size)]!++;
  }
  expect(byOwners).toEqual(blocks);
  for (let order = 0; order <= ORDER_MAX; order++) {
    const frames = orders.reduce((sum, value) => sum + (value === order + 1 ? 1 : 0), 0);
    expect(folios[order]! * 2 ** order).toBe(frames);
    const run = 2 ** order;
    let free = 0;
    for (let at = 0; at + run <= orders.length; at += run) {
      let end = at;
      while (end < at + run && orders[end] === 0) end++;
      if (end === at + run) free += run;
    }
    expect(freeRuns[order]).toBe(free);
  }
});

test("what happened is told in words, with the paths of then", async () => {
  const trace = new TraceBuilder()
    .mkdir(11, "/a")
    .attach(7, 11, "/a")
    .as(7)
    .alloc(0x200, 9)
    .lruAdd(11, 0x200, 0, 512)
    .activate(0x200)
    .free(0x200, 9)
    .filePage(11, 0x210)
    .uncache(0x210)
    .rmdir(11, "/a")
    .free(0x210);
  const file = new File([trace.text()], "trace.txt");
  const built = await openSource({ kind: "files", name: "built", files: [file] });
  const { events } = (await built.session.history(0x210, 100))!;
  expect(events.map(({ what }) => what).reverse()).toEqual([
    "allocated, order 9, charged to /a as anon",
    "put on inactive_anon, order 9",
    "activated, order 9",
    "freed, order 9",
    "allocated, charged to /a as anon",
    "charged to /a as file",
    "put on inactive_file",
    "taken out of its page cache",
    "freed",
  ]);
  for (const { event, seconds } of events) expect(seconds).toBeCloseTo((event - 1) * 3e-6, 9);
  const removed = built.opened.containers[0]!;
  expect(removed).toMatchObject({ path: "/a", parent: -1, from: 1 });
  expect(removed.until).toBe(built.opened.events - 1);
  const moment = await built.session.seek(removed.until);
  expect(moment.online[0]).toBe(0);
  // It is gone, and its page is charged to it still.
  expect(moment.counters[MOMENT_COUNTERS.indexOf("charged")]).toBe(1);
});

test.each(ALL_WORKLOADS.map(({ name }) => name))(
  "a history of %s is looked at as a capture is",
  async (workload) => {
    const settings = { workload, nrFrames: 8192, nrEvents: 20_000, seed: 5, own: {} };
    const { session: made, opened: shown } = await openSource({ kind: "generated", settings }, ["column"]);
    expect(shown).toMatchObject({
      kind: "generated",
      title: workload,
      design: "column",
      nrFrames: 8192,
      events: 20_000,
    });
    expect(shown.seconds).toBeCloseTo(0.02, 9);
    expect(shown.result).toBeUndefined();
    for (const { path, parent, from } of shown.containers) {
      const above = shown.containers[parent];
      expect(path).toMatch(new RegExp(`^${above?.path ?? ""}/\\d+$`));
      if (above !== undefined) expect(above.from).toBeLessThan(from);
    }
    const charged = MOMENT_COUNTERS.indexOf("charged");
    for (const event of [20_000, 9_999]) {
      const { counters, ownedFrames } = await made.seek(event);
      const { values } = (await made.column("owner"))!;
      const pages = shown.containers.map((_, i) =>
        values.reduce((sum, owner) => sum + (owner === i + 1 ? 1 : 0), 0),
      );
      expect(shown.containers.map((_, i) => counters[i * MOMENT_COUNTERS.length + charged])).toEqual(pages);
      expect(ownedFrames).toBe(pages.reduce((a, b) => a + b, 0));
      expect(ownedFrames).toBeGreaterThan(0);
    }
  },
);

test("a charge that a limit refuses is told as refused, each at its event", async () => {
  const settings = { workload: "memory-pressure", nrFrames: 2048, nrEvents: 20_000, seed: 5, own: {} };
  const words = new Uint32Array(settings.nrEvents * 4);
  const { workload, nrFrames, nrEvents, seed } = settings;
  const history = histories[workload]!({ nrFrames, nrEvents, seed });
  expect(history.fill(words)).toBe(settings.nrEvents);
  const refused: { pfn: number; event: number; container: number }[] = [];
  for (let i = 0; i < settings.nrEvents; i++)
    if ((words[i * 4 + 3]! & 0xff) !== 0)
      refused.push({ pfn: words[i * 4 + 1]!, event: i + 1, container: words[i * 4]! >>> 16 });
  expect(refused.length).toBe(history.refusals);
  expect(refused.length).toBeGreaterThan(100);
  const { session: made, opened: shown } = await openSource({ kind: "generated", settings });
  for (const pfn of new Set(refused.slice(0, 400).map((one) => one.pfn))) {
    const { events } = (await made.history(pfn, 10_000))!;
    const told = events.filter(({ what }) => what.includes("refused"));
    const expected = refused.filter((one) => one.pfn === pfn).reverse();
    expect(told.map(({ event }) => event)).toEqual(expected.map(({ event }) => event));
    told.forEach(({ what }, i) => {
      const [, path] = /^charge to (\S+) refused: over a limit/.exec(what)!;
      expect(path!.endsWith(`/${expected[i]!.container}`)).toBe(true);
      expect(shown.containers.some((one) => one.path === path)).toBe(true);
    });
  }
});

test("a history that nobody can make is refused as settings are", async () => {
  const open = (change: object) => {
    const settings = { workload: "tenants", nrFrames: 8192, nrEvents: 1000, seed: 5, own: {}, ...change };
    return openSource({ kind: "generated", settings });
  };
  await expect(open({ workload: "tenant" })).rejects.toMatchObject({
    reason: expect.stringContaining("tenant"),
  });
  await expect(open({ workload: "toString" })).rejects.toMatchObject({ name: "LabFault" });
  await expect(open({ nrFrames: 3 })).rejects.toMatchObject({ name: "WorkloadError" });
  await expect(open({ nrEvents: 2 ** 39 })).rejects.toMatchObject({
    reason: expect.stringContaining("keep"),
  });
  await expect(open({ own: { web: -1 } })).rejects.toMatchObject({ name: "WorkloadError" });
});

test("a session that has opened nothing has nothing to show", async () => {
  await expect(new Session().seek(0)).rejects.toThrow("nothing is open");
});
