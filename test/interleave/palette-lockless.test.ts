// Writers of a palette's block without the lock explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import {
  ALONE,
  COUNTED,
  HAD,
  type PaletteLocklessMutation,
  type PaletteLocklessOptions,
  paletteLockless,
  TAKEN,
  TRUE,
  TWINS,
} from "./models/palette-lockless.js";
import { finds, LARGE, proves } from "./prove.js";

const small: PaletteLocklessOptions = { pages: 2, owners: 2, steps: [1, 1] };
/** One page with a reader, gpEpoch going on: its slot falls empty, and another owner may have it. */
const reused: PaletteLocklessOptions = { ...small, pages: 1, turns: 0, reads: true, past: "charged" };

/** Steps of writers that a test has no occasion for. */
const never = (writers: number, ...labels: string[]) =>
  Array.from({ length: writers }, (_, w) => labels.map((label) => `writer ${w} ${label}`)).flat();
const holderSets = ["holder Pw1", "holder Pw2"];

describe("palette-lockless", () => {
  test("two writers, two words of codes", () =>
    proves(paletteLockless({ ...small, pages: 3, steps: [2, 2] })));
  test("three writers", () => proves(paletteLockless({ ...small, pages: 1, steps: [2, 1, 1] })));
  test("a reader, slots that were emptied at any time", () =>
    proves(paletteLockless({ ...small, owners: 3, steps: [2, 1], reads: true, past: "emptied" })));
  test("the lock's holder, and deaths", () =>
    proves(paletteLockless({ ...small, turns: 1, deaths: true }), never(2, "back")));
  test("a reader, the lock's holder charges too", () =>
    proves(paletteLockless({ ...reused, turns: 1 }), never(2, "back")));
  test("a reader, a slot used again", () =>
    proves(paletteLockless({ ...reused, steps: [2, 1] }), [...never(2, "back"), ...holderSets]));

  describe.runIf(LARGE)("larger (only with INTERLEAVE=large: gigabytes, minutes)", () => {
    test("three owners, slots that were emptied, the lock's holder", () =>
      proves(paletteLockless({ ...small, owners: 3, steps: [2, 1], turns: 1, past: "emptied" })));
    test("two pages, a reader, the lock's holder charges too", () =>
      proves(paletteLockless({ ...reused, pages: 2, turns: 1 }), never(2, "back")));
    test("three writers on two pages, a reader", () =>
      proves(paletteLockless({ ...small, steps: [2, 1, 1], reads: true })));
    test("writers that announce", () =>
      proves(paletteLockless({ ...reused, online: true }), [...never(2, "back", "Lw6"), ...holderSets]));
  });

  // gpEpoch stands still while anybody writes, which is enough.
  const needless: [PaletteLocklessMutation, PaletteLocklessOptions, string[]][] = [
    ["stamp taken before the code is gone", reused, [...never(2, "back", "Lw6", "Lu5"), ...holderSets]],
  ];
  test.each(needless)("does without: %s", (mutation, options, untaken) =>
    proves(paletteLockless({ ...options, mutation }), untaken),
  );

  const three: Partial<PaletteLocklessOptions> = { pages: 1, steps: [2, 1, 1] };
  const mutations: [PaletteLocklessMutation, string, Partial<PaletteLocklessOptions>][] = [
    ["owners not asked again", HAD, { pages: 1, steps: [2, 1], reads: true }],
    ["owners not asked again", TAKEN, three],
    ["owners before uses", TRUE, { past: "emptied" }],
    ["not counted", COUNTED, {}],
    ["code before the count", COUNTED, { past: "charged" }],
    ["counted out before the code is gone", COUNTED, { past: "charged" }],
    ["a lost code stays counted", COUNTED, { past: "charged" }],
    ["slot named after the code", HAD, { reads: true }],
    ["a slot claimed with a count", TWINS, {}],
    ["an emptied slot is free", HAD, reused],
    ["slot refilled at once", HAD, reused],
    ["no look at the lock", ALONE, { turns: 1 }],
    ["bit behind the look at the lock", ALONE, { turns: 1 }],
    ["holder does not wait", ALONE, { turns: 1 }],
    ["epochs go on beside writers", TAKEN, { ...reused, steps: [2, 1] }],
    ["terminated anywhere", COUNTED, { turns: 1, deaths: true }],
    ["recovery leaves writing as it was", "deadlock", { turns: 1, deaths: true }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(paletteLockless({ ...small, ...more, mutation }), rule),
  );
});
