// Competitors that are opened again and again: who runs, how often, in which order, and what becomes of the samples.
import { describe, expect, test } from "vitest";
import { sequence } from "../../../src/argue/machine.js";
import { type Entrant, figureOf, ratio, type Timings, trials } from "../../../src/argue/trials.js";
import { ChecksumError } from "../../../src/measure/index.js";

/** Takes as long as it is told, on a clock of its own. */
function entrants(costs: Readonly<Record<string, number>>, opened: string[], questions = 1) {
  let lastNs = 0;
  const all = Object.entries(costs).map(
    ([name, ns]): Entrant => ({
      name,
      open: () => {
        opened.push(name);
        return Array.from({ length: questions }, (_, question) => () => {
          lastNs = ns * (question + 1);
          return 7;
        });
      },
    }),
  );
  const sampler = (run: () => void) => {
    run();
    return lastNs;
  };
  return { all, sampler };
}

const noPause = async () => {};

test("each is opened so often, in changing order, and runs so often for each question", async () => {
  const opened: string[] = [];
  const { all, sampler } = entrants({ a: 100, b: 200, c: 400 }, opened, 2);
  const pauses: number[] = [];
  const plan = { items: 10, openings: 6, rounds: 3, sampler };
  const [first, second] = await trials(all, plan, sequence(1), async (opening) => {
    pauses.push(opening);
  });
  expect(pauses).toEqual([0, 1, 2, 3, 4, 5]);
  const orders = Array.from({ length: 6 }, (_, i) => opened.slice(3 * i, 3 * i + 3));
  for (const order of orders) expect([...order].sort()).toEqual(["a", "b", "c"]);
  expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  expect(first!.get("b")!.openings).toEqual(Array.from({ length: 6 }, () => [20, 20, 20]));
  expect(second!.get("b")!.openings[5]).toEqual([40, 40, 40]);
  expect(ratio(first!, "c", "a", "c to a")).toEqual({ label: "c to a", mean: 4, low: 4, high: 4 });
  expect(ratio(first!, "c", "nobody", "")).toBeUndefined();
});

test("who answers something else is found out; nobody, nothing", async () => {
  const { all, sampler } = entrants({ a: 1, b: 1 }, []);
  const liar: Entrant = { name: "liar", open: () => [() => 8] };
  const plan = { items: 1, openings: 6, rounds: 1, sampler };
  await expect(trials([...all, liar], plan, sequence(1), noPause)).rejects.toThrow(ChecksumError);
  expect(await trials([], plan, sequence(1), noPause)).toEqual([]);
});

test("a pause that throws ends it", async () => {
  const opened: string[] = [];
  const { all, sampler } = entrants({ a: 1 }, opened);
  const plan = { items: 1, openings: 6, rounds: 1, sampler };
  const stop = async (opening: number) => {
    if (opening === 2) throw new Error("stop");
  };
  await expect(trials(all, plan, sequence(1), stop)).rejects.toThrow("stop");
  expect(opened).toHaveLength(2);
});

describe("intervals", () => {
  const timings = (a: number[][], b: number[][]): Timings =>
    new Map([
      ["a", { name: "a", openings: a }],
      ["b", { name: "b", openings: b }],
    ]);
  const even = Array.from({ length: 9 }, () => [10, 10, 10]);

  test("one spoilt opening and one spoilt round in each of the others move nothing", () => {
    const spoilt = even.map((_, i) => (i === 4 ? [90, 90, 90] : [10, 900, 10]));
    expect(figureOf(timings(spoilt, even).get("a")!)).toMatchObject({ value: 10, low: 10, high: 10 });
    expect(ratio(timings(spoilt, even), "a", "b", "")).toMatchObject({ mean: 1, low: 1, high: 1 });
  });

  test("rounds do not narrow what openings differ by", () => {
    // Alike within each opening, ten in a hundred apart between them: 27 samples, but nine that count.
    const shifting = even.map((_, i) => [9 + (i % 3), 9 + (i % 3), 9 + (i % 3)]);
    const { low, high } = ratio(timings(shifting, even), "a", "b", "")!;
    expect([low, high]).toEqual([0.9, 1.1]);
  });

  test("a machine that slows down slows both: the ratio is taken round by round", () => {
    const slowing = even.map((_, i) => [10 * (i + 1), 20 * (i + 1), 30 * (i + 1)]);
    const twice = slowing.map((rounds) => rounds.map((ns) => 2 * ns));
    expect(ratio(timings(twice, slowing), "a", "b", "")).toMatchObject({ mean: 2, low: 2, high: 2 });
  });
});
