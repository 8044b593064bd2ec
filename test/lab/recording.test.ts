// What a recording keeps: operations packed, states shared and thinned; and that any moment comes back bit for bit.
import { describe, expect, test } from "vitest";
import { CORE_PTR, Container, Core as CoreRecord, Err, Op } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { Checkpoints } from "../../src/lab/checkpoints.js";
import { columnOf } from "../../src/lab/columns.js";
import { ContainerSpans } from "../../src/lab/container-spans.js";
import { EvenClock, TraceClock } from "../../src/lab/event-clock.js";
import { frameHistory } from "../../src/lab/frame-look.js";
import { OP_WORDS, OpLog, REFUSED } from "../../src/lab/op-log.js";
import { recordHistory } from "../../src/lab/open-source.js";
import { Progress } from "../../src/lab/progress.js";
import { Recording } from "../../src/lab/recording.js";
import type { HistorySettings } from "../../src/lab/settings.js";
import type { Sliced } from "../../src/lab/slices.js";
import { loadDesigns, selectDesigns } from "../../src/node/modules.js";
import { histories } from "../../src/workload/histories.js";
import { Random } from "../../src/workload/random.js";

const NR_EVENTS = 30_000;
const NR_FRAMES = 1 << 14;

function settingsOf(workload: string): HistorySettings {
  return { workload, nrFrames: NR_FRAMES, nrEvents: NR_EVENTS, seed: 7, own: {} };
}

/** Does the work without a pause; told to stop after so many slices. */
function atOnce<T>(work: Sliced<T>, stopAfter = Number.POSITIVE_INFINITY): T {
  let step = work.next(false);
  for (let i = 1; step.done !== true; i++) step = work.next(i > stopAfter);
  return step.value;
}

/** A ledger after the first `events` operations, from the start. */
function fresh(module: WebAssembly.Module, workload: string, events: number): Core {
  const history = histories[workload]!({ nrFrames: NR_FRAMES, nrEvents: NR_EVENTS, seed: 7 });
  const core = new Core(module, history);
  const words = new Uint32Array(events * OP_WORDS);
  expect(history.fill(words)).toBe(events);
  core.execute(words, events, false);
  return core;
}

