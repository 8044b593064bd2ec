/**
 * Agents on real threads, a short form of `npm run torture`; and steps left out, which it must find.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { seedOf } from "../model/random-history.js";
import { DESIGN_NAMES, retiringDesigns } from "../model/subjects.js";

interface Options {
  readonly design: string;
  readonly ops: number;
  readonly agents: number;
  readonly seed: number;
  readonly build?: "release" | "debug" | "torture";
  readonly mutation?: number;
  readonly kill?: boolean;
  readonly counting?: boolean;
  readonly lockless?: boolean;
  readonly deathsMax?: number;
  readonly limitMs?: number;
}
interface Outcome {
  readonly violations: readonly string[];
  readonly done: number;
  readonly deaths: number;
}
const toolUrl = (path: string) => new URL(`../../tools/${path}`, import.meta.url);
const { torture } = (await import(/* @vite-ignore */ toolUrl("torture/torture.mjs").href)) as {
  torture(options: Options): Promise<Outcome>;
};
const mutations = JSON.parse(readFileSync(toolUrl("mutations.json"), "utf8")) as {
  number: number;
  name: string;
  kill?: boolean;
  counting?: boolean;
  lockless?: boolean;
}[];

const RETIRING = retiringDesigns();
const seed = seedOf(2008);
/** Far more than a run takes: a machine that is busy ends sooner, a mutation that is not found ends here. */
const LONG_MS = 60_000;

const options = (design: string, more: Partial<Options>): Options => ({
  design,
  ops: 200_000,
  agents: 3,
  seed,
  ...more,
});

describe.each(DESIGN_NAMES)("%s", (design) => {
  test.each([2, 3])(`%i agents that write and read in turns, PAGELEDGER_SEED=${seed}`, async (agents) => {
    const { violations, done } = await torture(options(design, { agents }));
    expect(violations).toEqual([]);
    expect(done).toBeGreaterThanOrEqual(200_000);
  });
});

test("designs whose readers follow addresses are among them", () => {
  expect(RETIRING).toEqual(expect.arrayContaining(["palette", "radix-rcu", "page-cgroup-rcu", "xarray"]));
});

describe.each(RETIRING)("%s", (design) => {
  test("freed memory poisoned, readers that dawdle", { timeout: LONG_MS }, async () => {
    const { violations, done } = await torture(
      options(design, { build: "torture", ops: 400_000, agents: 4 }),
    );
    expect(violations).toEqual([]);
    expect(done).toBeGreaterThanOrEqual(400_000);
  });

  test("workers terminated anywhere, and recovered", { timeout: LONG_MS }, async () => {
    const { violations, deaths } = await torture(
      options(design, {
        build: "torture",
        ops: Number.POSITIVE_INFINITY,
        agents: 3,
        kill: true,
        deathsMax: 9,
      }),
    );
    expect(violations).toEqual([]);
    expect(deaths).toBeGreaterThanOrEqual(9);
  });
});

describe("pages charged by number as well", () => {
  const counting = { counting: true, agents: 3 };
  test("frames, counted pages and statistics add up", { timeout: LONG_MS }, async () => {
    const { violations, done } = await torture(options("column", counting));
    expect(violations).toEqual([]);
    expect(done).toBeGreaterThanOrEqual(200_000);
  });

  test.each(["release", "debug"] as const)(
    "workers terminated anywhere: after each all adds up, %s",
    { timeout: LONG_MS },
    async (build) => {
      const { violations, deaths } = await torture(
        options("column", { ...counting, build, ops: Number.POSITIVE_INFINITY, kill: true, deathsMax: 12 }),
      );
      expect(violations).toEqual([]);
      expect(deaths).toBeGreaterThanOrEqual(12);
    },
  );
});

describe.each(["column", "palette"])("%s, pages charged without the lock", (design) => {
  const lockless = { lockless: true };
  test.each(["release", "torture"] as const)(
    "agents that meet in blocks, words and slots, %s",
    { timeout: LONG_MS },
    async (build) => {
      const { violations, done } = await torture(
        options(design, { ...lockless, build, ops: 1_000_000, agents: 4 }),
      );
      expect(violations).toEqual([]);
      expect(done).toBeGreaterThanOrEqual(1_000_000);
    },
  );

  test.each(["release", "debug"] as const)(
    "workers terminated anywhere, and recovered, %s",
    { timeout: LONG_MS },
    async (build) => {
      const { violations, deaths } = await torture(
        options(design, {
          ...{ ...lockless, build, counting: true, kill: true },
          ops: Number.POSITIVE_INFINITY,
          agents: 3,
          deathsMax: 12,
        }),
      );
      expect(violations).toEqual([]);
      expect(deaths).toBeGreaterThanOrEqual(12);
    },
  );
});

/** The quickest to be found; `npm run torture -- --mutations` runs them all. */
const QUICK: readonly (readonly [design: string, mutation: number])[] = [
  ["palette", 3],
  ["radix-rcu", 1],
  ["page-cgroup-rcu", 8],
  ["column", 12],
  ["xarray", 17],
  ["palette", 18],
];

describe("a step left out is found", () => {
  const named = QUICK.map(([design, mutation]) => {
    const {
      name,
      kill = false,
      counting = false,
      lockless = false,
    } = mutations.find(({ number }) => number === mutation)!;
    return [design, name, { mutation, kill, counting, lockless }] as const;
  });
  test.each(named)("%s: %s", { timeout: 2 * LONG_MS }, async (design, _name, wrong) => {
    const { violations } = await torture(
      options(design, {
        ...wrong,
        ops: Number.POSITIVE_INFINITY,
        agents: 4,
        limitMs: LONG_MS,
      }),
    );
    expect(violations.length).toBeGreaterThan(0);
  });
});
