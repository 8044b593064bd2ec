/**
 * A ledger without frame records: owner index and counters, charged in batches.
 */
import { expect, test } from "vitest";
import { Ledger, LedgerError, PageType } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";

const NR_FRAMES = 2 ** 20;
const FRAME_BYTES = 16;

/** What the refusal of `action` says. */
function refusal(action: () => unknown): { code: string; opIndex: number | undefined } {
  try {
    action();
  } catch (error) {
    if (error instanceof LedgerError) return { code: error.code, opIndex: error.opIndex };
  }
  return expect.fail("no LedgerError was thrown");
}

const everyThird = (first: number, count: number) =>
  Uint32Array.from({ length: count }, (_, i) => first + i * 3);

test("charges many pages, recounts, survives a snapshot; what needs frames is refused", () => {
  const bare = Ledger.open(moduleOf("palette"), { nrFrames: NR_FRAMES, frameRecords: false });
  const a = bare.createContainer("a");
  const b = bare.createContainer({ name: "b", parent: a, maxPages: 500 });
  const pages = everyThird(0, 300_000);
  bare.chargeMany(pages, a, PageType.NONE);
  bare.chargeMany(everyThird(1, 400), b, PageType.NONE);
  const full = () => bare.chargeMany(everyThird(2, 101), b, PageType.NONE);
  expect(refusal(full)).toEqual({ code: "LIMIT", opIndex: 0 });
  const twice = () => bare.chargeMany(Uint32Array.of(2, 5, 7), a, PageType.NONE);
  expect(refusal(twice)).toEqual({ code: "CHARGED", opIndex: 2 });
  expect(bare.ownerOf(2)).toBeNull();
  expect(refusal(() => bare.allocate(0)).code).toBe("NO_RECORDS");
  expect(refusal(() => bare.folio(0)).code).toBe("NO_RECORDS");
  expect(a.view.usagePages).toBe(300_400);
  expect(bare.recount()[a.id]).toBe(300_000);
  expect(bare.recount()[b.id]).toBe(400);
  expect(bare.stats().usedBytes).toBeLessThan(NR_FRAMES * FRAME_BYTES);

  const again = Ledger.restore(moduleOf("palette"), bare.snapshot());
  expect(again.recount()).toEqual(bare.recount());
  expect(again.audit().differences).toBe(0);
  again.unchargeMany(pages);
  expect(again.stats().chargedPages).toBe(400);
});

test("a design that keeps owners in frames refuses", () => {
  const open = () => Ledger.open(moduleOf("in-page"), { nrFrames: 64, frameRecords: false });
  expect(refusal(open).code).toBe("BAD_ARG");
});