/** All of linear memory but the buffers, how far memory has grown, and scratch. */
function stateOf(core: Core): Buffer {
  core.containerTotals();
  const bytes = Buffer.from(new Uint8Array(core.memory.buffer));
  const opsPtr = core.coreWord(CoreRecord.opsPtr);
  bytes.fill(0, opsPtr, opsPtr + core.coreWord(CoreRecord.agentBytes));
  bytes.writeUInt32LE(0, CORE_PTR + CoreRecord.arenaEnd);
  for (let id = 1; id < core.maxContainers; id++) {
    const at = core.containerPtr(id);
    bytes.fill(0, at + Container.auditTasks, at + Container.anonPages);
    // A record that is given up keeps the totals of a look that was taken while it was there.
    if (!core.isUsed(id)) bytes.fill(0, at + Container.totalAnonPages, at + Container.lists);
  }
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

describe.each(["palette", "radix", "object"])("%s", (design) => {
  test.each(["tenants", "fork-storm", "memory-pressure"])("any moment of %s comes back", async (workload) => {
    const [loaded] = await loadDesigns(selectDesigns(design));
    const checkpoints = new Checkpoints(4 << 20, 1 / 256);
    const progress = new Progress(() => {});
    const { recording } = await recordHistory(settingsOf(workload), loaded!, progress, checkpoints);
    expect(recording.events).toBe(NR_EVENTS);
    expect(checkpoints.count).toBeGreaterThan(3);
    expect(checkpoints.bytes).toBeLessThanOrEqual(4 << 20);
    const random = new Random(3);
    const events = [
      0,
      NR_EVENTS,
      1,
      NR_EVENTS - 1,
      ...Array.from({ length: 12 }, () => random.below(NR_EVENTS)),
    ];
    for (const event of events) {
      atOnce(recording.seek(event));
      expect(recording.event).toBe(event);
      const again = stateOf(fresh(loaded!.module, workload, event));
      expect(stateOf(recording.core).equals(again), `after ${event}`).toBe(true);
      expect(recording.core.audit()).toBe(0);
    }
  });

  test("a seek that is stopped ends at a moment on the way, whole, and goes on from there", async () => {
    const [loaded] = await loadDesigns(selectDesigns(design));
    const { recording } = await recordHistory(settingsOf("tenants"), loaded!, new Progress(() => {}));
    atOnce(recording.seek(5));
    atOnce(recording.seek(NR_EVENTS), 0);
    expect(recording.event).toBe(5);
    atOnce(recording.seek(NR_EVENTS), 1);
    const { event } = recording;
    expect(event).toBeGreaterThan(5);
    expect(event).toBeLessThan(NR_EVENTS);
    expect(stateOf(recording.core).equals(stateOf(fresh(loaded!.module, "tenants", event)))).toBe(true);
    expect(
      atOnce(columnOf("age", recording, NR_FRAMES, recording.spans.indexById(event)), 0),
    ).toBeUndefined();
    expect(atOnce(frameHistory(recording, 1, 10), 0)).toBeUndefined();
    atOnce(recording.seek(NR_EVENTS));
    const end = fresh(loaded!.module, "tenants", NR_EVENTS);
    expect(stateOf(recording.core).equals(stateOf(end))).toBe(true);
  });
});

test("checkpoints are thinned out when they take too much, the first one stays", async () => {
  const [loaded] = await loadDesigns(selectDesigns("column"));
  const counts: number[] = [];
  for (const budget of [64 << 20, 1 << 20]) {
    const checkpoints = new Checkpoints(budget, 1 / 1024);
    await recordHistory(settingsOf("tenants"), loaded!, new Progress(() => {}), checkpoints);
    counts.push(checkpoints.count);
    expect(checkpoints.before(0)?.place.ops).toBe(0);
  }
  expect(counts[1]).toBeLessThan(counts[0]! / 2);
});

describe("the log", () => {
  /** Operations of every form: words of all sizes, events far apart and together. */
  function randomOps(count: number): { words: Uint32Array; events: number[] } {
    const random = new Random(11);
    const words = new Uint32Array(count * OP_WORDS);
    const events: number[] = [];
    let event = 0;
    for (let i = 0; i < count; i++) {
      event += random.chance(0.5) ? 0 : random.below(random.chance(0.1) ? 100_000 : 10);
      const at = i * OP_WORDS;
      words[at] = random.below(30) | (random.below(21) << 8) | (random.below(65536) << 16);
      words[at + 1] = random.below(2 ** 27);
      words[at + 2] = random.chance(0.1) ? 0xffffffff : random.below(9);
      if (random.chance(0.2)) words[at + 3] = Err.LIMIT | (random.below(5) << 8);
      events.push(event);
    }
    return { words, events };
  }

  test("gives back what was put in, from any place", () => {
    const { words, events } = randomOps(50_000);
    const log = new OpLog();
    events.forEach((event, i) => {
      log.append(words, i * OP_WORDS, event);
    });
    const got = new Uint32Array(999 * OP_WORDS);
    let reader = log.reader();
    let done = 0;
    for (const upTo of [0, 1, events[700]!, events[30_000]!, Number.POSITIVE_INFINITY]) {
      for (let count = reader.read(upTo, got); count > 0; count = reader.read(upTo, got)) {
        const bytes = Buffer.from(got.buffer, 0, count * OP_WORDS * 4);
        const expected = words.slice(done * OP_WORDS, (done + count) * OP_WORDS);
        for (let i = 0; i < count; i++) {
          const isRefused = expected[i * OP_WORDS + 3] !== 0;
          expected[i * OP_WORDS + 3] = (events[done + i]! | (isRefused ? REFUSED : 0)) >>> 0;
        }
        expect(bytes.equals(Buffer.from(expected.buffer)), `operations from ${done}`).toBe(true);
        done += count;
        reader = log.reader(reader.place);
      }
      expect(done).toBe(events.filter((event) => event <= upTo).length);
      expect(reader.place.ops).toBe(done);
    }
    expect(log.end).toMatchObject({ ops: 50_000, event: events.at(-1) });
  });

  test("takes 8 bytes for what traces and histories are made of", () => {
    const log = new OpLog();
    const nr = 1_000_000;
    const words = Uint32Array.of(Op.LRU_PUT, 0, 3, 0);
    for (let i = 0; i < nr; i++) {
      words[1] = i;
      log.append(words, 0, 1 + 2 * i);
    }
    expect(log.bytes / nr).toBeLessThan(8.5);
    expect(log.highestFrame).toBe(nr - 1);
  });

  test("a recording that would outgrow the page is refused with a remedy", async () => {
    const [loaded] = await loadDesigns(selectDesigns("column"));
    const core = new Core(loaded!.module, { nrFrames: 1024, maxContainers: 4, maxPids: 4 });
    const recording = new Recording(new EvenClock(() => 0), new Checkpoints(), 1 << 20);
    const words = new Uint32Array(8192 * OP_WORDS).fill(0);
    const fill = () => {
      for (let round = 0; round < 64; round++)
        recording.record(
          core,
          words,
          8192,
          () => round,
          () => "",
        );
    };
    expect(fill).toThrow(
      expect.objectContaining({ name: "LabFault", remedy: expect.stringContaining("verify") }),
    );
  });
});

test("a split happens to every frame of the folio that it splits", async () => {
  const [loaded] = await loadDesigns(selectDesigns("palette"));
  const core = new Core(loaded!.module, { nrFrames: 4096, maxContainers: 4, maxPids: 4 });
  const recording = new Recording(new EvenClock(() => 5));
  const words = Uint32Array.from(
    [
      [Op.CONTAINER_CREATE, 1, 0xffffffff, 0],
      [Op.ALLOC | (4 << 8), 32, 0, 0],
      [Op.CHARGE | (4 << 8) | (1 << 16), 32, 1, 0],
      [Op.ALLOC, 48, 0, 0],
      [Op.SPLIT | (2 << 8), 32, 0, 0],
    ].flat(),
  );
  recording.record(
    core,
    words,
    5,
    (i) => i + 1,
    () => "/a",
  );
  expect(core.execute(words, 5, true)).toEqual({ done: 5, code: "OK" });
  recording.finish(core, 5);
  const ages = atOnce(columnOf("age", recording, 64, recording.spans.indexById(5)))!;
  for (let pfn = 0; pfn < 64; pfn++) {
    const isInFolio = pfn >= 32 && pfn < 48;
    const told = atOnce(frameHistory(recording, pfn, 10))!.events.map(({ what }) => what);
    expect(told[0] === "split to order 2", `${pfn}`).toBe(isInFolio);
    expect(ages[pfn]).toBe(isInFolio ? 1 : 0);
  }
});

test("an id that is given out again names another container", () => {
  const spans = new ContainerSpans();
  spans.create(1, 0, "/a", 10);
  spans.create(2, 1, "/a/b", 20);
  spans.remove(2, 30);
  spans.create(2, 1, "/a/c", 40);
  spans.remove(1, 50);
  expect(spans.listed()).toEqual([
    { path: "/a", parent: -1, from: 10, until: 50 },
    { path: "/a/b", parent: 0, from: 20, until: 30 },
    { path: "/a/c", parent: 0, from: 40, until: Number.POSITIVE_INFINITY },
  ]);
  const at = (event: number) => [...spans.indexById(event).subarray(0, 4)];
  expect(at(9)).toEqual([-1, -1, -1, -1]);
  expect(at(20)).toEqual([-1, 0, 1, -1]);
  expect(at(35)).toEqual([-1, 0, 1, -1]);
  expect(at(40)).toEqual([-1, 0, 2, -1]);
});

test("a trace's clock knows some times and takes others to lie evenly between", () => {
  const clock = new TraceClock();
  const count = 1000;
  const words = new Uint32Array(count * 12);
  for (let i = 0; i < count; i++) {
    words[i * 12 + 4] = 50 + Math.floor(i / 100);
    words[i * 12 + 5] = (i % 100) * 1e7;
  }
  const batch = (first: number, end: number) => ({
    words: words.subarray(first * 12, end * 12),
    count: end - first,
    stride: 12,
    text: new Uint8Array(),
    firstLine: 1,
  });
  clock.take(batch(0, 300), 0);
  clock.take(batch(300, 301), 300);
  clock.take(batch(301, count), 301);
  for (const event of [1, 2, 64, 65, 66, 300, 301, 302, 640, 999, 1000])
    expect(clock.secondsAt(event)).toBeCloseTo((event - 1) / 100, 9);
  expect(clock.secondsAt(0)).toBe(0);
  expect(clock.seconds).toBeCloseTo(9.99, 9);
});
