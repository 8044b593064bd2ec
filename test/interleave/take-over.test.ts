// Uncharging what another agent has charged, explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import { ONCE, RIGHTFUL, type TakeOverMutation, type TakeOverOptions, takeOver } from "./models/take-over.js";
import { finds, proves } from "./prove.js";

describe("take-over", () => {
  test("an owner and two takers, who may", () => proves(takeOver({ takers: 2 })));
  test("two takers who may not, or not both", () =>
    proves(takeOver({ takers: 2, wrong: true }), [
      "owner drain",
      "owner draining",
      "owner drain owned",
      "owner drained",
    ]));

  const mutations: [TakeOverMutation, string, Partial<TakeOverOptions>][] = [
    ["counted before owned", RIGHTFUL, {}],
    ["moves not asked again", RIGHTFUL, {}],
    ["moves never odd", RIGHTFUL, {}],
    ["takes not asked again", RIGHTFUL, {}],
    ["drained pages leave before they come", RIGHTFUL, {}],
    ["no turns", RIGHTFUL, {}],
    ["no turns", ONCE, { wrong: true }],
    ["the turn ends before the page is uncharged", ONCE, { wrong: true }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(takeOver({ takers: 2, ...more, mutation }), rule),
  );
});
