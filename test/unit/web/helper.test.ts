// The composer's helper: its worker dies, is ended, is started anew; nothing is left behind by a question.
/// <reference types="vite/client" />
import { afterEach, expect, test, vi } from "vitest";
import { HistoryHelper } from "../../../bench/web/views/composer/helper.js";
import { type FakeWorker, fakeWorker } from "./fake-worker.js";

const started: FakeWorker[] = [];
vi.mock("../../../bench/web/app/start-worker.js", () => ({
  startWorker: () => {
    const made = fakeWorker({
      list: () => ["tenants"],
      // Never answers.
      check: () => new Promise(() => {}),
    });
    started.push(made);
    return made.worker;
  },
}));

const view = new AbortController();
const helper = new HistoryHelper(view.signal);
// biome-ignore lint/suspicious/noExplicitAny: the fake's answers are not the worker's
const list = () => helper.ask<any>(async (remote) => remote.list());
// biome-ignore lint/suspicious/noExplicitAny: no settings are needed
const stuck = () => helper.ask((remote) => remote.check({} as any));

afterEach(() => helper.end());

test("a worker that failed is ended: all questions under way fail, the next one is answered", async () => {
  const questions = [stuck(), stuck()];
  const dead = started.at(-1)!;
  dead.fail("out of memory");
  for (const question of questions) await expect(question).rejects.toThrow("out of memory");
  expect(dead.isEnded()).toBe(true);
  expect(await list()).toEqual(["tenants"]);
  expect(started.at(-1)).not.toBe(dead);
});

test("a question under way is settled by the end of the worker", async () => {
  const question = stuck();
  helper.end();
  expect(await question).toBeUndefined();
});

test("questions leave no listeners", async () => {
  await list();
  const { worker } = started.at(-1)!;
  const added = vi.spyOn(worker, "addEventListener");
  await list();
  const signals = added.mock.calls
    .filter(([type]) => type === "ended" || type === "error")
    .map(([, , options]) => (options as AddEventListenerOptions).signal);
  expect(signals).toHaveLength(2);
  for (const signal of signals) expect(signal?.aborted).toBe(true);
});

test("the view's end ends the worker", async () => {
  await list();
  const last = started.at(-1)!;
  view.abort();
  expect(last.isEnded()).toBe(true);
});
