/** The map's plane, without a browser: where frames lie, what is left out, what the rulers say. */
import { describe, expect, test } from "vitest";
import {
  colsShiftFor,
  columnOffset,
  GAP,
  gather,
  layOut,
  pfnAt,
  placeOf,
  rowStart,
  spread,
} from "../../bench/web/views/map/layout.js";
import { columnTicks, rowTicks } from "../../bench/web/views/map/rulers.js";
import {
  centre,
  pan,
  placeAt,
  resize,
  reveal,
  SCALE_MAX,
  wholePlane,
  zoomAt,
} from "../../bench/web/views/map/viewport.js";

const all = (nrFrames: number) => new Uint8Array(Math.ceil(nrFrames / 1024)).fill(1);

describe("layout", () => {
  test("bits go apart and come together again", () => {
    for (let bits = 0; bits < 32; bits++) expect(gather(spread(bits))).toBe(bits);
    expect(spread(0b11111)).toBe(0b101010101);
  });

  test.each([1, 1000, 4096, 70_000, 2 ** 18 + 5])("each of %i frames has a place of its own", (nrFrames) => {
    const layout = layOut(nrFrames, all(nrFrames), colsShiftFor(nrFrames, all(nrFrames)));
    const places = new Set<number>();
    for (let pfn = 0; pfn < nrFrames; pfn++) {
      const place = placeOf(layout, pfn)!;
      if (pfnAt(layout, place.x, place.y) !== pfn) expect(pfnAt(layout, place.x, place.y)).toBe(pfn);
      places.add(place.y * layout.width + place.x);
    }
    expect(places.size).toBe(nrFrames);
    expect(placeOf(layout, nrFrames)).toBeUndefined();
    expect(pfnAt(layout, -1, 0)).toBe(-1);
    expect(pfnAt(layout, 0, layout.height)).toBe(-1);
  });

  test.each([0, 1, 6, 9, 10])(
    "a folio of order %i is a rectangle, at most twice as wide as high",
    (order) => {
      const layout = layOut(2 ** 16, all(2 ** 16), 3);
      const head = 37 * 2 ** order;
      const places = Array.from({ length: 2 ** order }, (_, i) => placeOf(layout, head + i)!);
      const xs = places.map(({ x }) => x);
      const ys = places.map(({ y }) => y);
      const width = Math.max(...xs) - Math.min(...xs) + 1;
      const height = Math.max(...ys) - Math.min(...ys) + 1;
      expect(width * height).toBe(2 ** order);
      expect(width / height).toBe(order % 2 === 0 ? 1 : 2);
    },
  );

  test("rows without a used tile are left out, but for a single one", () => {
    const used = new Uint8Array(4 * 10);
    used[4 * 1] = used[4 * 3 + 2] = used[4 * 8 + 3] = 1;
    const layout = layOut(40 * 1024, used, 2);
    expect([...layout.rows]).toEqual([0, 1, 2, 3, GAP, 8, 9]);
    const inGap = 5 * 4 * 1024;
    expect(placeOf(layout, inGap)).toBeUndefined();
    expect(pfnAt(layout, 3, 4 * 32 + 7)).toBe(-1);
    const later = 8 * 4 * 1024 + 77;
    const place = placeOf(layout, later)!;
    expect(place.y >> 5).toBe(5);
    expect(pfnAt(layout, place.x, place.y)).toBe(later);
  });

  test("a machine that was never used is shown whole", () => {
    expect([...layOut(8 * 1024, new Uint8Array(8), 2).rows]).toEqual([0, 1]);
  });

  test("what the two rulers say adds up to the pfn", () => {
    const used = all(2 ** 20);
    used.fill(0, 64, 600);
    const layout = layOut(2 ** 20, used, 5);
    for (let i = 0; i < 2000; i++) {
      const x = (i * 7919) % layout.width;
      const y = (i * 104_729) % layout.height;
      const pfn = pfnAt(layout, x, y);
      if (pfn >= 0) expect(rowStart(layout, y) + columnOffset(x)).toBe(pfn);
      else expect(rowStart(layout, y)).toBe(-1);
    }
  });

  test("a sparsely used machine has wide rows, not a thread of short ones", () => {
    const used = new Uint8Array(4096).map((_, tile) => (tile % 97 === 0 ? 1 : 0));
    const { width, height } = layOut(2 ** 22, used, colsShiftFor(2 ** 22, used));
    expect(width / height).toBeGreaterThan(0.5);
    expect(width / height).toBeLessThan(5);
  });

  test("the plane of a large machine is about as wide as high", () => {
    for (let shift = 12; shift <= 26; shift++) {
      const layout = layOut(2 ** shift, all(2 ** shift), colsShiftFor(2 ** shift, all(2 ** shift)));
      expect(layout.width / layout.height).toBeGreaterThanOrEqual(1);
      expect(layout.width / layout.height).toBeLessThanOrEqual(4);
    }
  });
});

