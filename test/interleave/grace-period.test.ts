// Grace periods explored exhaustively, and each mutation found out.
import { describe, test } from "vitest";
import {
  ENDS,
  FREES_HELD,
  type GracePeriodMutation,
  type GracePeriodOptions,
  gracePeriod,
  READS_FREED,
} from "./models/grace-period.js";
import { finds, LARGE, proves } from "./prove.js";

describe("grace-period", () => {
  test("two readers, one writer, for ever", () =>
    proves(gracePeriod({ readers: 2, writers: 1, objects: 2, modulus: 4 })));
  test("a reader that is terminated, two writers", () =>
    proves(gracePeriod({ readers: 1, writers: 2, objects: 2, modulus: 4, deaths: true })));
  test("stores out of order between atomics", () =>
    proves(
      gracePeriod({
        readers: 1,
        writers: 1,
        objects: 2,
        modulus: 8,
        buffers: { order: "per address", depth: 2 },
      }),
    ));
  test.runIf(LARGE)("two readers that die, two writers (only with INTERLEAVE=large: minutes)", () =>
    proves(gracePeriod({ readers: 2, writers: 2, objects: 2, modulus: 4, deaths: true })),
  );

  const small = { readers: 1, writers: 1, objects: 2, modulus: 4 };
  const tso = { order: "in order", depth: 2 } as const;
  const mutations: [GracePeriodMutation, string, Partial<GracePeriodOptions>][] = [
    ["Qw5 without a grace period", FREES_HELD, {}],
    ["Qw2 and Qw3 before Qw1", READS_FREED, {}],
    ["Qw3 without a scan", FREES_HELD, {}],
    ["Qw3 before Qw1 is seen", READS_FREED, { buffers: { order: "per address", depth: 2 } }],
    ["stamps compared with the oldest epoch announced", FREES_HELD, { modulus: 8 }],
    ["Qr2 by a plain store", FREES_HELD, { buffers: tso }],
    ["Qr2 before letting go", FREES_HELD, {}],
    ["silent reader taken for dead", FREES_HELD, { deaths: true }],
    ["writer without the lock", FREES_HELD, { writers: 2 }],
    ["dead reader never recovered", ENDS, { deaths: true }],
  ];
  test.each(mutations)("finds: %s (%s)", (mutation, rule, more) =>
    finds(gracePeriod({ ...small, ...more, mutation }), rule),
  );
});
