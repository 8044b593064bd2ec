/**
 * Pages charged by one agent and uncharged by another: whoever may is never refused, whatever the others do meanwhile, and no page goes
 * twice where it is asked for in turn.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Err } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { Ledger } from "../../src/index.js";
import { Random, seedOf } from "../model/random-history.js";
import { moduleOf } from "../model/subjects.js";

const CONTAINERS = 4;
const LEAF = 2;
const TAKEN = 300_000;

function open(stockPolicy: "adaptive" | "naive" = "adaptive") {
  const ledger = Ledger.open(moduleOf("shared/column"), {
    nrFrames: 64,
    maxContainers: CONTAINERS,
    maxPids: 4,
    agents: 4,
    stockPolicy,
  });
  const top = ledger.createContainer("top");
  const leaf = ledger.createContainer({ name: "leaf", parent: top });
  expect(leaf.id).toBe(LEAF);
  return { ledger, top, leaf };
}

test.each(["adaptive", "naive"] as const)(
  "two threads charge, fill and drain; a third uncharges all that they hand over, and is never refused: %s",
  async (policy) => {
    const { ledger, top, leaf } = open(policy);
    const seed = seedOf(31);
    const random = new Random(seed);
    const published = new SharedArrayBuffer(8);
    const words = new Int32Array(published);
    const taker = ledger.share();
    const core = new Core(taker.module, taker);
    const start = () =>
      new Worker(new URL("./charger.mjs", import.meta.url), {
        workerData: { handle: ledger.share(), leaf: LEAF, published, seed: 1 + random.below(2 ** 31) },
      });
    const workers = [start(), start()];
    await Promise.all(workers.map((worker) => once(worker, "message")));
    let refused = 0;
    for (let taken = 0; taken < TAKEN; ) {
      // All of it: a sum that is too small by one page refuses.
      const pages = Atomics.exchange(words, 0, 0);
      if (pages === 0) continue;
      if (core.counting.uncharge(LEAF, pages, 1) !== Err.OK) refused++;
      taken += pages;
    }
    Atomics.store(words, 1, 1);
    await Promise.all(workers.map((worker) => once(worker, "exit")));
    const where = `PAGELEDGER_SEED=${seed}`;
    expect(refused, where).toBe(0);
    const left = Atomics.load(words, 0);
    if (left > 0) expect(core.counting.uncharge(LEAF, left, 1), where).toBe(Err.OK);
    expect(core.counting.uncharge(LEAF, 1, 1), where).toBe(Err.NOT_CHARGED);
    core.detach();
    ledger.drain();
    expect([leaf.usage(), top.usage()], where).toEqual([0, 0]);
    expect(ledger.audit(), where).toEqual({ differences: 0, list: [] });
  },
);

test("one page that nobody owns, asked for by two: the second is refused, and the usage is right", () => {
  const { ledger, top, leaf } = open();
  leaf.charge(1);
  ledger.drain();
  const two = [ledger.share(), ledger.share()].map((handle) => new Core(handle.module, handle));
  expect(two.map(({ counting }) => counting.uncharge(LEAF, 1, 0))).toEqual([Err.OK, Err.NOT_CHARGED]);
  for (const core of two) core.detach();
  ledger.drain();
  expect([leaf.usage(), top.usage()]).toEqual([0, 0]);
  leaf.charge(1);
  expect(top.usage({ exact: true })).toBe(1);
});
