// The state that all views share: of many seeks and choices the last wins, whatever is under way.
/// <reference types="vite/client" />
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { openPlaced } from "../../../bench/web/app/drop-zone.js";
import type { PlacedFile } from "../../../bench/web/app/dropped-files.js";
import { LabModel } from "../../../bench/web/app/lab-model.js";
import type { LabFault, LabSource, OpenRequest } from "../../../src/lab/protocol.js";
import { type FakeWorker, fakeWorker } from "./fake-worker.js";

/** A session whose seeks after the opening wait for `release`. */
class SlowSession {
  readonly seeks: number[] = [];
  /** Where a seek ends that was told to. */
  stopsAt = 0;
  readonly waiting: (() => void)[] = [];
  /** What was told to stop, and how many of it. */
  readonly stopped: unknown[][] = [];
  readonly fake: FakeWorker = fakeWorker({
    start: () => {},
    open: ({ source }: OpenRequest) => ({ title: (source as { name: string }).name, events: 1000 }),
    seek: async (event: number) => {
      this.seeks.push(event);
      if (this.seeks.length > 1) await new Promise<void>((done) => this.waiting.push(done));
      return { event: this.stopped.length > 0 ? this.stopsAt : event };
    },
    column: async () => {
      await new Promise<void>((done) => this.waiting.push(done));
      return undefined;
    },
    stop: (...what: unknown[]) => this.stopped.push(what),
  });

  /** Lets the seek that is under way end, once there is one. */
  async release(): Promise<void> {
    await vi.waitFor(() => expect(this.waiting.length).toBeGreaterThan(0));
    this.waiting.shift()!();
  }
}

let sessions: SlowSession[] = [];
vi.mock("../../../bench/web/app/start-worker.js", () => ({
  startWorker: () => {
    sessions.push(new SlowSession());
    return sessions.at(-1)!.fake.worker;
  },
}));
vi.stubGlobal("document", { baseURI: "http://laboratory.invalid/" });
afterAll(() => {
  vi.unstubAllGlobals();
  for (const { fake } of sessions) fake.worker.terminate();
});

let model: LabModel;
let moments: (number | undefined)[];
const source = (name: string): LabSource => ({ kind: "files", name, files: [] });
const FAULT: LabFault = {
  name: "LabFault",
  place: "a folder",
  reason: "it is empty",
  remedy: "drop another",
};

beforeEach(async () => {
  sessions = [];
  model = new LabModel();
  await model.openSource(source("first"));
  moments = [];
  model.addEventListener("moment", () => moments.push(model.moment?.event));
});

test("a burst of seeks ends at the last one, and what lies between is left out", async () => {
  const [session] = sessions;
  for (let event = 1; event <= 500; event++) model.seek(event);
  expect(model.target).toBe(500);
  await session!.release();
  await session!.release();
  await vi.waitFor(() => expect(model.moment?.event).toBe(500));
  expect(session!.seeks).toEqual([1000, 1, 500]);
  expect(moments).toEqual([1, 500]);
});

test("a moment of what was open before is not shown after another source is opened", async () => {
  model.seek(7);
  await vi.waitFor(() => expect(sessions[0]!.seeks).toEqual([1000, 7]));
  const opening = model.openSource(source("second"));
  expect(sessions[0]!.fake.isEnded()).toBe(true);
  expect(model.moment).toBeUndefined();
  sessions[0]!.waiting.shift()!();
  await opening;
  expect(model.opened?.title).toBe("second");
  expect(moments).toEqual([1000]);
  // The new session is sought at once: the old one's seek stands in nobody's way.
  model.seek(8);
  await sessions[1]!.release();
  await vi.waitFor(() => expect(model.moment?.event).toBe(8));
  expect(moments).toEqual([1000, 8]);
});

test("a cancel during seeks closes: no moment comes after it, and seeks are ignored", async () => {
  model.seek(7);
  model.seek(9);
  await vi.waitFor(() => expect(sessions[0]!.waiting).toHaveLength(1));
  model.cancel();
  expect(sessions[0]!.fake.isEnded()).toBe(true);
  sessions[0]!.waiting.shift()!();
  model.seek(11);
  await model.openSource(source("again"));
  expect(sessions[0]!.seeks).toEqual([1000, 7]);
  expect([model.target, ...moments]).toEqual([1000, 1000]);
});

