// The state that all views share: of many seeks and choices the last wins, whatever is under way; a worker has one source after
// the other, as long as all goes well.
/// <reference types="vite/client" />
import * as Comlink from "comlink";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { openPlaced } from "../../../bench/web/app/drop-zone.js";
import type { PlacedFile } from "../../../bench/web/app/dropped-files.js";
import { ALL_DESIGNS, LabModel } from "../../../bench/web/app/lab-model.js";
import type { LabFault, LabSource, OpenRequest } from "../../../src/lab/protocol.js";
import { type FakeWorker, fakeSessionWorker } from "./fake-worker.js";

/** A session whose seeks after the opening wait for `release`. */
class SlowSession {
  readonly seeks: number[] = [];
  /** Where a seek ends that was told to. */
  stopsAt = 0;
  readonly waiting: (() => void)[] = [];
  /** What was told to stop, and how many of it. */
  readonly stopped: unknown[][] = [];
  /** The page has left it. */
  isLeft = false;
  /** Its next answer is a trap. */
  fails = false;
  readonly api = {
    start: () => {},
    open: async ({ source }: OpenRequest) => {
      const { name: title } = source as { name: string };
      if (title === "no capture") throw FAULT;
      if (title === "endless") await new Promise(() => {});
      return { title, events: 1000, heldBytes };
    },
    seek: async (event: number) => {
      this.seeks.push(event);
      if (this.seeks.length > 1) await new Promise<void>((done) => this.waiting.push(done));
      return { event: this.stopped.length > 0 ? this.stopsAt : event };
    },
    column: async () => {
      await new Promise<void>((done) => this.waiting.push(done));
      return undefined;
    },
    blocks: () => {
      if (this.fails) throw new Error("trap");
    },
    stop: (...what: unknown[]) => this.stopped.push(what),
    [Comlink.finalizer]: () => {
      this.isLeft = true;
    },
  };

  /** Lets the seek that is under way end, once there is one. */
  async release(): Promise<void> {
    await vi.waitFor(() => expect(this.waiting.length).toBeGreaterThan(0));
    this.waiting.shift()!();
  }
}

/** Of all workers, in the order in which they began. */
let sessions: SlowSession[] = [];
let workers: FakeWorker[] = [];
/** What the next source takes. */
let heldBytes = 0;
vi.mock("../../../bench/web/app/start-worker.js", () => ({
  startWorker: () => {
    const made = fakeSessionWorker(() => {
      sessions.push(new SlowSession());
      return sessions.at(-1)!.api;
    });
    workers.push(made);
    return made.worker;
  },
}));
vi.stubGlobal("document", { baseURI: "http://laboratory.invalid/" });
afterAll(() => {
  vi.unstubAllGlobals();
  for (const { worker } of workers) worker.terminate();
});

let model: LabModel;
let moments: (number | undefined)[];
const source = (name: string): LabSource => ({ kind: "files", name, files: [] });
const MIB = 2 ** 20;
const FAULT: LabFault = {
  name: "LabFault",
  place: "a folder",
  reason: "it is empty",
  remedy: "drop another",
};

beforeEach(async () => {
  for (const { worker } of workers) worker.terminate();
  sessions = [];
  workers = [];
  heldBytes = 100 * MIB;
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
  expect(sessions.map(({ isLeft }) => isLeft)).toEqual([true, false]);
  expect(workers).toHaveLength(1);
});

test("what is opened after a close, or in its place, has its worker, and a session of its own", async () => {
  model.cancel();
  expect([model.state.is, workers[0]!.isEnded()]).toEqual(["idle", false]);
  await model.openSource(source("second"));
  await model.openSource(source("third"));
  expect(model.opened?.title).toBe("third");
  expect(sessions.map(({ isLeft }) => isLeft)).toEqual([true, true, false]);
  expect(workers).toHaveLength(1);
});

test("a question that a close left without an answer disturbs nobody", async () => {
  const column = model.column("age");
  await vi.waitFor(() => expect(sessions[0]!.waiting).toHaveLength(1));
  model.cancel();
  const opening = model.openSource(source("second"));
  // What is being opened is not asked yet.
  expect(await model.blocks()).toBeUndefined();
  expect(await model.column("age")).toBeUndefined();
  sessions[0]!.waiting.shift()!();
  await opening;
  expect(await Promise.race([column, "no answer"])).toBe("no answer");
  expect([model.busy, model.opened?.title]).toEqual([undefined, "second"]);
  expect(workers).toHaveLength(1);
});

test("a cancel while something is opened ends the worker at once; the next has another", async () => {
  void model.openSource(source("endless"));
  expect(workers[0]!.isEnded()).toBe(false);
  await vi.waitFor(() => expect(sessions).toHaveLength(2));
  model.cancel();
  expect(workers[0]!.isEnded()).toBe(true);
  await model.openSource(source("second"));
  expect(workers.map(({ isEnded }) => isEnded())).toEqual([true, false]);
});

test("what is opened while something else is ends that worker", async () => {
  void model.openSource(source("endless"));
  await vi.waitFor(() => expect(sessions).toHaveLength(2));
  await model.openSource(source("second"));
  expect(workers.map(({ isEnded }) => isEnded())).toEqual([true, false]);
  expect(model.opened?.title).toBe("second");
});

test("the worker of what took much is ended: by what all its sessions held, and by the number of its ledgers", async () => {
  heldBytes = 413 * MIB;
  await model.openSource(source("second"));
  model.cancel();
  expect(workers.map(({ isEnded }) => isEnded())).toEqual([true]);
  heldBytes = 60 * MIB;
  model.design = ALL_DESIGNS;
  await model.openSource(source("third"));
  await model.openSource(source("fourth"));
  expect(workers.map(({ isEnded }) => isEnded())).toEqual([true, true, false]);
});

test("a worker one of whose questions failed is not used again", async () => {
  sessions[0]!.fails = true;
  await expect(model.blocks()).rejects.toThrow("trap");
  model.cancel();
  expect(workers.map(({ isEnded }) => isEnded())).toEqual([true]);
});

test("a worker is not used again after a fault, nor after an error, whether it has something open or not", async () => {
  const states: string[] = [];
  await model.openSource(source("no capture"));
  states.push(model.state.is);
  await model.openSource(source("second"));
  workers[1]!.fail("out of memory");
  states.push(model.state.is);
  await model.openSource(source("third"));
  model.cancel();
  workers[2]!.fail("out of memory");
  states.push(model.state.is);
  await model.openSource(source("fourth"));
  // Of one that is gone nothing is heard any more.
  workers[2]!.fail("too late");
  states.push(model.state.is);
  expect(states).toEqual(["failed", "failed", "idle", "ready"]);
  expect(workers.map(({ isEnded }) => isEnded())).toEqual([true, true, true, false]);
});

test("a cancel during seeks closes: no moment comes after it, and seeks are ignored", async () => {
  model.seek(7);
  model.seek(9);
  await vi.waitFor(() => expect(sessions[0]!.waiting).toHaveLength(1));
  model.cancel();
  await vi.waitFor(() => expect(sessions[0]!.isLeft).toBe(true));
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
