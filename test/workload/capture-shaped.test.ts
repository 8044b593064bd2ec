// capture-shaped: a history made from a profile measures like the profile, figure by figure.
import { describe, expect, test } from "vitest";
import { openCapture } from "../../src/node/capture-folder.js";
import { fitProfile } from "../../src/workload/fit.js";
import { histories } from "../../src/workload/histories.js";
import { OP_WORDS } from "../../src/workload/history.js";
import { WorkloadError } from "../../src/workload/parameters.js";
import { PROFILES } from "../../src/workload/profiles.js";
import { ShapeMeter } from "../../src/workload/shape-meter.js";
import type { KindShape, ShapeProfile } from "../../src/workload/shape-profile.js";
import { traceText } from "../../src/workload/trace-text.js";
import { scanner } from "../capture/scanning.js";
import { CAPTURES } from "../cli/spawn.js";

/** Folios of fewer than this share of all are too few to measure in a short history. */
const RARE = 0.01;
const kindOf = (profile: ShapeProfile, { type, order }: KindShape) =>
  profile.kinds.find((kind) => kind.type === type && kind.order === order);
const mean = (lengths: readonly (readonly [number, number])[]) =>
  lengths.reduce((sum, [pages, share]) => sum + pages * share, 0);
/** Share of folios freed within 2^upTo ticks. */
const freedBy = (kind: KindShape, upTo: number) =>
  kind.lifetimes.slice(0, upTo).reduce((sum, share) => sum + share, 0);

function measured(profile: ShapeProfile, nrFrames: number, nrEvents: number): ShapeProfile {
  const history = histories["capture-shaped"]!({ nrFrames, nrEvents, seed: 3, profile });
  const meter = new ShapeMeter();
  const words = new Uint32Array(4096 * OP_WORDS);
  for (let count = history.fill(words); count > 0; count = history.fill(words)) meter.take(words, count);
  return meter.profile(profile.name);
}

/** Room for all, as in the capture; and a machine that is full most of the time, for longer. */
const SIZES = [
  { nrFrames: 1 << 17, nrEvents: 150_000, room: true },
  { nrFrames: 1 << 15, nrEvents: 400_000, room: false },
];

describe.each(Object.keys(PROFILES))("%s", (name) => {
  const profile = PROFILES[name]!;

  test("is what fitting the capture gives", async () => {
    expect(await fitProfile(await openCapture(`${CAPTURES}/${name}`), { scanner })).toEqual(profile);
  });

  describe.each(SIZES)("$nrFrames frames, $nrEvents operations", ({ nrFrames, nrEvents, room }) => {
    const found = measured(profile, nrFrames, nrEvents);

    test("kinds of folios: shares within 0.02", () => {
      for (const kind of profile.kinds)
        expect(Math.abs((kindOf(found, kind)?.share ?? 0) - kind.share)).toBeLessThan(0.02);
    });

    test("runs: mean length within 15 %, single pages within 0.1", () => {
      expect(mean(found.runs) / mean(profile.runs)).toBeGreaterThan(0.85);
      expect(mean(found.runs) / mean(profile.runs)).toBeLessThan(1.15);
      expect(Math.abs(found.runs[0]![1] - profile.runs[0]![1])).toBeLessThan(0.1);
      expect(Math.abs(found.gapShare - profile.gapShare)).toBeLessThan(0.1);
    });

    test("owners in a block of 64: each share within 0.08", () => {
      for (let i = 0; i < Math.max(found.ownersPerBlock.length, profile.ownersPerBlock.length); i++)
        expect(
          Math.abs((found.ownersPerBlock[i] ?? 0) - (profile.ownersPerBlock[i] ?? 0)),
          `${i + 1} owners`,
        ).toBeLessThan(0.08);
    });

    test("owners of pages: each share within 0.15", () => {
      profile.owners.forEach((share, i) => {
        expect(Math.abs((found.owners[i] ?? 0) - share), `owner ${i}`).toBeLessThan(0.15);
      });
    });

    test("orders: shares of live pages within 0.05", () => {
      for (let order = 0; order < 11; order++)
        expect(
          Math.abs((found.pagesByOrder[order] ?? 0) - (profile.pagesByOrder[order] ?? 0)),
          `order ${order}`,
        ).toBeLessThan(0.05);
    });

    test("lifetimes: shares freed within 2^6, 2^10, 2^13 ticks within 0.1; those for good as far as there is room", () => {
      for (const kind of profile.kinds.filter(({ share }) => share > RARE)) {
        const other = kindOf(found, kind)!;
        for (const upTo of [6, 10, 13])
          expect(Math.abs(freedBy(other, upTo) - freedBy(kind, upTo)), `type ${kind.type}`).toBeLessThan(0.1);
        if (room) expect(Math.abs(freedBy(other, 32) - freedBy(kind, 32))).toBeLessThan(0.1);
      }
    });

    test("activations, lists and cache removals by kind; forks", () => {
      for (const kind of profile.kinds.filter(({ share, type }) => share > RARE && type !== 0)) {
        const other = kindOf(found, kind)!;
        expect(Math.abs(other.activates - kind.activates)).toBeLessThan(0.05);
        expect(Math.abs(other.cacheDels - kind.cacheDels)).toBeLessThan(0.05);
        for (let list = 0; list < 5; list++)
          expect(Math.abs((other.lists[list] ?? 0) - (kind.lists[list] ?? 0))).toBeLessThan(0.05);
      }
      expect(found.forks / profile.forks).toBeGreaterThan(0.8);
      expect(found.forks / profile.forks).toBeLessThan(1.2);
    });
  });
});

test("the meter takes a history's text as it takes the history", async () => {
  const profile = PROFILES.nested!;
  const parameters = { nrFrames: 1 << 14, nrEvents: 60_000, seed: 8, profile };
  const direct = measuredOf(parameters);
  const name = "generated.txt";
  const trace = { name, open: () => traceText(histories["capture-shaped"]!(parameters)) };
  const read = await fitProfile({ name: "generated", trace }, { scanner });
  expect(read.runs).toEqual(direct.runs);
  expect(read.ownersPerBlock).toEqual(direct.ownersPerBlock);
  expect(read.pagesByOrder).toEqual(direct.pagesByOrder);
  expect(read.kinds.map(({ lifetimes }) => lifetimes)).toEqual(
    direct.kinds.map(({ lifetimes }) => lifetimes),
  );
});

function measuredOf(parameters: Parameters<(typeof histories)[string]>[0]): ShapeProfile {
  const history = histories["capture-shaped"]!(parameters);
  const meter = new ShapeMeter();
  const words = new Uint32Array(4096 * OP_WORDS);
  for (let count = history.fill(words); count > 0; count = history.fill(words)) meter.take(words, count);
  return meter.profile("generated");
}

test("more containers share the capture's shares", () => {
  const history = histories["capture-shaped"]!({
    nrFrames: 1 << 15,
    nrEvents: 100,
    seed: 1,
    containers: 100,
  });
  // Above them stand the ancestors that the deepest of the capture's groups had.
  expect(history.maxContainers).toBe(1 + 100 + Math.max(...PROFILES.nested!.depths) - 1);
});

test("a profile that is none is refused", () => {
  const create = histories["capture-shaped"]!;
  const nothing = { ...PROFILES.nested!, kinds: [] };
  expect(() => create({ nrFrames: 8192, seed: 1, profile: nothing })).toThrow(WorkloadError);
  expect(() => create({ nrFrames: 8192, seed: 1, profile: 7 })).toThrow(WorkloadError);
});
