// The lookups of xarray explored exhaustively beside a writer, and each mutation found out.
import { describe, test } from "vitest";
import { NEVER_HAD, NO_FURTHER, READS_FREED, type XarrayMutation, xarray } from "./models/xarray.js";
import { finds, proves } from "./prove.js";

const OPERATIONS = 6;

describe("xarray", () => {
  test("runs, pages and whole nodes stored, one reader", () => proves(xarray(OPERATIONS)));

  const mutations: [XarrayMutation, string][] = [
    ["breaks not counted", NEVER_HAD],
    ["breaks counted before the siblings are values", NEVER_HAD],
    ["breaks not looked at again", NEVER_HAD],
    ["siblings before the first slot", NEVER_HAD],
    ["node published before it is complete", NEVER_HAD],
    ["freed without a grace period", READS_FREED],
    ["an entry that has gone counts as none", NEVER_HAD],
    ["entries go before the node is unlinked", NO_FURTHER],
    ["the first slot's entry that has gone is taken for its owner", NEVER_HAD],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule) => finds(xarray(OPERATIONS, mutation), rule));
});
