/**
 * Pages charged without the ledger lock, by one agent: as a map from pages to owners would have it, in every design and build.
 */
import { describe, expect, test } from "vitest";
import { type Container, Ledger, LedgerError, PageType } from "../../src/index.js";
import { Random, seedOf } from "../model/random-history.js";
import { DESIGN_NAMES, moduleOf, NEEDS_RECORDS } from "../model/subjects.js";

const BARE = DESIGN_NAMES.filter((name) => !NEEDS_RECORDS.has(name));
const MODULES = BARE.flatMap((name) => [`debug/${name}`, `shared/${name}`, `debug/shared-${name}`]);
/** Those whose agents do without the lock. */
const LOCKLESS = ["column", "palette"].flatMap((name) => [`shared/${name}`, `debug/shared-${name}`]);
const NR_FRAMES = 640;
const seed = seedOf(1964);

function open(module: string, more: Partial<Parameters<typeof Ledger.open>[1]> = {}) {
  const ledger = Ledger.open(moduleOf(module), { nrFrames: NR_FRAMES, frameRecords: false, ...more });
  const group = ledger.createContainer("/group");
  const leaves = Array.from({ length: 24 }, (_, i) =>
    ledger.createContainer({ name: `leaf${i}`, parent: group }),
  );
  return { ledger, group, leaves };
}

const of = (...pfns: number[]) => Uint32Array.from(pfns);

/** The code of what it throws, and at which page. */
function refusal(work: () => void): [string, number | undefined] {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerError);
    const { code, opIndex } = error as LedgerError;
    return [code, opIndex];
  }
  return ["OK", undefined];
}

function check(
  ledger: Ledger,
  owners: readonly number[],
  leaves: readonly Container[],
  group: Container,
): void {
  const pages = new Map<number, number>();
  for (const id of owners) if (id) pages.set(id, (pages.get(id) ?? 0) + 1);
  expect(Array.from(ledger.ownersOfRange(0, NR_FRAMES, { raw: true }))).toEqual(owners);
  expect(ledger.audit()).toEqual({ differences: 0, list: [] });
  for (const leaf of leaves) {
    const counters = leaf.counters();
    expect([counters.chargedPages, counters.otherPages]).toEqual([
      pages.get(leaf.id) ?? 0,
      pages.get(leaf.id) ?? 0,
    ]);
    expect(leaf.usage({ exact: true })).toBe(pages.get(leaf.id) ?? 0);
  }
  const all = owners.filter((id) => id !== 0).length;
  expect(group.usage({ exact: true })).toBe(all);
  expect(group.totals().chargedPages).toBe(all);
  expect(ledger.stats().chargedPages).toBe(all);
}

