/**
 * lockstep: one random history, run by the naive ledger and by every design at once.
 *
 *   operation ──► naive ledger ──► answer ─┐
 *            └──► each design  ──► answer ─┴─ the same?      every so often: everything that they say of themselves
 *
 * One refusal in so many is watched for traces: a failed operation has changed nothing.
 */
import { expect } from "vitest";
import { Err } from "../../src/abi.js";
import { frozenBytes, naiveStateOf, stateOf } from "./compare.js";
import { NaiveLedger } from "./naive-ledger.js";
import {
  CROWDED,
  DENSE,
  HOSTILE,
  HUGE,
  RandomHistory,
  SPARSE,
  type Space,
  seedOf,
  type Vocabulary,
} from "./random-history.js";
import { type Build, openAll, type Subject } from "./subjects.js";

export interface Plan {
  readonly space: Space;
  readonly vocabulary: Vocabulary;
  readonly nrOps: number;
  /** Operations between two comparisons of everything. */
  readonly compareEvery: number;
  /** One operation in so many is watched for traces of a refusal; 0 = none. */
  readonly watchOneIn: number;
  readonly seed: number;
  readonly builds: readonly Build[];
}

/** Modules for a memory of their own. */
const SINGLE = { builds: ["release", "debug"] } as const;
/** Modules for shared memory, with one agent. */
const SHARED = { builds: ["shared", "shared, debug"], compareEvery: 250, watchOneIn: 16 } as const;

const PLANS: readonly Plan[] = [
  {
    ...SINGLE,
    space: DENSE,
    vocabulary: "strict",
    nrOps: 30_000,
    compareEvery: 250,
    watchOneIn: 16,
    seed: 42,
  },
  { ...SINGLE, space: DENSE, vocabulary: "both", nrOps: 20_000, compareEvery: 250, watchOneIn: 16, seed: 43 },
  {
    ...SINGLE,
    space: HOSTILE,
    vocabulary: "both",
    nrOps: 10_000,
    compareEvery: 250,
    watchOneIn: 8,
    seed: 44,
  },
  {
    ...SINGLE,
    space: SPARSE,
    vocabulary: "strict",
    nrOps: 7_000,
    compareEvery: 2500,
    watchOneIn: 0,
    seed: 45,
  },
  {
    ...SINGLE,
    space: SPARSE,
    vocabulary: "both",
    nrOps: 5_000,
    compareEvery: 2500,
    watchOneIn: 0,
    seed: 46,
  },
  {
    ...SINGLE,
    space: CROWDED,
    vocabulary: "strict",
    nrOps: 40_000,
    compareEvery: 500,
    watchOneIn: 0,
    seed: 49,
  },
  {
    ...SINGLE,
    space: HUGE,
    vocabulary: "strict",
    nrOps: 20_000,
    compareEvery: 1000,
    watchOneIn: 0,
    seed: 51,
  },
];

const SHARED_PLANS: readonly Plan[] = [
  { ...SHARED, space: DENSE, vocabulary: "strict", nrOps: 6_000, seed: 47 },
  { ...SHARED, space: HOSTILE, vocabulary: "both", nrOps: 4_000, seed: 48 },
  {
    ...SHARED,
    space: CROWDED,
    vocabulary: "strict",
    nrOps: 4_000,
    compareEvery: 500,
    watchOneIn: 0,
    seed: 50,
  },
];

/** The plans, with so many operations in all for each module: in the usual proportions, to the last operation. */
export function plansOf(totalOps?: number): readonly Plan[] {
  return [PLANS, SHARED_PLANS].flatMap((plans) => scaled(plans, totalOps));
}

function scaled(plans: readonly Plan[], totalOps: number | undefined): readonly Plan[] {
  if (totalOps === undefined) return plans;
  const usual = plans.reduce((sum, { nrOps }) => sum + nrOps, 0);
  let before = 0;
  return plans.map((plan) => {
    const from = Math.floor((totalOps * before) / usual);
    before += plan.nrOps;
    return { ...plan, nrOps: Math.floor((totalOps * before) / usual) - from };
  });
}

/** What one module has been through. */
export interface Tally {
  operations: number;
  refused: number;
  comparisons: number;
  differences: number;
}

const ERROR_NAME = new Map<number, string>(Object.entries(Err).map(([name, code]) => [code, name]));

/** Runs a plan under the designs named, in its builds.  Fails at the first difference; tallies by module either way. */
export function runInLockstep(plan: Plan, designs: readonly string[], tallies: Map<string, Tally>): void {
  const seed = seedOf(plan.seed);
  const history = new RandomHistory(seed, plan.space, plan.vocabulary);
  const model = new NaiveLedger(plan.space.nrFrames, plan.space.maxContainers, plan.space.maxPids);
  const subjects = openAll(plan.space, plan.builds, designs);
  for (let i = 0; i < plan.nrOps; i++) {
    const op = history.next(model);
    const where = `operation ${i} [${op[0] & 0xff} ${op}], PAGELEDGER_SEED=${seed}`;
    const expected = model.run(...op);
    const isWatched = plan.watchOneIn > 0 && expected !== Err.OK && i % plan.watchOneIn === 0;
    const isCompared = (i + 1) % plan.compareEvery === 0 || i + 1 === plan.nrOps;
    const state = isCompared ? naiveStateOf(model, history.pfns) : undefined;
    for (const { name, core } of subjects) {
      const tally = tallyOf(tallies, name);
      tally.differences++; // Until it is shown that there is none.
      const before = isWatched ? frozenBytes(core) : undefined;
      const got = step({ name, core }, op, where);
      if (got !== expected)
        expect.fail(`${name}: ${ERROR_NAME.get(got)} instead of ${ERROR_NAME.get(expected)} at ${where}`);
      if (before !== undefined && Buffer.compare(before, frozenBytes(core)) !== 0)
        expect.fail(`${name}: a refusal left traces at ${where}`);
      if (state !== undefined) {
        expect(stateOf(core, history.pfns), `${name} after ${where}`).toEqual(state);
        expect(core.audit(), `audit of ${name} after ${where}`).toBe(0);
        tally.comparisons++;
      }
      tally.differences--;
      tally.operations++;
      if (expected !== Err.OK) tally.refused++;
    }
  }
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  let tally = tallies.get(name);
  if (tally === undefined) {
    tally = { operations: 0, refused: 0, comparisons: 0, differences: 0 };
    tallies.set(name, tally);
  }
  return tally;
}

function step({ name, core }: Subject, op: readonly [number, number, number], where: string): number {
  try {
    return core.runOne(...op);
  } catch (cause) {
    throw new Error(`${name} stopped at ${where}`, { cause });
  }
}
