// The sequence that quiet readers look at explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import { EVEN, RIGHT, type SequenceMutation, type SequenceOptions, sequence } from "./models/sequence.js";
import { finds, proves } from "./prove.js";

const buffers = { order: "per address", depth: 3 } as const;

describe("sequence", () => {
  test("three writers, two of which die, and a reader", () => proves(sequence({ writers: 3, readers: 1 })));
  test("two readers", () => proves(sequence({ writers: 2, readers: 2 })));
  test("stores out of order between atomics", () => proves(sequence({ writers: 2, readers: 1, buffers })));

  const mutations: [SequenceMutation, string, Partial<SequenceOptions>][] = [
    ["no second look", RIGHT, {}],
    ["second look passed by a load", RIGHT, {}],
    ["odd not asked", RIGHT, {}],
    ["odd after the first store", RIGHT, {}],
    ["odd by a plain store", RIGHT, { buffers }],
    ["even before the last store", RIGHT, {}],
    ["even by a plain store", RIGHT, { buffers }],
    ["even behind the unlock", EVEN, {}],
    ["a turn ended that was not begun", EVEN, {}],
    ["even before the roll-back", RIGHT, {}],
    ["recovery begins a turn that is begun", RIGHT, {}],
    ["recovery leaves the turn open", EVEN, {}],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(sequence({ writers: 2, readers: 1, ...more, mutation }), rule),
  );
});
