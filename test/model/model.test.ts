/**
 * Random histories against the naive ledger: every design, what ships and what checks itself, in lockstep.
 */
import { expect, test } from "vitest";
import { Err } from "../../src/abi.js";
import { frozenBytes, naiveStateOf, stateOf } from "./compare.js";
import { NaiveLedger } from "./naive-ledger.js";
import {
  DENSE,
  HOSTILE,
  RandomHistory,
  SPARSE,
  type Space,
  seedOf,
  type Vocabulary,
} from "./random-history.js";
import { type Build, openAll, type Subject } from "./subjects.js";

interface Plan {
  readonly space: Space;
  readonly vocabulary: Vocabulary;
  readonly nrOps: number;
  /** Operations between two comparisons of everything. */
  readonly compareEvery: number;
  /** One operation in so many is watched for traces of a refusal; 0 = none. */
  readonly watchOneIn: number;
  readonly seed: number;
  /** Modules for a memory of their own, unless said otherwise. */
  readonly builds?: readonly Build[];
}

const SINGLE: readonly Build[] = ["release", "debug"];
const SHARED: readonly Build[] = ["shared", "shared, debug"];

const SHARED_PLAN = { builds: SHARED, compareEvery: 250, watchOneIn: 16 };

const PLANS: readonly Plan[] = [
  { space: DENSE, vocabulary: "strict", nrOps: 60_000, compareEvery: 250, watchOneIn: 16, seed: 42 },
  { space: DENSE, vocabulary: "both", nrOps: 40_000, compareEvery: 250, watchOneIn: 16, seed: 43 },
  { space: HOSTILE, vocabulary: "both", nrOps: 20_000, compareEvery: 250, watchOneIn: 8, seed: 44 },
  { space: SPARSE, vocabulary: "strict", nrOps: 15_000, compareEvery: 2500, watchOneIn: 0, seed: 45 },
  { space: SPARSE, vocabulary: "both", nrOps: 10_000, compareEvery: 2500, watchOneIn: 0, seed: 46 },
  { ...SHARED_PLAN, space: DENSE, vocabulary: "strict", nrOps: 12_000, seed: 47 },
  { ...SHARED_PLAN, space: HOSTILE, vocabulary: "both", nrOps: 8_000, seed: 48 },
];

const ERROR_NAME = new Map<number, string>(Object.entries(Err).map(([name, code]) => [code, name]));

for (const plan of PLANS) {
  const seed = seedOf(plan.seed);
  const shared = plan.builds === undefined ? "" : ", in shared memory";
  const title = `${plan.space.name}${shared}, ${plan.vocabulary}: ${plan.nrOps} operations, PAGELEDGER_SEED=${seed}`;
  test(title, () => {
    const history = new RandomHistory(seed, plan.space, plan.vocabulary);
    const model = new NaiveLedger(plan.space.nrFrames, plan.space.maxContainers, plan.space.maxPids);
    const subjects = openAll(plan.space, plan.builds ?? SINGLE);
    for (let i = 0; i < plan.nrOps; i++) {
      const op = history.next(model);
      const where = `operation ${i} [${op[0] & 0xff} ${op}], PAGELEDGER_SEED=${seed}`;
      const expected = model.run(...op);
      const isWatched = plan.watchOneIn > 0 && expected !== Err.OK && i % plan.watchOneIn === 0;
      for (const subject of subjects) {
        const before = isWatched ? frozenBytes(subject.core) : undefined;
        const got = step(subject, op, where);
        if (got !== expected)
          expect.fail(
            `${subject.name}: ${ERROR_NAME.get(got)} instead of ${ERROR_NAME.get(expected)} at ${where}`,
          );
        if (before !== undefined && Buffer.compare(before, frozenBytes(subject.core)) !== 0)
          expect.fail(`${subject.name}: a refusal left traces at ${where}`);
      }
      if ((i + 1) % plan.compareEvery === 0) compareAll(subjects, model, history.pfns, where);
    }
  });
}

function step({ name, core }: Subject, op: readonly [number, number, number], where: string): number {
  try {
    return core.runOne(...op);
  } catch (cause) {
    throw new Error(`${name} stopped at ${where}`, { cause });
  }
}

function compareAll(
  subjects: readonly Subject[],
  model: NaiveLedger,
  pfns: readonly number[],
  where: string,
): void {
  const expected = naiveStateOf(model, pfns);
  for (const { name, core } of subjects) {
    expect(stateOf(core, pfns), `${name} after ${where}`).toEqual(expected);
    expect(core.audit(), `audit of ${name} after ${where}`).toBe(0);
  }
}
