/**
 * Agents that count on threads of their own: what they hold is what the ledger says, limits stand, and one that is
 * terminated anywhere leaves its charges and nothing else.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Container } from "../../src/index.js";
import { Ledger } from "../../src/index.js";
import type { SharedLedger } from "../../src/ledger/sharing.js";
import { recoverOnExit } from "../../src/node/recover-on-exit.js";
import { Random, seedOf } from "../model/random-history.js";
import { moduleOf } from "../model/subjects.js";

const MIDDLE_MAX = 3000;
const TOP_MAX = 5000;

/** Two limits, one above the other, and three leaves below each of two containers in the middle. */
class Tree {
  readonly ledger: Ledger;
  readonly top: Container;
  readonly middles: readonly Container[];
  readonly leaves: readonly Container[];

  constructor(module: string) {
    this.ledger = Ledger.open(moduleOf(module), { nrFrames: 64, maxContainers: 16, maxPids: 4, agents: 4 });
    this.top = this.ledger.createContainer({ name: "top", maxPages: TOP_MAX });
    this.middles = ["x", "y"].map((name) =>
      this.ledger.createContainer({ name, parent: this.top, maxPages: MIDDLE_MAX }),
    );
    this.leaves = this.middles.flatMap((parent) =>
      ["a", "b", "c"].map((name) => this.ledger.createContainer({ name, parent })),
    );
  }

  start(handle: SharedLedger, seed: number, rounds: number): Worker {
    return new Worker(new URL("./worker.mjs", import.meta.url), {
      workerData: {
        handle,
        seed,
        rounds,
        leaves: this.leaves.map(({ id }) => id),
        progress: new SharedArrayBuffer(64),
      },
    });
  }

  /** Counted pages of all leaves, which limits and every level's usage must agree with. */
  settle(where: string): number {
    this.ledger.drain();
    expect(this.ledger.audit(), where).toEqual({ differences: 0, list: [] });
    const pages = this.leaves.reduce((n, leaf) => n + leaf.counted().pages, 0);
    expect(this.top.usage(), where).toBe(pages);
    expect(pages, where).toBeLessThanOrEqual(TOP_MAX);
    for (const middle of this.middles) expect(middle.usage(), where).toBeLessThanOrEqual(MIDDLE_MAX);
    expect(this.top.counted({ exact: true }).total[1], where).toBe(pages);
    return pages;
  }
}

test("two threads: each page that they hold is counted, and no other", async () => {
  const tree = new Tree("shared/column");
  const seed = seedOf(17);
  const held = await Promise.all(
    [0, 1].map(async (i) => {
      const worker = tree.start(tree.ledger.share(), seed + i, 200_000);
      const exit = once(worker, "exit");
      const found = await new Promise<[number, number][]>((resolve, reject) => {
        worker.on("error", reject);
        worker.on("message", (said) => {
          if (said !== "attached") resolve(said.held);
        });
      });
      await exit;
      return new Map(found);
    }),
  );
  const pages = tree.settle(`PAGELEDGER_SEED=${seed}`);
  for (const leaf of tree.leaves) {
    const expected = held.reduce((n, each) => n + each.get(leaf.id)!, 0);
    expect(leaf.counted().pages).toBe(expected);
    leaf.uncharge(expected, 1);
  }
  expect(pages).toBeGreaterThan(0);
  expect(tree.settle("at the end")).toBe(0);
});

test.each(["shared/column", "debug/shared-column"])("%s: terminated again and again", async (module) => {
  const tree = new Tree(module);
  const seed = seedOf(1917);
  const random = new Random(seed);
  for (let round = 0; round < 8; round++) {
    const where = `round ${round}, PAGELEDGER_SEED=${seed}`;
    const ends = [0, 1].map(async (i) => {
      const handle = tree.ledger.share();
      const worker = tree.start(handle, seed + round * 2 + i, -1);
      const recovered = recoverOnExit(tree.ledger, worker, handle);
      await once(worker, "message");
      await new Promise((resolve) => setTimeout(resolve, random.below(15)));
      await worker.terminate();
      await recovered;
    });
    await Promise.all(ends);
    expect(tree.ledger.agents()).toHaveLength(1);
    tree.settle(where);
    // Some of what the dead have charged goes, so that there is room to go on.
    for (const leaf of tree.leaves) leaf.uncharge(Math.floor(leaf.counted().pages / 2), 1);
    tree.settle(where);
  }
  for (const leaf of tree.leaves) leaf.uncharge(leaf.counted().pages, 1);
  expect(tree.settle("at the end")).toBe(0);
});