describe.each(MODULES)("%s", (module) => {
  test(`a random history, PAGELEDGER_SEED=${seed}`, () => {
    const { ledger, group, leaves } = open(module);
    const random = new Random(seed);
    const owners: number[] = new Array(NR_FRAMES).fill(0);
    for (let round = 0; round < 400; round++) {
      // Blocks with few owners, and some with many.
      const leaf = leaves[random.below(random.below(4) ? 3 : leaves.length)]!;
      const first = random.below(NR_FRAMES);
      const pfns = Array.from(
        { length: 1 + random.below(40) },
        () => (first + random.below(120)) % NR_FRAMES,
      );
      const unique = [...new Set(pfns)];
      const free = Uint32Array.from(unique.filter((pfn) => !owners[pfn]));
      const owned = Uint32Array.from(unique.filter((pfn) => owners[pfn]));
      switch (random.below(6)) {
        case 0:
        case 1:
          ledger.lockless.charge(free, leaf);
          for (const pfn of free) owners[pfn] = leaf.id;
          break;
        case 2:
          ledger.lockless.uncharge(owned);
          for (const pfn of owned) owners[pfn] = 0;
          break;
        case 3:
          // Refused at the first page that has an owner; nothing is charged.
          if (owned.length) {
            const [code, at] = refusal(() => ledger.lockless.charge(of(...free, owned[0]!, ...free), leaf));
            expect([code, at]).toEqual(["CHARGED", free.length]);
          }
          break;
        case 4:
          ledger.chargeMany(free.sort(), leaf, PageType.NONE);
          for (const pfn of free) owners[pfn] = leaf.id;
          break;
        default:
          ledger.unchargeMany(owned.sort());
          for (const pfn of owned) owners[pfn] = 0;
      }
      if (round % 20 === 0) check(ledger, owners, leaves, group);
      if (round % 90 === 0) ledger.drain();
    }
    check(ledger, owners, leaves, group);
    ledger.lockless.uncharge(Uint32Array.from(owners.keys()).filter((pfn) => owners[pfn]));
    check(ledger, owners.fill(0), leaves, group);
    ledger.drain();
    expect(group.view.usagePages).toBe(0);
  });

  test("refusals change nothing, and name the page", () => {
    const { ledger, group, leaves } = open(module);
    const [leaf, other] = leaves as [Container, Container];
    ledger.lockless.charge(of(5, 3, 70), leaf);
    expect(refusal(() => ledger.lockless.charge(of(9, NR_FRAMES), leaf))).toEqual(["BAD_PFN", 1]);
    expect(refusal(() => ledger.lockless.charge(of(9, 8, 9), other))).toEqual(["CHARGED", 2]);
    expect(refusal(() => ledger.lockless.uncharge(of(3, 9)))).toEqual(["NOT_CHARGED", 1]);
    expect(refusal(() => ledger.lockless.uncharge(of(NR_FRAMES)))).toEqual(["BAD_PFN", 0]);
    const owners: number[] = new Array(NR_FRAMES).fill(0);
    owners[5] = owners[70] = leaf.id;
    check(ledger, owners, leaves, group);
    other.remove();
    expect(refusal(() => ledger.lockless.charge(of(9), other.id))[0]).toBe("NO_CONTAINER");
    leaf.remove();
    expect(refusal(() => ledger.lockless.charge(of(9), leaf.id))).toEqual(["OFFLINE", 0]);
    ledger.lockless.uncharge(of(70, 5));
    expect(leaf.released).toBe(true);
    expect(ledger.audit().differences).toBe(0);
    expect(group.view.usagePages).toBe(0);
  });

  test("a limit is not exceeded, and what others may need is not kept", () => {
    const { ledger, leaves, group } = open(module);
    const [leaf, other] = leaves as [Container, Container];
    group.setMax(100);
    const all = Uint32Array.from({ length: 101 }, (_, i) => i * 3);
    expect(refusal(() => ledger.lockless.charge(all, leaf))[0]).toBe("LIMIT");
    expect(group.usage({ exact: true })).toBe(0);
    ledger.lockless.charge(all.subarray(0, 60), leaf);
    ledger.lockless.charge(all.subarray(60, 100), other);
    expect(refusal(() => ledger.lockless.charge(all.subarray(100), leaf))).toEqual(["LIMIT", 0]);
    expect(group.usage()).toBe(100);
    ledger.lockless.uncharge(all.subarray(0, 1));
    ledger.lockless.charge(all.subarray(100), other);
    // What is counted by number takes from the same limit.
    expect(refusal(() => other.charge(1))[0]).toBe("LIMIT");
    ledger.lockless.uncharge(all.subarray(1, 4));
    other.charge(3);
    expect(group.usage()).toBe(100);
    expect(ledger.audit().differences).toBe(0);
  });

  test("a removed container's number serves another one, whose pages are its own", () => {
    const { ledger } = open(module, { maxContainers: 26 });
    let lastId = 0;
    for (let round = 1; round <= 5; round++) {
      const tenant = ledger.createContainer(`/tenant${round}`);
      if (lastId) expect(tenant.id).toBe(lastId);
      lastId = tenant.id;
      ledger.lockless.charge(
        Uint32Array.from({ length: 10 * round }, (_, i) => i * 7),
        tenant,
      );
      if (round % 2) expect(tenant.counters().chargedPages).toBe(10 * round);
      tenant.remove();
      ledger.lockless.uncharge(Uint32Array.from({ length: 10 * round }, (_, i) => i * 7));
      ledger.drain();
      expect(tenant.released).toBe(true);
    }
    expect(ledger.audit().differences).toBe(0);
  });

  test("ledgers with frame records refuse, with the remedy", () => {
    const ledger = Ledger.open(moduleOf(module), { nrFrames: 64 });
    const tenant = ledger.createContainer("/a");
    expect(() => ledger.lockless.charge(of(1), tenant)).toThrow(/frameRecords: false/);
    expect(() => ledger.lockless.uncharge(of(1))).toThrow(/frameRecords: false/);
  });
});

describe.each(LOCKLESS)("%s", (module) => {
  test.each(["adaptive", "naive", "one-slot", "seven-slots"] as const)(
    "stocks by the policy %s stay in their bounds",
    (stockPolicy) => {
      const { ledger, leaves, group } = open(module, { stockPolicy });
      const random = new Random(seed);
      const owned: number[] = [];
      for (let round = 0; round < 300; round++) {
        const leaf = leaves[random.below(leaves.length)]!;
        const start = random.below(NR_FRAMES - 64);
        const free = Uint32Array.from({ length: 64 }, (_, i) => start + i).filter(
          (pfn) => !owned.includes(pfn),
        );
        ledger.lockless.charge(free, leaf);
        owned.push(...free);
        ledger.lockless.uncharge(Uint32Array.from(owned.splice(0, random.below(owned.length + 1))));
        if (random.below(3) === 0) leaf.charge(5);
        expect(ledger.audit()).toEqual({ differences: 0, list: [] });
      }
      if (stockPolicy === "naive") expect(group.usage()).toBe(group.usage({ exact: true }));
      ledger.drain();
      expect(group.usage()).toBe(group.usage({ exact: true }));
    },
  );

  test("a snapshot has them, and so has a ledger for one agent that is opened from it", () => {
    const { ledger, leaves } = open(module);
    ledger.lockless.charge(
      Uint32Array.from({ length: 200 }, (_, i) => i),
      leaves[0]!,
    );
    ledger.lockless.uncharge(of(4, 5));
    // The palette's blocks of several agents are no image for one.
    const one = module.replace("shared/", "").replace("shared-", "");
    const alone = Ledger.restore(moduleOf(one.endsWith("palette") ? module : one), ledger.snapshot());
    const leaf = alone.containerById(leaves[0]!.id)!;
    expect(leaf.counters().chargedPages).toBe(198);
    expect(leaf.usage({ exact: true })).toBe(198);
    expect(alone.audit()).toEqual({ differences: 0, list: [] });
    alone.lockless.uncharge(of(0, 1));
    expect(leaf.usage({ exact: true })).toBe(196);
    const again = Ledger.restore(moduleOf(module), ledger.snapshot());
    expect(again.containerById(leaves[0]!.id)!.usage()).toBe(198);
  });
});
