// Sums that are added to with the lock and without it, deaths and undo explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import { EMPTY, EXACT, notedSums, type SumsMutation } from "./models/noted-sums.js";
import { finds, proves } from "./prove.js";

describe("noted-sums", () => {
  test("three agents, two of which die, beside one that counts", () => proves(notedSums({ agents: 3 })));

  const mutations: [SumsMutation, string, number][] = [
    ["old value noted", EXACT, 2],
    ["note parted from its add", EXACT, 2],
    ["add parted from its note", EXACT, 2],
    ["drop parted from its subtraction", EXACT, 3],
    ["subtraction parted from its drop", EXACT, 3],
    ["taken back without a note", EXACT, 2],
    ["commit behind the unlock", EMPTY, 2],
    ["lock given up before the undo", EMPTY, 2],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, agents) =>
    finds(notedSums({ agents, mutation }), rule),
  );
});
