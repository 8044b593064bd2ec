/**
 * Random histories against the naive ledger: every design, what ships and what checks itself, in lockstep.
 *
 * `npm run model -- --ops 1000000` is this test with so many operations, and a table of what each design has been through:
 * it sets PAGELEDGER_OPS, PAGELEDGER_DESIGNS and PAGELEDGER_SEED.
 */
import { afterAll, expect, test } from "vitest";
import { plansOf, runInLockstep, type Tally } from "./lockstep.js";
import { seedOf } from "./random-history.js";
import { DESIGN_NAMES, moduleName } from "./subjects.js";

/** A slow machine takes a millisecond for an operation of all designs. */
const MS_PER_OP = 10;

const { PAGELEDGER_OPS, PAGELEDGER_DESIGNS } = process.env;
const totalOps = PAGELEDGER_OPS === undefined ? undefined : Number(PAGELEDGER_OPS);
const designs = PAGELEDGER_DESIGNS?.split(",") ?? DESIGN_NAMES;
const tallies = new Map<string, Tally>();

for (const plan of plansOf(totalOps)) {
  const shared = plan.builds.includes("shared") ? ", in shared memory" : "";
  const title = `${plan.space.name}${shared}, ${plan.vocabulary}: ${plan.nrOps} operations, PAGELEDGER_SEED=${seedOf(plan.seed)}`;
  test(title, { timeout: Math.max(300_000, plan.nrOps * MS_PER_OP) }, () =>
    runInLockstep(plan, designs, tallies),
  );
}

test("every design has run every operation, and most were not refused", () => {
  const planned = new Map<string, number>();
  for (const { builds, nrOps } of plansOf(totalOps))
    for (const build of builds)
      for (const design of designs) {
        const name = moduleName(build, design);
        planned.set(name, (planned.get(name) ?? 0) + nrOps);
      }
  expect([...tallies.keys()].sort()).toEqual([...planned.keys()].sort());
  for (const [name, tally] of tallies) {
    const all = planned.get(name)!;
    expect([tally.operations, tally.differences], name).toEqual([all, 0]);
    if (all >= 1000) expect(tally.refused, name).toBeLessThan(all * 0.8);
  }
});

test("the plans share a number of operations to the last one", () => {
  for (const total of [0, 1, 7, 1_000_000, 999_999_999])
    for (const build of ["release", "shared"] as const) {
      const plans = plansOf(total).filter(({ builds }) => (builds as readonly string[]).includes(build));
      expect(plans.reduce((sum, { nrOps }) => sum + nrOps, 0)).toBe(total);
    }
});

afterAll(() => {
  if (totalOps === undefined) return;
  const row = (...cells: readonly string[]) =>
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(12))).join("")}\n`;
  process.stdout.write(row("module", "operations", "refused", "compared", "differences"));
  for (const [name, { operations, refused, comparisons, differences }] of tallies)
    process.stdout.write(row(name, ...[operations, refused, comparisons, differences].map(String)));
});
