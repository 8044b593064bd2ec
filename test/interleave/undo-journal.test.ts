// Lock, journal, death and recovery explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import {
  EMPTY,
  type JournalMutation,
  type JournalOptions,
  undoJournal,
  WHOLE,
} from "./models/undo-journal.js";
import { finds, proves } from "./prove.js";

const buffers = { order: "per address", depth: 3 } as const;

describe("undo-journal", () => {
  test("three agents, two of which die", () => proves(undoJournal({ agents: 3 })));
  test("stores out of order between atomics", () => proves(undoJournal({ agents: 2, buffers })));

  const mutations: [JournalMutation, string, Partial<JournalOptions>][] = [
    ["entry after the store", WHOLE, {}],
    ["count before the entry", WHOLE, {}],
    ["commit before the last store", WHOLE, {}],
    ["lock freed before the roll-back", EMPTY, {}],
    ["replayed from the oldest", WHOLE, {}],
    ["journal emptied before the replay", WHOLE, { agents: 3 }],
    ["only the holder's journal", EMPTY, { agents: 3 }],
    ["unlock by a plain store", EMPTY, { buffers }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(undoJournal({ agents: 2, ...more, mutation }), rule),
  );
});
