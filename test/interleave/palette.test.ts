// The palette's slot reuse, overflow and narrowing explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import {
  NEVER_HAD,
  NONE_WRONG,
  type PaletteMutation,
  type PaletteOptions,
  palette,
  READS_FREED,
} from "./models/palette.js";
import { finds, LARGE, proves } from "./prove.js";

const small: PaletteOptions = {
  readers: 1,
  pages: 2,
  owners: 2,
  slots: 1,
  wideSlots: 2,
  blocks: 2,
  modulus: 4,
  stampModulus: 4,
};
/** Steps that a block never needs whose wide blocks have a slot for every owner there is. */
const outOfSlots = ["reader 0 Pr8", "writer Pw5", "writer Pm1", "writer Pm2"];

describe("palette", () => {
  const lively = { absences: true, grained: true, shrinks: true };
  test("readers that go and come, the writer's announcements step by step", () =>
    proves(palette({ ...small, ...lively, blocks: 1 }), outOfSlots));
  test("wide blocks that turn into columns, and back", () =>
    proves(palette({ ...small, ...lively, pages: 1, wideSlots: 1 })));
  test("wide blocks that turn into fresh ones where they can", () =>
    proves(palette({ ...small, pages: 1, wideSlots: 1, owners: 3, fresh: true })));
  test("empty blocks dropped at once", () =>
    proves(palette({ ...small, pages: 1, wideSlots: 1, drops: true, shrinks: true })));
  test("two slots, three owners, four changes", () =>
    proves(palette({ ...small, slots: 2, owners: 3, wideSlots: 3, blocks: 1, sets: 4 }), outOfSlots));

  describe.runIf(LARGE)("larger (only with INTERLEAVE=large: gigabytes, minutes)", () => {
    test("three owners on two pages, columns, five changes", () =>
      proves(palette({ ...small, owners: 3, sets: 5 })));
    test("three owners, fresh wide blocks of two slots", () =>
      proves(palette({ ...small, pages: 1, owners: 3, fresh: true }), ["reader 0 Pr8", "writer Pw5"]));
    test("two slots, three owners, five changes", () =>
      proves(palette({ ...small, slots: 2, owners: 3, wideSlots: 3, blocks: 1, sets: 5 }), outOfSlots));
    test("two readers", () => proves(palette({ ...small, readers: 2, pages: 1, wideSlots: 1 })));
    test("epochs of three bits, stamps of two", () =>
      proves(palette({ ...small, modulus: 8, absences: true, blocks: 1 }), outOfSlots));
    test("empty blocks dropped at once, two pages", () =>
      proves(palette({ ...small, drops: true }), outOfSlots));
  });

  const buffers = { order: "per address", depth: 2 } as const;
  const mutations: [PaletteMutation, string, Partial<PaletteOptions>][] = [
    ["slot refilled at once", NEVER_HAD, {}],
    ["slot safe after one epoch", NEVER_HAD, {}],
    ["stamp against the whole epoch", NEVER_HAD, { modulus: 8 }],
    ["stamp against the oldest announced", NEVER_HAD, { modulus: 8, stampModulus: 8 }],
    ["wide slot refilled", NEVER_HAD, {}],
    ["narrowing without a grace period", NEVER_HAD, {}],
    ["empty block dropped with its stamps", NEVER_HAD, {}],
    ["no first look", NONE_WRONG, {}],
    ["own0 before the code alone", NONE_WRONG, {}],
    ["own0 after the codes", NONE_WRONG, {}],
    ["own0 before the codes, on the way back", NONE_WRONG, {}],
    ["code before its owner", NONE_WRONG, {}],
    ["link before the wide block", NONE_WRONG, {}],
    ["link 0 followed", READS_FREED, {}],
    ["wide block freed at once", READS_FREED, {}],
    ["stores of overflow plain", NONE_WRONG, { buffers }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(palette({ ...small, ...more, mutation }), rule),
  );
});