test("a refusal leaves what is open; it is over when it is dismissed, or something is opened", async () => {
  let told = 0;
  model.addEventListener("refused", () => told++);
  model.refuse("a folder", FAULT);
  expect(model.opened?.title).toBe("first");
  expect(model.refused?.fault).toBe(FAULT);
  model.seek(7);
  await sessions[0]!.release();
  await vi.waitFor(() => expect(model.moment?.event).toBe(7));
  model.dismiss();
  expect([model.refused, told]).toEqual([undefined, 2]);
  model.refuse("a folder", FAULT);
  await model.openSource(source("second"));
  expect([model.refused, told]).toEqual([undefined, 4]);
});

test("a refusal while something is opened stands beside it; with nothing open it is a failure", async () => {
  const opening = model.openSource(source("second"));
  model.refuse("a folder", FAULT);
  expect(model.state.is).toBe("loading");
  await opening;
  expect([model.opened?.title, model.refused?.fault]).toEqual(["second", FAULT]);
  model.cancel();
  model.refuse("a folder", FAULT);
  expect(model.state).toEqual({ is: "failed", title: "a folder", fault: FAULT });
});

test.each(["opens", "is refused", "cannot be read"])(
  "a drop that %s late gives way to what was chosen meanwhile",
  async (outcome) => {
    let settle = (_: readonly PlacedFile[]) => {};
    let fail = (_: unknown) => {};
    const placed = new Promise<readonly PlacedFile[]>((done, failed) => ([settle, fail] = [done, failed]));
    const dropping = openPlaced(model, placed);
    await model.openSource(source("newer"));
    if (outcome === "opens") settle([{ path: "older/trace.txt", file: new File([], "trace.txt") }]);
    else if (outcome === "is refused") settle([]);
    else fail(new Error("gone"));
    await dropping;
    expect(model.opened?.title).toBe("newer");
    expect(model.refused).toBeUndefined();
  },
);

test("a drop that nothing came after is opened", async () => {
  const file = new File([], "trace.txt");
  await openPlaced(model, Promise.resolve([{ path: "dropped/trace.txt", file }]));
  expect(model.opened?.title).toBe("dropped");
});

test("picked files are counted as dropped ones are", async () => {
  const file = new File([], "a.txt");
  await openPlaced(model, Array(1001).fill({ path: "heap/a.txt", file }));
  expect(model.opened?.title).toBe("first");
  expect(model.refused?.fault.place).toBe("heap");
});

const busyOn = (work: string | undefined) => vi.waitFor(() => expect(model.busy?.work).toBe(work));

test("a seek that takes long is busy; to stop it is to look at where it has come to", async () => {
  const [session] = sessions;
  session!.stopsAt = 3;
  model.seek(7);
  expect(model.busy).toBeUndefined();
  await busyOn("seek");
  expect(session!.stopped).toEqual([]);
  model.stop();
  await vi.waitFor(() => expect(session!.stopped).toEqual([["seek", 2]]));
  await session!.release();
  await vi.waitFor(() => expect(model.moment?.event).toBe(3));
  expect([model.target, model.busy]).toEqual([3, undefined]);
});

test("a seek that takes long gives way to a newer one, and is not shown", async () => {
  const [session] = sessions;
  session!.stopsAt = 3;
  model.seek(7);
  await busyOn("seek");
  model.seek(9);
  await vi.waitFor(() => expect(session!.stopped).toEqual([["seek", 2]]));
  await session!.release();
  await vi.waitFor(() => expect(session!.seeks).toEqual([1000, 7, 9]));
  session!.stopped.length = 0;
  await session!.release();
  await vi.waitFor(() => expect(model.moment?.event).toBe(9));
  expect(moments).toEqual([9]);
});

test("a column is unwanted when another moment is: it is stopped when it takes long, and says nothing", async () => {
  const [session] = sessions;
  const column = model.column("age");
  await vi.waitFor(() => expect(session!.waiting).toHaveLength(1));
  model.seek(7);
  expect(session!.stopped).toEqual([]);
  await vi.waitFor(() => expect(session!.stopped).toContainEqual(["column", 1]));
  await session!.release();
  expect(await column).toBeUndefined();
  const again = model.column("age");
  await vi.waitFor(() => expect(model.busy).toBeDefined());
  model.stop();
  await session!.release();
  await session!.release();
  expect(await again).toBe("stopped");
});
