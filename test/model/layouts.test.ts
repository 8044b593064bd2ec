/**
 * The engine on the page descriptors of other kernels: the same histories, the same answers as on the compact record.
 */
import { describe, expect, test } from "vitest";
import { Err, FRAME_LAYOUTS, FRAME_RESERVED, LruList, Op, PAGE_BYTES, PageType } from "../../src/abi.js";
import { Core } from "../../src/core/core.js";
import { LedgerError } from "../../src/core/errors.js";
import { encodeSnapshot, installSnapshot } from "../../src/ledger/snapshot.js";
import { SnapshotError } from "../../src/ledger/snapshot-error.js";
import { frozenBytes, naiveStateOf, stateOf } from "./compare.js";
import { NaiveLedger } from "./naive-ledger.js";
import { DENSE, HOSTILE, RandomHistory, type Space, seedOf } from "./random-history.js";
import { LAYOUT_NAMES, moduleOf, openLayouts, type Subject } from "./subjects.js";

/** The descriptors, and the compact record beside them. */
const openAll = (space: Space): Subject[] => [
  { name: "column", core: new Core(moduleOf("column"), space) },
  ...openLayouts(space),
];

/** Bytes of a frame record that belong to no field: whatever happens they stay zero. */
function expectReservedZero({ name, core }: Subject, pfns: Iterable<number>): void {
  const bytes = new Uint8Array(core.memory.buffer);
  for (const pfn of pfns)
    for (const [first, length] of FRAME_RESERVED[core.frameLayout]!) {
      const at = core.framePtr(pfn) + first;
      if (bytes.subarray(at, at + length).some((byte) => byte !== 0))
        expect.fail(`${name}: frame ${pfn} has something in its reserved bytes`);
    }
}

const PLANS = [
  { space: DENSE, vocabulary: "strict", nrOps: 20_000, watchOneIn: 32, seed: 52 },
  { space: DENSE, vocabulary: "both", nrOps: 20_000, watchOneIn: 32, seed: 53 },
  { space: HOSTILE, vocabulary: "both", nrOps: 10_000, watchOneIn: 8, seed: 54 },
] as const;

for (const { space, vocabulary, nrOps, watchOneIn, seed: fallback } of PLANS) {
  const seed = seedOf(fallback);
  test(`${space.name}, ${vocabulary}: ${nrOps} operations, PAGELEDGER_SEED=${seed}`, () => {
    const history = new RandomHistory(seed, space, vocabulary);
    const model = new NaiveLedger(space.nrFrames, space.maxContainers, space.maxPids);
    const subjects = openAll(space);
    for (let i = 0; i < nrOps; i++) {
      const op = history.next(model);
      const expected = model.run(...op);
      const isWatched = expected !== Err.OK && i % watchOneIn === 0;
      for (const { name, core } of subjects) {
        const before = isWatched ? frozenBytes(core) : undefined;
        const got = core.runOne(...op);
        if (got !== expected) expect.fail(`${name}: ${got} instead of ${expected} at operation ${i} [${op}]`);
        if (before !== undefined && Buffer.compare(before, frozenBytes(core)) !== 0)
          expect.fail(`${name}: a refusal left traces at operation ${i} [${op}]`);
      }
      if ((i + 1) % 500 !== 0) continue;
      const state = naiveStateOf(model, history.pfns);
      for (const subject of subjects) {
        expect(stateOf(subject.core, history.pfns), `${subject.name} after operation ${i}`).toEqual(state);
        expect(subject.core.audit(), `audit of ${subject.name} after operation ${i}`).toBe(0);
        expectReservedZero(subject, history.pfns);
      }
    }
  });
}

test("frames added while the ledgers are in use", () => {
  const space: Space = { ...DENSE, name: "growing", nrFrames: 1001, maxContainers: 24, orderMax: 6 };
  // Odd numbers, so that the last record ends anywhere in its line and page.
  const growth = [1203, 4099, 20_001];
  const wide: Space = { ...space, nrFrames: growth.at(-1)! };
  const seed = seedOf(2009);
  const history = new RandomHistory(seed, wide, "replay");
  const subjects = openAll(space);
  const words = new Uint32Array(5000 * 4);
  for (const nrFrames of [0, ...growth]) {
    if (nrFrames > 0) for (const { core } of subjects) core.growFrames(nrFrames);
    for (let i = 0; i < 5000; i++) words.set(history.next(), i * 4);
    for (const { core } of subjects) core.execute(words, 5000, false);
    const [first, ...others] = subjects.map((subject) => ({
      ...stateOf(subject.core, history.pfns),
      errors: subject.core.errorCounts(),
    }));
    others.forEach((state, i) => {
      expect(state, `${subjects[i + 1]!.name} at ${nrFrames} frames, PAGELEDGER_SEED=${seed}`).toEqual(first);
    });
    for (const subject of subjects) {
      expect(subject.core.audit(), `audit of ${subject.name} at ${nrFrames} frames`).toBe(0);
      const touched = history.pfns.filter((pfn) => pfn < subject.core.nrFrames);
      expectReservedZero(subject, touched);
    }
  }
  expect(subjects[0]!.core.nrFrames).toBe(growth.at(-1));
});

