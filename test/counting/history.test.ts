/**
 * Random histories of counted charges, limits, removals and pages of frames, against the naive model.
 */
import { expect, test } from "vitest";
import { Container, Err, Op, PAGES_MAX, StockPolicy } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { Random, seedOf } from "../model/random-history.js";
import { moduleOf } from "../model/subjects.js";
import { NaiveCounts } from "./naive-counts.js";

const IDS = 24;
const KINDS = 8;
const nonNegative = (counts: readonly number[]) => counts.map((n) => Math.max(0, n));

/** Everything that both say, by container. */
function compare(core: Core, model: NaiveCounts, where: string): void {
  core.counting.flush(true);
  for (let id = 1; id <= IDS; id++) {
    const c = model.containers.get(id);
    expect(core.isUsed(id), `${where}: container ${id}`).toBe(c !== undefined);
    if (c === undefined) continue;
    const stats = core.counting.stats(id);
    const found = {
      usage: core.containerWord(id, Container.usagePages) - core.counting.stocked(id),
      pages: core.counting.pages(id),
      failCount: core.containerWord(id, Container.failCount),
      ...stats,
    };
    expect(found, `${where}: container ${id}`).toEqual({
      usage: model.usage(id),
      pages: c.pages,
      failCount: c.failCount,
      own: nonNegative(c.own),
      total: nonNegative(c.total),
    });
  }
  expect(core.audit(), where).toBe(0);
}

/** What `expect` would say, without its price in a million turns. */
function agree(found: number, expected: number, where: string): void {
  if (found !== expected) throw new Error(`${where}: answers ${found}, not ${expected}`);
}

/** With `lowers`, limits fall below the usage too: then a stock of the kernel's policies can still be charged. */
function play(core: Core, nrOps: number, seed: number, lowers = true): void {
  const random = new Random(seed);
  const model = new NaiveCounts();
  const id = () => 1 + random.below(IDS);
  const pagesOf = () => random.pick([0, 1, 1, 1, 2, 3, 17, 64, 65, 500, 5000]);
  const limit = () => random.pick([0, 10, 100, 1000, 20_000, PAGES_MAX, PAGES_MAX]);
  for (let i = 0; i < nrOps; i++) {
    const where = `operation ${i}, PAGELEDGER_SEED=${seed}`;
    const way = random.below(1000);
    const a = id();
    const pages = pagesOf();
    const kind = random.below(KINDS);
    if (way < 480) {
      agree(core.counting.charge(a, pages, kind), model.charge(a, pages, kind), where);
    } else if (way < 960) {
      agree(core.counting.uncharge(a, pages, kind), model.uncharge(a, pages, kind), where);
    } else if (way < 975) {
      const parent = random.below(IDS + 1);
      const max = limit();
      agree(core.runOne(Op.CONTAINER_CREATE | (parent << 16), a, max), model.create(a, parent, max), where);
    } else if (way < 985) {
      const max = limit();
      if (!lowers && core.containerWord(a, Container.usagePages) >= max) continue;
      agree(core.runOne(Op.CONTAINER_SET_MAX, a, max), model.setMax(a, max), where);
    } else if (way < 990) {
      agree(core.runOne(Op.CONTAINER_REMOVE, a, 0), model.remove(a), where);
    } else if (way < 992) {
      core.counting.drain();
      expect(core.counting.stocked(0), where).toBe(0);
    }
    if (i % 10_000 === 0) compare(core, model, where);
  }
  compare(core, model, "at the end");
  for (const [held, c] of model.containers) {
    expect(core.counting.uncharge(held, c.pages, 0)).toBe(Err.OK);
  }
  core.counting.drain();
  expect(core.audit()).toBe(0);
  for (let n = 1; n <= IDS; n++) expect(core.containerWord(n, Container.usagePages)).toBe(0);
}

const open = (name: string) => new Core(moduleOf(name), { nrFrames: 64, maxContainers: IDS + 1, maxPids: 4 });

test("one million operations", () => {
  play(open("column"), 1_000_000, seedOf(1906));
});

test.each(["debug/column", "shared/column", "debug/shared-column"])("%s: as the model", (name) => {
  play(open(name), 100_000, seedOf(2710));
});

test.each([
  ["naive", StockPolicy.NAIVE],
  ["one slot", StockPolicy.ONE_SLOT],
  ["seven slots", StockPolicy.SEVEN_SLOTS],
])("policy %s: as the model", (_name, policy) => {
  const core = open("debug/column");
  expect(core.counting.setPolicy(policy)).toBe(Err.OK);
  play(core, 50_000, seedOf(711), policy === StockPolicy.NAIVE);
});
