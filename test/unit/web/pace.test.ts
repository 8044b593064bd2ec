// What a picture of the map may have, by what those before took.
import { expect, test } from "vitest";
import { Pace } from "../../../bench/web/views/map/pace.js";

const PIXELS = 1600;

test("what takes no time is not saved on", () => {
  const pace = new Pace();
  expect(pace.samplesMax).toBe(Number.POSITIVE_INFINITY);
  pace.learn(1, PIXELS, PIXELS);
  expect(pace.samplesMax).toBe(Number.POSITIVE_INFINITY);
});

test("many samples tell what one takes, few what a picture takes without, the rest nothing", () => {
  const pace = new Pace();
  pace.learn(84, PIXELS, PIXELS);
  expect(pace.samplesMax).toBeCloseTo(PIXELS / 8);
  pace.learn(1000, PIXELS / 10, PIXELS);
  expect(pace.samplesMax).toBeCloseTo(PIXELS / 8);
  pace.learn(8, 0, PIXELS);
  expect(pace.samplesMax).toBeCloseTo((PIXELS * 9) / 80);
});

test("a picture that is told early doubles at most what the next may have", () => {
  const pace = new Pace();
  pace.learn(84, PIXELS, PIXELS);
  const before = pace.samplesMax;
  pace.learn(0, PIXELS, PIXELS);
  expect(pace.samplesMax).toBeCloseTo(2 * before);
});

test("however slow pictures are, some samples are left", () => {
  const pace = new Pace();
  pace.learn(84, PIXELS, PIXELS);
  for (let i = 0; i < 50; i++) pace.learn(100, 0, PIXELS);
  expect(pace.samplesMax).toBeCloseTo((PIXELS * 2) / 80);
});
