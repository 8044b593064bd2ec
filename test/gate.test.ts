// The gate: what it says of results that are whole, in part, beyond a limit, or missing.
import { describe, expect, test } from "vitest";
import { judge } from "../bench/gate.mjs";
import { PROMISES } from "../bench/lib/promises.mjs";

const GRID = {
  designs: ["palette", "radix"],
  densities: [0.5, 1],
  patterns: ["uniform"],
  recountDensities: [1],
  events: [1e5, 1e8],
  frames: { lookup: [2 ** 20, 2 ** 24], versus: [2 ** 24], recount: [2 ** 24] },
};

interface Cell {
  readonly frames: number;
  readonly design: string;
  readonly density: number;
  readonly ratio: number;
}

/** Results of lookups alone, with the ratio of wasm to C in each cell. */
function lookups(cells: readonly Cell[], native: object | null = { compiler: "cc" }) {
  const results = {
    cells: cells.map(({ ratio, ...cell }) => ({
      ...cell,
      pattern: "uniform",
      question: "owner",
      ratios: native === null ? {} : { "C scalar": { median: ratio } },
    })),
  };
  return (suite: string) =>
    suite === "lookup"
      ? { isThere: true, results, parameters: native === null ? {} : { native } }
      : { isThere: false, results: {}, parameters: {} };
}

const cellsOf = (frames: number, ratio: number): Cell[] =>
  GRID.designs.flatMap((design) => GRID.densities.map((density) => ({ frames, design, density, ratio })));
const promised = (id: string) => PROMISES.find((p) => p.id === id)!;
const judged = (id: string, read: ReturnType<typeof lookups>, kind = "full") =>
  judge(promised(id), kind, read, GRID);

describe("one promise", () => {
  test("passes where the whole grid is within the limit, and fails where its mean is not", () => {
    expect(judged("lookup-over-c-20", lookups(cellsOf(2 ** 20, 1.3)))).toMatchObject({
      status: "pass",
      wanted: "≤ 1.35",
      point: 2,
    });
    const slow = judged("lookup-over-c-20", lookups(cellsOf(2 ** 20, 1.4)));
    expect([slow.status, slow.measured?.toFixed(3)]).toEqual(["FAIL", "1.400"]);
  });

  test("a mean over a part of the grid decides nothing", () => {
    for (const ratio of [1, 2])
      expect(judged("lookup-over-c-20", lookups(cellsOf(2 ** 20, ratio).slice(1)))).toMatchObject({
        status: "n/a",
        reason: "measured in part: 3 of 4 cells of the grid",
      });
  });

  test("a worst figure over a part fails beyond the limit, and passes never", () => {
    const one = (ratio: number) => lookups([{ frames: 2 ** 24, design: "radix", density: 1, ratio }]);
    expect(judged("radix-interleaved-24", one(0.7)).status).toBe("FAIL");
    expect(judged("radix-interleaved-24", one(0.6))).toMatchObject({
      status: "n/a",
      reason: "measured in part: without density 1/2",
    });
  });

  test("says why there is no figure", () => {
    const reasonOf = (id: string, read: ReturnType<typeof lookups>, kind?: string) =>
      judged(id, read, kind).reason;
    expect(reasonOf("flat", lookups([]))).toBe("flat was not run");
    expect(reasonOf("lookup-over-c-24", lookups(cellsOf(2 ** 20, 1)))).toBe(
      "the last run of lookup did not measure it",
    );
    const bare = lookups(cellsOf(2 ** 20, 1), null);
    expect(reasonOf("lookup-over-c-20", bare)).toBe("no C compiler where it was measured");
    expect(reasonOf("lookup-over-c-26", lookups(cellsOf(2 ** 20, 1)), "quick")).toBe(
      "not part of a quick run",
    );
  });
});

test("every point of what must be shown is gated, by a name of its own", () => {
  expect(new Set(PROMISES.map(({ id }) => id)).size).toBe(PROMISES.length);
  for (const point of [2, 3, 4, 5, 6])
    expect(
      PROMISES.some((p) => p.point === point && p.limit !== undefined),
      `point ${point}`,
    ).toBe(true);
});
