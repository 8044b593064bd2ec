// owners: the map of owners is as dense and as mixed as it was asked to be.
import { describe, expect, test } from "vitest";
import { type OwnerMapParameters, ownersFor } from "../../src/workload/owners.js";
import { WorkloadError } from "../../src/workload/parameters.js";

const NR_FRAMES = 1 << 18;

function mapOf(parameters: OwnerMapParameters): Uint16Array {
  const owners = new Uint16Array(NR_FRAMES);
  const owned = ownersFor(owners, parameters);
  expect(owned).toBe(owners.filter((owner) => owner !== 0).length);
  return owners;
}

function runsOf(owners: Uint16Array): number[] {
  const runs: number[] = [];
  for (let pfn = 0; pfn < owners.length; ) {
    let end = pfn + 1;
    while (end < owners.length && owners[end] === owners[pfn]) end++;
    if (owners[pfn] !== 0) runs.push(end - pfn);
    pfn = end;
  }
  return runs;
}

function ownersInBlocks(owners: Uint16Array): number[] {
  return Array.from({ length: NR_FRAMES / 64 }, (_, block) => {
    const found = new Set(owners.subarray(block * 64, block * 64 + 64));
    found.delete(0);
    return found.size;
  });
}

describe.each([1 / 64, 1 / 16, 1 / 4, 1 / 2, 1])("density %d", (density) => {
  const owners = mapOf({ seed: 1, density });

  test("is met", () => {
    const share = owners.filter((owner) => owner !== 0).length / NR_FRAMES;
    expect(Math.abs(share - density) / density).toBeLessThan(0.05);
  });

  test("runs are 2 to 11 pages, blocks hold no more than 4 owners", () => {
    const runs = runsOf(owners).slice(0, -1);
    // Two runs of one owner may touch across a block's border.
    expect(runs.every((run) => run >= 2)).toBe(true);
    expect(runs.filter((run) => run > 11).length / runs.length).toBeLessThan(0.05);
    const perBlock = ownersInBlocks(owners);
    expect(Math.max(...perBlock)).toBeLessThanOrEqual(5);
    if (density === 1)
      expect(perBlock.filter((n) => n >= 2 && n <= 4).length / perBlock.length).toBeGreaterThan(0.95);
  });
});

test("the seed decides", () => {
  expect(mapOf({ seed: 1 })).toEqual(mapOf({ seed: 1 }));
  expect(mapOf({ seed: 1 })).not.toEqual(mapOf({ seed: 2 }));
});

test("all containers are met; one alone is no hang", () => {
  expect(new Set(mapOf({ seed: 1, containers: 100 })).size).toBe(100);
  expect(new Set(mapOf({ seed: 1, containers: 1 }))).toEqual(new Set([1]));
});

test("nonsense is refused before anything is written", () => {
  const owners = new Uint16Array(64).fill(9);
  for (const bad of [
    { density: 0 },
    { density: 2 },
    { containers: 0 },
    { runMin: 5, runMax: 4 },
    { seed: -1 },
  ])
    expect(() => ownersFor(owners, { seed: 1, ...bad })).toThrow(WorkloadError);
  expect(new Set(owners)).toEqual(new Set([9]));
});
