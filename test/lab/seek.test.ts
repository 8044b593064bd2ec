// A moment of a session is what a replay of the trace cut at that event ends in.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { scanTrace } from "../../src/capture/reader.js";
import { Word } from "../../src/capture/records.js";
import type { Replay } from "../../src/capture/replay.js";
import { RANGE_BATCH } from "../../src/core/core.js";
import { type ColumnKind, MOMENT_COUNTERS, type Moment, type Opened } from "../../src/lab/protocol.js";
import { Session } from "../../src/lab/session.js";
import { readWasm } from "../../src/node/wasm.js";
import { replayLines } from "../capture/replay-lines.js";
import { scanner } from "../capture/scanning.js";
import { CAPTURES, droppedCapture, openSource } from "./opening.js";

const NAME = "nested";
const text = gunzipSync(await readFile(join(CAPTURES, NAME, "trace.txt.gz")));

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Line of each event. */
async function linesOfEvents(): Promise<number[]> {
  const lines: number[] = [];
  await scanTrace(
    once(text),
    ({ words, stride, count }) => {
      for (let i = 0; i < count; i++) lines.push(words[i * stride + Word.LINE]!);
    },
    { scanner },
  );
  return lines;
}

/** Path of the owner of each owned frame, and the counters of every group, by path. */
function stateOf(replay: Replay) {
  const { core } = replay.ledgers[0]!;
  core.containerTotals();
  const { groups } = replay.attribution;
  const owners = new Map<number, string>();
  for (let first = 0; first < core.nrFrames; first += RANGE_BATCH)
    for (const [i, id] of core
      .ownersRange(first, Math.min(RANGE_BATCH, core.nrFrames - first), false)
      .entries())
      if (id !== 0) owners.set(first + i, groups.byId(id)!.path);
  const counters = new Map<string, readonly number[]>();
  for (const { id, path } of groups.all()) {
    const { anon, file, shmem, kernel, other, lru, charged } = replay.ledgers[0]!.pages(id, "own");
    const total = replay.ledgers[0]!.pages(id, "total").charged;
    counters.set(path, [anon, file, shmem, kernel, other, ...lru, charged, total]);
  }
  return { owners, counters: withoutEmpty(counters) };
}

/** A group that holds nothing may not be made yet. */
function withoutEmpty(counters: Map<string, readonly number[]>): Record<string, readonly number[]> {
  return Object.fromEntries([...counters].filter(([, row]) => row.some((n) => n > 0)).sort());
}

function shownState(opened: Opened, moment: Moment, values: Uint16Array) {
  const owners = new Map<number, string>();
  for (let pfn = 0; pfn < values.length; pfn++)
    if (values[pfn] !== 0) owners.set(pfn, opened.containers[values[pfn]! - 1]!.path);
  const n = MOMENT_COUNTERS.length;
  const counters = new Map<string, readonly number[]>();
  opened.containers.forEach(({ path }, i) => {
    counters.set(path, [...moment.counters.subarray(i * n, (i + 1) * n)]);
  });
  return { owners, counters: withoutEmpty(counters) };
}

const LOOKED_AT: readonly ColumnKind[] = ["owner", "lru", "age"];

/** Millions of values are compared by their sum. */
const digest = (values: Uint16Array) => createHash("sha256").update(values).digest("hex");

const source = await droppedCapture(NAME);
const { session, opened } = await openSource(source);
const lines = await linesOfEvents();

test("every event is counted", () => {
  expect(opened.events).toBe(lines.length);
  expect(opened.events).toBe(opened.result!.events);
});

test.each([1, 2, 777, 20_011, 60_000, 100_003, lines.length - 1, lines.length])(
  "after %i events: owners and counters of the trace cut there",
  async (event) => {
    const moment = await session.seek(event);
    expect(moment.event).toBe(event);
    const { values } = (await session.column("owner"))!;
    const cut = stateOf(await replayLines(join(CAPTURES, NAME), lines[event - 1]!, "palette"));
    const shown = shownState(opened, moment, values);
    expect(shown.counters).toEqual(cut.counters);
    expect(shown.owners).toEqual(cut.owners);
    expect(moment.ownedFrames).toBe(cut.owners.size);
  },
);

test("moments are the same whichever way they are reached", async () => {
  const events = [0, 5000, 90_000, opened.events];
  const looks = new Map<number, unknown>();
  const look = async (event: number) => {
    const moment = await session.seek(event);
    const columns: string[] = [];
    for (const kind of LOOKED_AT) columns.push(digest((await session.column(kind))!.values));
    return { moment, columns, blocks: await session.blocks() };
  };
  for (const event of events) looks.set(event, await look(event));
  for (const event of [90_000, 0, opened.events, 5000]) expect(await look(event)).toEqual(looks.get(event));
});

test("a stopped seek answers where it is, between whole events; what was asked behind it finds that moment", async () => {
  const { session, opened } = await openSource(await droppedCapture(NAME));
  const middle = opened.events >> 1;
  await session.seek(middle);
  const asked = [session.seek(opened.events), session.column("age"), session.history(1, 10)] as const;
  for (const work of ["seek", "column", "history"] as const) await session.stop(work, 99);
  const [moment, ages, history] = await Promise.all(asked);
  expect([ages, history]).toEqual([undefined, undefined]);
  expect(moment.event).toBe(middle);
  const { event } = (await session.column("owner"))!;
  expect(event).toBe(moment.event);
});

/** All that is the same each time. */
const untimed = ({ result, openMs, ...rest }: Opened) => ({
  ...rest,
  result: { ...result!, designs: result!.designs.map((design) => ({ ...design, nsPerEvent: 0 })) },
});

test("a module that could not be had is asked for again by the next session", async () => {
  const modules = new Map<string, Promise<WebAssembly.Module>>();
  let isThere = false;
  const loadWasm = (name: string) => (isThere ? readWasm(name) : Promise.reject(new Error("offline")));
  const open = async () => {
    const session = new Session({ modules, loadWasm });
    await session.start("http://laboratory.invalid/");
    return session.open({ source: await droppedCapture("nested"), designs: ["palette"] }, () => {});
  };
  await expect(open()).rejects.toThrow("offline");
  isThere = true;
  expect((await open()).result!.verdict).toBe("exact");
});

test("a session that is closed ends what is under way, and what was asked behind it; another shares its modules", async () => {
  const modules = new Map<string, Promise<WebAssembly.Module>>();
  const read: string[] = [];
  const loadWasm = (name: string) => {
    read.push(name);
    return readWasm(name);
  };
  const openOne = async () => {
    const session = new Session({ modules, loadWasm });
    await session.start("http://laboratory.invalid/");
    return { session, opened: await session.open({ source, designs: ["palette"] }, () => {}) };
  };
  const first = await openOne();
  const middle = opened.events >> 1;
  await first.session.seek(middle);
  const asked = [first.session.seek(opened.events), first.session.column("age")] as const;
  first.session.close();
  // What is begun now is not held up by it.
  const second = await openOne();
  const [moment, ages] = await Promise.all(asked);
  expect([moment.event, ages]).toEqual([middle, undefined]);
  expect(untimed(second.opened)).toEqual(untimed(opened));
  expect((await second.session.seek(777)).event).toBe(777);
  expect(read.sort()).toEqual(["palette", "scan"]);
});
