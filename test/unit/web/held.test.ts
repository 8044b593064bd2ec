// What is kept of a picture: moved in whatever way, the canvas shows what drawing all of it would have shown.
import { describe, expect, test } from "vitest";
import { xorshift } from "../../../bench/lib/random.mjs";
import { area, type Box, pieces, scaled, sightOf, without } from "../../../bench/web/views/map/held.js";

const WIDTH = 13;
const HEIGHT = 7;

const key = (x: number, y: number) => `${x},${y}`;
function* places({ left, bottom, right, top }: Box): Generator<readonly [number, number]> {
  for (let y = bottom; y < top; y++) for (let x = left; x < right; x++) yield [x, y];
}
const sightAt = (x: number, y: number): Box => ({ left: x, bottom: y, right: x + WIDTH, top: y + HEIGHT });

describe("moved by any steps", () => {
  test.each([1, 2, 3])("what is kept and what is drawn make the whole picture, seed %i", (seed) => {
    const random = xorshift(seed);
    const kept = new Map<string, string>();
    let [x, y] = [0, 0];
    let held: Box = { left: 0, bottom: 0, right: 0, top: 0 };
    const wrong: string[] = [];
    let nrDrawn = 0;
    for (let move = 0; move < 300; move++) {
      // Some steps are longer than the canvas.
      x += (random() % (3 * WIDTH)) - Math.floor(1.5 * WIDTH);
      y += (random() % (3 * HEIGHT)) - Math.floor(1.5 * HEIGHT);
      const sight = sightAt(x, y);
      for (const piece of without(sight, held).flatMap((box) => pieces(box, WIDTH, HEIGHT))) {
        nrDrawn += area(piece);
        for (const [px, py] of places(piece)) {
          const [u, v] = [px - piece.originX, py - piece.originY];
          if (u < 0 || u >= WIDTH || v < 0 || v >= HEIGHT) wrong.push(key(u, v));
          kept.set(key(u, v), key(px, py));
        }
      }
      held = sight;
      const canvas = new Map<string, string>();
      for (const piece of pieces(sight, WIDTH, HEIGHT))
        for (const [px, py] of places(piece))
          canvas.set(
            key(px - sight.left, py - sight.bottom),
            kept.get(key(px - piece.originX, py - piece.originY))!,
          );
      expect(canvas.size).toBe(WIDTH * HEIGHT);
      for (const [px, py] of places(sight))
        if (canvas.get(key(px - x, py - y)) !== key(px, py)) wrong.push(key(px, py));
    }
    expect(wrong).toEqual([]);
    expect(nrDrawn).toBeLessThan(300 * WIDTH * HEIGHT);
  });
});

test("of a box without another every place is there once", () => {
  const random = xorshift(7);
  for (let i = 0; i < 500; i++) {
    const box = sightAt((random() % 9) - 4, (random() % 9) - 4);
    const other = {
      left: (random() % 20) - 10,
      bottom: (random() % 20) - 10,
      right: (random() % 20) - 5,
      top: (random() % 20) - 5,
    };
    if (area(other) === 0) continue;
    const found = without(box, other).flatMap((part) => [...places(part)].map(([x, y]) => key(x, y)));
    const isIn = (x: number, y: number) =>
      x >= other.left && x < other.right && y >= other.bottom && y < other.top;
    const expected = [...places(box)].filter(([x, y]) => !isIn(x, y)).map(([x, y]) => key(x, y));
    expect(found.sort()).toEqual(expected.sort());
  }
});

test("stretched pieces meet without a seam", () => {
  const box = sightAt(-5, 11);
  for (const factor of [0.25, 0.3, 0.7, 1, 1.9, 4]) {
    const stretched = pieces(box, WIDTH, HEIGHT).flatMap((piece) => [...places(scaled(piece, factor))]);
    const whole = [...places(scaled(box, factor))];
    expect(stretched.map(([x, y]) => key(x, y)).sort()).toEqual(whole.map(([x, y]) => key(x, y)).sort());
  }
});

test("a step of the map is the same step of what is in sight", () => {
  const view = { scale: 2, originX: -20.4, originY: -10.4, width: WIDTH, height: HEIGHT };
  expect(sightOf(view)).toEqual({ left: 20, bottom: -10 - HEIGHT, right: 20 + WIDTH, top: -10 });
  const moved = sightOf({ ...view, originX: view.originX + 3, originY: view.originY + 2 });
  expect(moved).toEqual({ left: 17, bottom: -8 - HEIGHT, right: 17 + WIDTH, top: -8 });
});
