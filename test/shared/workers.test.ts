/**
 * Agents on threads of their own: their histories add up, and one that is terminated anywhere leaves nothing behind.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { LedgerLock } from "../../src/abi.js";
import { Ledger } from "../../src/ledger/ledger.js";
import type { SharedLedger } from "../../src/ledger/sharing.js";
import { recoverOnExit } from "../../src/node/recover-on-exit.js";
import { naiveStateOf, stateOf } from "../model/compare.js";
import { NaiveLedger } from "../model/naive-ledger.js";
import { type EncodedOp, Random, RandomHistory, type Space, seedOf } from "../model/random-history.js";
import { moduleOf } from "../model/subjects.js";
import { SharedAgents } from "./agents.js";

/** One design that reads without the lock by a single load, one that retires, one that moves memory, ours. */
const DESIGNS = ["column", "radix-rcu", "page-cgroup-rcu", "section", "palette", "xarray"];

const SPACE: Space = {
  name: "half",
  nrFrames: 512,
  maxContainers: 10,
  maxPids: 16,
  orderMax: 4,
  hostile: 0,
};

const start = (handle: SharedLedger, words: Uint32Array, forever: boolean) =>
  new Worker(new URL("./worker.mjs", import.meta.url), { workerData: { handle, words, forever } });

function encoded(ops: readonly EncodedOp[]): Uint32Array {
  const words = new Uint32Array(ops.length * 4);
  ops.forEach((op, i) => {
    words.set(op, i * 4);
  });
  return words;
}

/** The same operation on frames, containers and pids of its own, `half` of them further on. */
function moved([word0, word1, word2]: EncodedOp, half: number): EncodedOp {
  const code = word0 & 0xff;
  const memcg = word0 >>> 16;
  const ids = half * (SPACE.maxContainers - 1);
  const isContainerOp = code >= 15 && code <= 17;
  const isReplayedRemove = code === 29;
  const isTaskOp = (code >= 18 && code <= 20) || code === 28;
  const isFork = code === 19 || code === 28;
  let first = word1 + half * SPACE.nrFrames;
  if (isContainerOp || isReplayedRemove) first = word1 + ids;
  if (isTaskOp) first = word1 + half * SPACE.maxPids;
  return [
    ((word0 & 0xffff) | ((memcg === 0 ? 0 : memcg + ids) << 16)) >>> 0,
    first,
    isFork ? word2 + half * SPACE.maxPids : word2,
  ];
}

const WHOLE = {
  nrFrames: SPACE.nrFrames * 2,
  maxContainers: SPACE.maxContainers * 2 - 1,
  maxPids: SPACE.maxPids * 2,
};

describe.each(DESIGNS)("%s", (design) => {
  test("two threads with frames and containers of their own: as one after the other", async () => {
    const seed = seedOf(2024);
    const shared = new SharedAgents(`shared/${design}`, { ...WHOLE, agents: 3 });
    const model = new NaiveLedger(WHOLE.nrFrames, WHOLE.maxContainers, WHOLE.maxPids);
    const exits = [0, 1].map((half) => {
      const history = new RandomHistory(seed + half, SPACE, "both");
      const own = new NaiveLedger(SPACE.nrFrames, SPACE.maxContainers, SPACE.maxPids);
      const ops = Array.from({ length: 30_000 }, () => {
        const op = history.next(own);
        own.run(...op);
        return moved(op, half);
      });
      for (const op of ops) model.run(...op);
      const ticket = shared.core.agents!.reserve()!;
      const handle = { ...ticket, memory: shared.core.memory, module: moduleOf(shared.name), names: [] };
      return once(start(handle, encoded(ops), false), "exit");
    });
    expect((await Promise.all(exits)).flat()).toEqual([0, 0]);
    const pfns = Array.from({ length: WHOLE.nrFrames }, (_, pfn) => pfn);
    expect(stateOf(shared.core, pfns)).toEqual(naiveStateOf(model, pfns));
    expect(shared.core.audit()).toBe(0);
    expect(shared.core.agents!.list().map(({ id }) => id)).toEqual([0]);
    expect(shared.lockWord(LedgerLock.holder)).toBe(0);
  });

  test("two threads on the same frames, terminated again and again", async () => {
    const seed = seedOf(1907);
    const random = new Random(seed);
    const history = new RandomHistory(seed, SPACE, "both");
    const ops = Array.from({ length: 3000 }, () => history.next());
    const ledger = Ledger.open(moduleOf(`debug/shared-${design}`), {
      nrFrames: SPACE.nrFrames,
      maxContainers: SPACE.maxContainers - 1,
      maxPids: SPACE.maxPids,
      agents: 4,
    });
    for (let round = 0; round < 6; round++) {
      const ends = [0, 1].map(async () => {
        const handle = ledger.share();
        const worker = start(handle, encoded(ops), true);
        const recovered = recoverOnExit(ledger, worker, handle);
        await once(worker, "message");
        await new Promise((resolve) => setTimeout(resolve, random.below(12)));
        await worker.terminate();
        await recovered;
      });
      await Promise.all(ends);
      expect(ledger.agents()).toMatchObject([{ id: 0, state: "attached", holdsLock: false }]);
      expect(ledger.audit(), `round ${round}, PAGELEDGER_SEED=${seed}`).toEqual({ differences: 0, list: [] });
    }
    expect(ledger.containers().length).toBeGreaterThan(0);
  });
});
