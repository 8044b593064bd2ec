// cache lines: what the sizes of page descriptors mean for the lines that they lie on, by arithmetic.
import { describe, expect, test } from "vitest";
import {
  FRAME_FIELD_BYTES,
  FRAME_LAYOUTS,
  FRAME_RESERVED,
  FrameLayout,
  PageFrame,
} from "../../../src/abi.js";
import {
  type FrameField,
  fieldRanges,
  LINE_BYTES,
  linesOf,
  meanLines,
  straddlingShare,
} from "../../../src/measure/cache-lines.js";

const FIELDS = Object.keys(FRAME_FIELD_BYTES) as FrameField[];
const layout = (number: number) => FRAME_LAYOUTS[number]!;
const whole = (bytes: number) => [{ offset: 0, bytes }];

/** The same by marking bytes, one after the other. */
function linesByBytes(start: number, bytes: number): number[] {
  const lines = Array.from({ length: bytes }, (_, i) => Math.floor((start + i) / LINE_BYTES));
  return [...new Set(lines)];
}

describe.each(FRAME_LAYOUTS.map((frame, number) => ({ ...frame, number })))("$name", (frame) => {
  const kept = FIELDS.filter((field) => frame[field] !== undefined);

  test("every byte is a field's or reserved, and none is both", () => {
    const uses = new Array<number>(frame.sizeBytes).fill(0);
    const ranges = [
      ...fieldRanges(frame, kept),
      ...FRAME_RESERVED[frame.number]!.map(([offset, bytes]) => ({ offset, bytes })),
    ];
    for (const { offset, bytes } of ranges) for (let i = offset; i < offset + bytes; i++) uses[i]! += 1;
    expect(uses).toEqual(new Array<number>(frame.sizeBytes).fill(1));
  });

  test("fields are aligned in every record", () => {
    for (const { offset, bytes } of fieldRanges(frame, kept)) {
      expect(offset % bytes).toBe(0);
      expect(frame.sizeBytes % bytes).toBe(0);
    }
  });

  test("lines of a whole record, and of each field, are those of its bytes", () => {
    for (const base of [0, 4096, 20]) {
      for (let pfn = 0; pfn < 70; pfn++) {
        const start = base + pfn * frame.sizeBytes;
        expect(linesOf(base, frame.sizeBytes, whole(frame.sizeBytes), pfn)).toEqual(
          linesByBytes(start, frame.sizeBytes),
        );
        for (const range of fieldRanges(frame, kept))
          expect(linesOf(base, frame.sizeBytes, [range], pfn)).toEqual(
            linesByBytes(start + range.offset, range.bytes),
          );
      }
    }
  });

  test("there is a place for the owner where the kernel had one", () => {
    expect(frame.memcgId === undefined).toBe(frame.ownerBytes === 0);
    if (frame.memcgId === undefined) expect(() => fieldRanges(frame, ["memcgId"])).toThrow(RangeError);
  });
});

test("the descriptors have the sizes that the arguments were about", () => {
  expect(FRAME_LAYOUTS.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ["compact", PageFrame.sizeBytes],
    ["linux-2004", 48],
    ["linux-2004-objrmap", 52],
    ["linux-2004-anon-vma", 44],
    ["linux-2006", 56],
    ["linux-2006-owner", 64],
    ["linux-2006-owner-virtual", 72],
    ["linux-2015", 64],
    ["linux-2015-movable", 88],
  ]);
  for (const [field, offset] of Object.entries(PageFrame))
    expect(FRAME_LAYOUTS[FrameLayout.COMPACT]).toMatchObject({ [field]: offset });
});

test("the owner's pointer makes 56 bytes a line, and no descriptor straddles two", () => {
  const before = layout(FrameLayout.LINUX_2006);
  const after = layout(FrameLayout.LINUX_2006_OWNER);
  expect(after.sizeBytes - before.sizeBytes).toBe(after.ownerBytes);
  expect(after.sizeBytes).toBe(LINE_BYTES);
  expect(straddlingShare(after.sizeBytes)).toBe(0);
  // Eight descriptors of 56 bytes fill seven lines: all but the first and the last of them straddle a border.
  const straddling = Array.from({ length: 8 }, (_, pfn) => linesByBytes(pfn * 56, 56).length > 1);
  expect(straddlingShare(before.sizeBytes)).toBe(straddling.filter(Boolean).length / 8);
  expect(straddling).toEqual([false, true, true, true, true, true, true, false]);
  // One that is larger than a line by a pointer always lies on two.
  const larger = layout(FrameLayout.LINUX_2006_OWNER_VIRTUAL).sizeBytes;
  expect(meanLines(larger, whole(larger))).toBe(2);
});

test("a charge that touches the owner stays on its line, or does not", () => {
  const touched: FrameField[] = ["flags", "mapCount", "memcgId"];
  const mean = (number: number) => meanLines(layout(number).sizeBytes, fieldRanges(layout(number), touched));
  expect(mean(FrameLayout.COMPACT)).toBe(1);
  expect(mean(FrameLayout.LINUX_2006_OWNER)).toBe(1);
  expect(mean(FrameLayout.LINUX_2015)).toBe(1);
  expect(mean(FrameLayout.LINUX_2006_OWNER_VIRTUAL)).toBeGreaterThan(1);
  expect(mean(FrameLayout.LINUX_2015_MOVABLE)).toBeGreaterThan(1);
});