describe("viewport", () => {
  const plane = { width: 1024, height: 512 };
  const start = wholePlane(plane, 800, 600);

  test("the whole plane fits", () => {
    expect(plane.width * start.scale).toBeLessThanOrEqual(800);
    expect(plane.height * start.scale).toBeLessThanOrEqual(600);
    expect(Math.max((plane.width * start.scale) / 800, (plane.height * start.scale) / 600)).toBeCloseTo(1);
  });

  test("zoom keeps what is below the pointer", () => {
    let view = centre(start, plane, 400, 200, 4);
    const before = placeAt(view, 310, 220);
    view = zoomAt(view, plane, 2, 310, 220);
    const after = placeAt(view, 310, 220);
    expect(Math.abs(after.x - before.x)).toBeLessThanOrEqual(1);
    expect(Math.abs(after.y - before.y)).toBeLessThanOrEqual(1);
    expect(zoomAt(view, plane, 1e9, 0, 0).scale).toBe(SCALE_MAX);
    expect(zoomAt(view, plane, 1e-9, 0, 0).scale).toBeCloseTo(start.scale / 2);
  });

  test("the plane stays in sight, however far it is pushed", () => {
    for (const [dx, dy] of [
      [1e6, 1e6],
      [-1e6, -1e6],
    ] as const) {
      const view = pan(centre(start, plane, 500, 250, 8), plane, dx, dy);
      const middle = placeAt(view, 400, 300);
      expect(middle.x).toBeGreaterThanOrEqual(-1);
      expect(middle.x).toBeLessThanOrEqual(plane.width);
      expect(middle.y).toBeGreaterThanOrEqual(-1);
      expect(middle.y).toBeLessThanOrEqual(plane.height);
    }
  });

  test("a frame out of sight comes into sight, one in sight moves nothing", () => {
    const view = centre(start, plane, 500, 250, 8);
    expect(reveal(view, plane, 500, 250)).toEqual(view);
    const moved = reveal(view, plane, 700, 20);
    const x = moved.originX + 700 * 8;
    const y = moved.originY + 20 * 8;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + 8).toBeLessThanOrEqual(800);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + 8).toBeLessThanOrEqual(600);
  });

  test("another size of canvas keeps the middle", () => {
    const view = resize(centre(start, plane, 500, 250, 8), plane, 400, 300);
    expect(placeAt(view, 200, 150)).toEqual({ x: 500, y: 250 });
  });
});

describe("rulers", () => {
  const layout = layOut(2 ** 20, all(2 ** 20), 5);

  test.each([0.3, 1, 5, 33])("labels at %f pixels a frame are apart, in sight, and true", (scale) => {
    const view = centre(wholePlane(layout, 900, 600), layout, 515, 517, scale);
    const across = columnTicks(layout, view, 1);
    const down = rowTicks(layout, view, 1);
    expect(across.length).toBeGreaterThan(0);
    expect(down.length).toBeGreaterThan(0);
    for (const ticks of [across, down])
      for (let i = 1; i < ticks.length; i++)
        expect(ticks[i]!.at - ticks[i - 1]!.at).toBeGreaterThanOrEqual(22);
    for (const row of down)
      for (const column of across) {
        const pixel = { x: column.at + scale / 2, y: row.at + scale / 2 };
        const place = placeAt(view, pixel.x, pixel.y);
        const sum = Number(row.text) + Number(column.text.slice(1));
        if (row.at >= 0 && column.at >= 0 && scale > 1) expect(pfnAt(layout, place.x, place.y)).toBe(sum);
      }
  });
});
