/**
 * The same replayed history under every owner design: nothing but the index may differ.
 */
import { expect, test } from "vitest";
import { Op } from "../../src/abi.js";
import type { Core } from "../../src/core/core.js";
import { stateOf } from "./compare.js";
import { RandomHistory, type Space, seedOf } from "./random-history.js";
import { openAll, type Subject } from "./subjects.js";

const BATCH_OPS = 5000;
const NR_BATCHES = 24;
/** Before these batches the ledgers grow, and from then on the history names the new frames. */
const GROWTH = new Map([
  [4, 1500],
  [9, 2 ** 14],
  [16, 2 ** 21],
]);

const SPACE: Space = {
  name: "growing",
  nrFrames: 1024,
  // The upper half of these lies beyond the end until the ledgers have grown.
  pfns: (random) => {
    const pfns = Array.from({ length: 640 }, (_, i) => i);
    for (const base of [1024, 1280, 8192, 16000, 2 ** 20 + 64, 2 ** 21 - 64])
      for (let i = 0; i < 64; i++) pfns.push(base + i);
    for (let i = 0; i < 64; i++) pfns.push(random.below(2 ** 21));
    return pfns;
  },
  maxContainers: 24,
  maxPids: 32,
  orderMax: 6,
  hostile: 2,
};

function encode(history: RandomHistory): Uint32Array {
  const words = new Uint32Array(BATCH_OPS * 4);
  for (let i = 0; i < BATCH_OPS; i++) words.set(history.next(), i * 4);
  return words;
}

function compareAll(subjects: readonly Subject[], pfns: readonly number[], where: string): void {
  const [first, ...others] = subjects;
  const expected = outcome(first!.core, pfns);
  for (const { name, core } of others)
    expect(outcome(core, pfns), `${name} against ${first!.name}, ${where}`).toEqual(expected);
  for (const { name, core } of subjects) expect(core.audit(), `audit of ${name}, ${where}`).toBe(0);
}

const outcome = (core: Core, pfns: readonly number[]) => ({
  ...stateOf(core, pfns),
  errors: core.errorCounts(),
});

for (const build of ["release", "debug", "shared", "shared, debug"] as const)
  test(`${NR_BATCHES * BATCH_OPS} replayed operations, ${build}`, () => {
    const seed = seedOf(2007);
    const history = new RandomHistory(seed, SPACE, "replay");
    const subjects = openAll(SPACE, [build]);
    for (let batch = 0; batch < NR_BATCHES; batch++) {
      const nrFrames = GROWTH.get(batch);
      if (nrFrames !== undefined) for (const { core } of subjects) core.growFrames(nrFrames);
      const words = encode(history);
      for (const { core } of subjects) core.execute(words, BATCH_OPS, false);
      compareAll(subjects, history.pfns, `batch ${batch}, PAGELEDGER_SEED=${seed}`);
    }
  });

test("strict and replayed operations mixed, with a growth after every batch", () => {
  const seed = seedOf(2008);
  const history = new RandomHistory(seed, SPACE, "both");
  const subjects = openAll(SPACE, ["release"]);
  for (let batch = 0; batch < 6; batch++) {
    const words = encode(history);
    for (const { core } of subjects) core.execute(words, BATCH_OPS, false);
    compareAll(subjects, history.pfns, `batch ${batch}, PAGELEDGER_SEED=${seed}`);
    for (const { core } of subjects) core.growFrames(SPACE.nrFrames * 2 ** (batch + 1));
    compareAll(subjects, history.pfns, `after growth ${batch}, PAGELEDGER_SEED=${seed}`);
  }
});

test("a history has something to compare", () => {
  const history = new RandomHistory(seedOf(2007), SPACE, "replay");
  const [subject] = openAll(SPACE, ["release"]);
  const words = encode(history);
  subject!.core.execute(words, BATCH_OPS, false);
  const state = stateOf(subject!.core, history.pfns);
  expect(state.chargedPages).toBeGreaterThan(50);
  expect(state.splits).toBeGreaterThan(20);
  expect(words.filter((_, i) => i % 4 === 0).some((word) => (word & 0xff) === Op.RECHARGE)).toBe(true);
});
