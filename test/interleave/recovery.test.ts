// Lives of agents' numbers, the lock of the dead, and recovery explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import { recovery } from "./models/recovery.js";
import {
  ALONE,
  EXACT,
  LIVING,
  NOTHING_LEFT,
  READERS_OUT,
  RESTS,
  type RecoveryMutation,
  type RecoveryOptions,
  TWICE,
  WHOLE,
  WOKEN,
} from "./models/recovery-state.js";
import { finds, LARGE, proves } from "./prove.js";

const three: RecoveryOptions = { agents: 3, deaths: 2 };
/** Of three agents the third is 0, which is never recovered itself. */
const neverThird = ["agent 1 Vr3b", "agent 2 Vr3b"];

describe("recovery", () => {
  test("who writes, waits, leaves, dies and comes back", () =>
    proves(recovery({ ...three, births: 1, writes: true, leaves: true }), neverThird));
  test("beside readers, which are kept out while an operation is undone", () =>
    proves(recovery({ ...three, writes: true, reads: true }), neverThird));
  test("who counts, and drains others", () =>
    proves(recovery({ ...three, counts: true, leaves: true }), neverThird));
  test("the last stocks of a container that was removed", () =>
    proves(recovery({ ...three, offline: true, leaves: true }), neverThird));
  test("numbers reserved and claimed by two at once", () =>
    proves(recovery({ ...three, births: 2, doors: 2, leaves: true }), neverThird));
  test("calls that stop with a trap, of who writes", () =>
    proves(recovery({ ...three, traps: 1, writes: true, leaves: true }), neverThird));
  test("calls that stop with a trap, of who counts", () =>
    proves(recovery({ ...three, deaths: 1, traps: 1, counts: true }), ["agent 0 Vr3b", ...neverThird]));

  describe.runIf(LARGE)("larger (only with INTERLEAVE=large: gigabytes, minutes)", () => {
    test("three deaths, two new lives", () =>
      proves(recovery({ ...three, deaths: 3, births: 2, writes: true, leaves: true }), neverThird));
    test("calls that stop with a trap, of who counts, and two deaths", () =>
      proves(recovery({ ...three, traps: 1, births: 1, counts: true }), neverThird));
    test("calls that stop with a trap, of who drains and releases", () =>
      proves(recovery({ ...three, traps: 1, offline: true, leaves: true }), neverThird));
    test("who writes and counts, beside readers", () =>
      proves(recovery({ ...three, writes: true, counts: true, reads: true, leaves: true }), neverThird));
  });

  const writes = { writes: true, births: 1 };
  const counts = { counts: true };
  const mutations: [RecoveryMutation, string, Partial<RecoveryOptions>][] = [
    ["recovered whatever the generation", LIVING, writes],
    ["generation as it was", LIVING, writes],
    ["RECOVERING by a store", NOTHING_LEFT, { writes: true }],
    ["ATTACHED by a store", TWICE, { births: 1, doors: 2 }],
    ["detached whatever the generation", TWICE, { births: 1 }],
    ["epoch of the dead left", NOTHING_LEFT, { writes: true, reads: true }],
    ["victims left to themselves", NOTHING_LEFT, { writes: true }],
    ["victims left by who detaches", NOTHING_LEFT, { writes: true, leaves: true, traps: 1 }],
    ["let go of what it drained at last", RESTS, counts],
    ["lock taken from whoever has it", ALONE, { writes: true }],
    ["lock given up before the undo", WHOLE, { writes: true }],
    ["lock passed back after the number", NOTHING_LEFT, { writes: true }],
    ["waiter bit dropped at the take-over", WOKEN, { writes: true }],
    ["taken after a sleep without the waiter bit", WOKEN, { writes: true }],
    ["asleep whatever the word is", WOKEN, { writes: true }],
    ["asleep without an end", "deadlock", { writes: true }],
    ["gate left closed by a survivor that died", WHOLE, { writes: true, reads: true }],
    ["reader without a second look", READERS_OUT, { writes: true, reads: true }],
    ["drained beside another", EXACT, counts],
    ["freed before the stocks", NOTHING_LEFT, counts],
    ["what it had drained forgotten", RESTS, { offline: true }],
    ["release undone and forgotten", RESTS, { deaths: 1, offline: true, traps: 1 }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(recovery({ ...three, ...more, mutation }), rule),
  );
});
