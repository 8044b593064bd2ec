// The pointer from page to page_cgroup explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import {
  locklessPointer,
  NEVER_HAD,
  ONCE,
  type PointerMutation,
  type PointerOptions,
  READS_FREED,
  READS_HALF,
} from "./models/lockless-pointer.js";
import { finds, LARGE, proves } from "./prove.js";

const small: PointerOptions = { records: 3, batch: 2 };
const buffers = { order: "per address", depth: 2 } as const;

describe("lockless-pointer", () => {
  test("two that uncharge, one that charges and moves, one reader", () => proves(locklessPointer(small)));
  test("stores out of order between atomics", () => proves(locklessPointer({ ...small, buffers })));
  test.runIf(LARGE)("larger batches (only with INTERLEAVE=large: minutes)", () =>
    proves(locklessPointer({ records: 4, batch: 3 })),
  );

  const mutations: [PointerMutation, string, Partial<PointerOptions>][] = [
    ["OBSOLETE set, not tested and set", ONCE, {}],
    ["freed without a grace period", READS_FREED, {}],
    ["pointer before the flags", READS_HALF, {}],
    ["pointer by a plain store", READS_HALF, { buffers }],
    ["counter down again at the drain", ONCE, {}],
    ["reader without the OBSOLETE test", NEVER_HAD, {}],
    ["retired before the pointer is null", READS_FREED, {}],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(locklessPointer({ ...small, ...more, mutation }), rule),
  );
});
