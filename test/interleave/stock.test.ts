// Stocks, limits, drains and deaths explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import { EXACT, HIDES, type StockMutation, type StockOptions, stock } from "./models/stock.js";
import { finds, LARGE, proves } from "./prove.js";

const small: StockOptions = { agents: 2, leaves: 1, batch: 2, leafMax: 3, rootMax: 4 };

describe("stock", () => {
  test("two agents in one container", () => proves(stock(small)));
  test("two containers below one limit", () => proves(stock({ ...small, leaves: 2 })));
  test("one of two agents dies", () => proves(stock({ ...small, deaths: true })));
  test.runIf(LARGE)("three agents, two of which die (only with INTERLEAVE=large: minutes)", () =>
    proves(stock({ ...small, agents: 3, leaves: 2, deaths: true })),
  );

  const mutations: [StockMutation, string, Partial<StockOptions>][] = [
    ["roll-back misses the leaf", EXACT, { leaves: 2 }],
    ["stock returned twice", HIDES, { deaths: true }],
    ["add in two steps", EXACT, {}],
    ["death between add and note", EXACT, { deaths: true }],
    ["stock gone before it is noted", EXACT, { deaths: true }],
    ["deaf while waiting", "deadlock", {}],
    ["drained by the asker", EXACT, {}],
    ["two recover at once", HIDES, { agents: 3, leaves: 2, deaths: true }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(stock({ ...small, ...more, mutation }), rule),
  );
});
