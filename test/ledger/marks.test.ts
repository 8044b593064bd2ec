/**
 * Marks of the public API: three per entry in `xarray`, kept in a snapshot; no other design has any.
 */
import { describe, expect, test } from "vitest";
import { CORE_PTR, Core as CoreRecord, XaNode } from "../../src/abi.js";
import { Ledger, LedgerError, PageType, SnapshotError } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";
import { forged } from "./forging.js";

const [DIRTY, WRITEBACK] = [0, 1];

function open(design: string): Ledger {
  const ledger = Ledger.open(moduleOf(design), { nrFrames: 8192 });
  const a = ledger.createContainer("a");
  ledger.allocate(512, 9).charge(512, a, PageType.FILE);
  for (const pfn of [0, 5000, 5001]) ledger.allocate(pfn).charge(pfn, a, PageType.FILE);
  return ledger;
}

const refused = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
  return "OK";
};

describe("xarray", () => {
  test("dirty pages found in order, written back by folio", () => {
    const { marks } = open("xarray");
    marks.set(5001, DIRTY);
    marks.set(700, DIRTY); // a page of a folio: the folio
    expect([...marks.pages(DIRTY)]).toEqual([...Array.from({ length: 512 }, (_, i) => 512 + i), 5001]);
    expect([marks.next(1024, DIRTY), marks.next(5002, DIRTY)]).toEqual([5001, undefined]);
    marks.set(512, WRITEBACK);
    marks.clear(512, DIRTY);
    expect([...marks.pages(DIRTY)]).toEqual([5001]);
    expect(marks.next(0, WRITEBACK)).toBe(512);
  });

  test("a folio that was split is one entry until a part of it moves or goes", () => {
    const ledger = open("xarray");
    ledger.split(512, 0);
    ledger.marks.set(600, DIRTY);
    expect([...ledger.marks.pages(DIRTY)]).toHaveLength(512);
    ledger.moveCharge(600, ledger.createContainer("b"));
    ledger.marks.clear(600, DIRTY);
    const left = [...ledger.marks.pages(DIRTY)];
    expect([left.length, left.includes(600), left.includes(601)]).toEqual([511, false, true]);
  });

  test("refusals name call and page", () => {
    const { marks } = open("xarray");
    expect(refused(() => marks.set(1, DIRTY))).toBe("NOT_CHARGED");
    expect(refused(() => marks.set(8192, DIRTY))).toBe("BAD_PFN");
    expect(refused(() => marks.clear(2 ** 32, DIRTY))).toBe("BAD_PFN");
    for (const mark of [3, -1, 0.5, 2 ** 32]) {
      expect(refused(() => marks.set(0, mark))).toBe("BAD_ARG");
      expect(refused(() => marks.next(0, mark))).toBe("BAD_ARG");
    }
    expect(() => marks.set(1, DIRTY)).toThrow(/marks\.set\(pfn 1/);
  });

  test("a snapshot keeps marks; forged ones are refused", () => {
    const ledger = open("xarray");
    ledger.marks.set(0, DIRTY);
    ledger.marks.set(600, WRITEBACK);
    ledger.audit();
    const image = ledger.snapshot();
    const restore = (from: Uint8Array) => Ledger.restore(moduleOf("xarray"), from);
    const back = restore(image);
    expect([back.marks.next(0, DIRTY), back.marks.next(0, WRITEBACK)]).toEqual([0, 512]);
    const at = (words: { get(ptr: number): number }) => words.get(CORE_PTR + CoreRecord.xarrayHead) & ~3;
    const flip = (change: (node: number) => number, bit: number) =>
      forged(image, (words) => {
        const ptr = change(at(words));
        words.set(ptr, words.get(ptr) ^ bit);
      });
    const shifted = (CORE_PTR + CoreRecord.xarrayMarks) & ~3;
    for (const bad of [
      flip(() => shifted, 1 << 16),
      flip(() => shifted, 4 << 16),
      flip((node) => node + XaNode.marks, 1),
      flip((node) => node + XaNode.marks + 8, 1 << 3),
      flip((node) => node + XaNode.marks + 16, 1 << 20),
      // The folio's run loses its last sibling; a value of nobody's.
      flip((node) => node + XaNode.slots + 4 * 15, (8 << 2) | 2),
      flip((node) => node + XaNode.slots + 4 * 8, 2),
    ])
      expect(() => restore(bad)).toThrow(SnapshotError);
  });
});

test.each(["palette", "radix-rcu"])("%s has no marks, and says so", (design) => {
  const { marks } = open(design);
  expect(refused(() => marks.set(0, DIRTY))).toBe("BAD_ARG");
  expect(marks.next(0, DIRTY)).toBeUndefined();
});