const SIZE = { nrFrames: 512, maxContainers: 8, maxPids: 8 };

/** A folio of order 2 with owner, list and mapping, and single pages on a list with it. */
function busyCore(name: string): Core {
  const core = new Core(moduleOf(name), SIZE);
  const ops: [number, number, number][] = [[Op.CONTAINER_CREATE, 1, 0xffffffff]];
  for (const [pfn, order] of [
    [64, 2],
    [70, 0],
    [71, 0],
    [300, 0],
  ] as const) {
    ops.push(
      [Op.ALLOC | (order << 8), pfn, 0],
      [Op.CHARGE | (1 << 16), pfn, PageType.ANON],
      [Op.LRU_ADD, pfn, LruList.INACTIVE_ANON],
      [Op.MAP, pfn, 0],
    );
  }
  for (const op of ops) expect(core.runOne(...op)).toBe(Err.OK);
  return core;
}

describe.each(LAYOUT_NAMES)("%s", (name) => {
  test("any byte set in a free frame is found by the audit", () => {
    const core = busyCore(name);
    expect(core.audit()).toBe(0);
    const at = core.framePtr(100);
    for (let i = 0; i < core.frame.sizeBytes; i++) {
      const bytes = new Uint8Array(core.memory.buffer);
      bytes[at + i] = 1;
      expect(core.audit(), `byte ${i}`).toBeGreaterThan(0);
      bytes[at + i] = 0;
    }
    expect(core.audit()).toBe(0);
  });

  test("a frame that is freed is all zero", () => {
    const core = busyCore(name);
    for (const code of [Op.UNMAP, Op.LRU_DEL, Op.UNCHARGE, Op.FREE | (2 << 8)])
      expect(core.runOne(code, 64, 0)).toBe(Err.OK);
    const records = new Uint8Array(core.memory.buffer).subarray(core.framePtr(64), core.framePtr(68));
    expect(records.every((byte) => byte === 0)).toBe(true);
    expect(core.audit()).toBe(0);
  });

  test("frames beyond 4 GiB are refused, and a growth that is refused changes nothing", () => {
    const { sizeBytes } = FRAME_LAYOUTS[busyCore(name).frameLayout]!;
    const tooMany = Math.ceil(2 ** 32 / sizeBytes);
    const noMemory = (error: unknown) => error instanceof LedgerError && error.code === "NO_MEMORY";
    expect(() => new Core(moduleOf(name), { ...SIZE, nrFrames: tooMany })).toThrow(
      expect.toSatisfy(noMemory) as Error,
    );
    // So many that their bytes, taken modulo 2^32, would fit well.
    const wrapping = Math.ceil((2 ** 32 + 4096) / sizeBytes);
    const core = busyCore(name);
    const before = frozenBytes(core);
    for (const nrFrames of [tooMany, wrapping])
      expect(() => core.growFrames(nrFrames)).toThrow(expect.toSatisfy(noMemory) as Error);
    expect(Buffer.compare(before, frozenBytes(core))).toBe(0);
  });

  test("an image comes back on the same layout, and on no other", () => {
    const core = busyCore(name);
    const names = new Map([[1, "web"]]);
    core.audit(); // It leaves totals behind, and restoring audits too.
    const image = encodeSnapshot(core, names);
    const { core: back } = installSnapshot(moduleOf(name), image, {});
    const pfns = Array.from({ length: SIZE.nrFrames }, (_, pfn) => pfn);
    expect(stateOf(back, pfns)).toEqual(stateOf(core, pfns));
    expect(Buffer.compare(encodeSnapshot(back, names), image)).toBe(0);

    const design = name.replace(/.*-(in-page|column|radix)$/, "$1");
    const reasonOf = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        if (error instanceof SnapshotError) return error.reason;
        throw error;
      }
      return "taken";
    };
    expect(reasonOf(() => installSnapshot(moduleOf(design), image, {}))).toBe("layout");
    const compact = encodeSnapshot(busyCore(design), names);
    expect(reasonOf(() => installSnapshot(moduleOf(name), compact, {}))).toBe("layout");
  });

  test("an image with something in reserved bytes of a frame in use is refused", () => {
    const [first] = FRAME_RESERVED[busyCore(name).frameLayout]!.at(-1)!;
    for (const pfn of [64, 70, 300]) {
      const core = busyCore(name);
      new Uint8Array(core.memory.buffer)[core.framePtr(pfn) + first] = 1;
      const image = encodeSnapshot(core, new Map([[1, "web"]]));
      expect(() => installSnapshot(moduleOf(name), image, { audit: false })).toThrow(
        `frame ${pfn} has something in reserved bytes`,
      );
    }
  });
});

test("a pointer to the owner in each descriptor takes 0.2 % of memory", () => {
  for (const name of LAYOUT_NAMES.filter((n) => n.endsWith("in-page"))) {
    const core = busyCore(name);
    const share = core.usedIndexBytes() / (core.nrFrames * PAGE_BYTES);
    expect((100 * share).toFixed(1), name).toBe("0.2");
    expect(share).toBe(core.frame.ownerBytes / PAGE_BYTES);
  }
});
