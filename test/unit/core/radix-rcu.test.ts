// radix-rcu: the tree is that of radix; what differs is what a reader may still do with the root of long ago.
import { describe, expect, test } from "vitest";
import {
  Core,
  Op,
  PageType,
  RadixRcuNode,
  Retired,
  SLAB_BYTES,
  SlabHead,
  SlabPool,
} from "../../../src/abi.js";
import { errName, Ledger, type Options, randomFrom } from "./harness.js";

const NODES_PER_SLAB = 14;
const NONE = 0xffffffff;
const READER = 1;
const AGENTS = 2;
/** Wasm pages that a second agent and the undo journal take, at 2^17 frames. */
const AGENTS_WASM_PAGES = 544;

const ready = (name: string, options: Options = {}) => {
  const ledger = new Ledger(name, { agents: AGENTS, ...options });
  for (const id of [1, 2, 3]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: NONE });
  return ledger;
};
const charge = (ledger: Ledger, pfn: number, memcg = 1, order = 0) =>
  ledger.do(Op.RECHARGE, { pfn, order, memcg, arg: PageType.ANON });
const root = (ledger: Ledger) => ledger.core(Core.radixRcuRoot);
const nodes = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);
const retired = (ledger: Ledger) => ledger.core(Core.nrRetired);
const isNode = (word: number) => word !== 0 && (word & 1) === 0;
const word = (ledger: Ledger, ptr: number, offset: number) => ledger.view.getUint32(ptr + offset, true);
const height = (ledger: Ledger, from = root(ledger)) =>
  isNode(from) ? word(ledger, from, RadixRcuNode.height) : 0;

/** Whether the pool counts the node at this address as in use. */
function inUse(ledger: Ledger, ptr: number): boolean {
  const arenaPtr = ledger.core(Core.arenaPtr);
  const slab = ptr - ((ptr - arenaPtr) % SLAB_BYTES);
  const slot = (ptr - slab - SlabHead.sizeBytes) / RadixRcuNode.sizeBytes;
  return ((word(ledger, slab, SlabHead.usedMask) >>> slot) & 1) === 1;
}

/** What a reader finds that took `from` as the root, at any time since; every node on its way must still be there. */
function descend(ledger: Ledger, from: number, pfn: number): number {
  if (!isNode(from)) return pfn === 0 ? from >>> 1 : 0;
  let entry = from;
  let left = height(ledger, from);
  if (pfn >= 64 ** left) return 0;
  while (left > 0 && entry !== 0) {
    if (!inUse(ledger, entry)) throw new Error(`pfn ${pfn} leads to a node that is free`);
    if (word(ledger, entry, RadixRcuNode.height) !== left)
      throw new Error(`pfn ${pfn} leads to another node`);
    left--;
    entry = word(ledger, entry, RadixRcuNode.slots + 4 * (Math.floor(pfn / 64 ** left) % 64));
  }
  return entry;
}

/** Levels and nodes that a tree of these pages has. */
function shapeOf(pfns: Iterable<number>): [number, number] {
  const owned = [...pfns];
  let levels = 0;
  for (let rest = Math.max(0, ...owned); rest > 0; rest = Math.floor(rest / 64)) levels++;
  let count = 0;
  for (let level = 1; level <= levels; level++)
    count += new Set(owned.map((pfn) => Math.floor(pfn / 64 ** level))).size;
  return [levels, count];
}

describe.each(["debug/radix-rcu", "radix-rcu"])("%s", (name) => {
  test("14 nodes of 288 bytes to a slab, as many as without height and rcu head", () => {
    expect(RadixRcuNode.sizeBytes).toBe(288);
    expect(ready(name).core(Core.nodePool + SlabPool.perSlab)).toBe(NODES_PER_SLAB);
  });

  test("each power of 64 adds a level and gives it back; the height stands in the node", () => {
    const ledger = ready(name, { nrFrames: 64 ** 4 * 2, maximum: 8400, agents: 0 });
    const steps = [0, 1, 63, 64, 4095, 4096, 262143, 262144, 16777215, 16777216];
    steps.forEach((pfn, i) => {
      charge(ledger, pfn);
      expect([height(ledger), nodes(ledger)]).toEqual(shapeOf(steps.slice(0, i + 1)));
    });
    steps.reverse().forEach((pfn, i) => {
      ledger.do(Op.FREE, { pfn });
      expect([height(ledger), nodes(ledger) - retired(ledger)]).toEqual(shapeOf(steps.slice(i + 1)));
    });
    expect(retired(ledger)).toBeGreaterThan(0);
    expect(errName(ledger.calls.agentQuiescent(0))).toBe("OK");
    expect([root(ledger), retired(ledger), nodes(ledger), ledger.calls.usedIndexBytes()]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test("growth: the old root still says what it said", () => {
    const ledger = ready(name, { nrFrames: 1 << 19 });
    ledger.calls.agentOnline(READER);
    charge(ledger, 0, 3);
    const roots = [root(ledger)];
    for (const pfn of [5, 70, 5000, 300_000]) {
      charge(ledger, pfn, 2);
      roots.push(root(ledger));
    }
    expect(new Set(roots).size).toBe(5);
    for (const from of roots) expect(descend(ledger, from, 0)).toBe(3);
    expect(roots.map((from) => descend(ledger, from, 5))).toEqual([0, 2, 2, 2, 2]);
    expect(roots.map((from) => descend(ledger, from, 300_000))).toEqual([0, 0, 0, 0, 2]);
    expect(retired(ledger)).toBe(0); // growing unlinks nothing
    ledger.sound();
  });

  test("shrinking and deleting: an old root leads on, nothing is freed before the reader has let go", () => {
    const ledger = ready(name, { nrFrames: 1 << 19 });
    charge(ledger, 1, 1);
    charge(ledger, 5000, 2);
    const bytes = ledger.calls.usedIndexBytes();
    ledger.calls.agentOnline(READER);
    const old = root(ledger);
    ledger.do(Op.FREE, { pfn: 5000 });
    expect([height(ledger), nodes(ledger), retired(ledger)]).toEqual([1, 5, 4]);
    expect([1, 5000].map((pfn) => descend(ledger, old, pfn))).toEqual([1, 0]);
    ledger.do(Op.MOVE_CHARGE, { pfn: 1, memcg: 3 });
    expect(descend(ledger, old, 1)).toBe(3);
    ledger.do(Op.FREE, { pfn: 1 });
    expect([root(ledger), descend(ledger, old, 1), retired(ledger)]).toEqual([0, 0, 5]);
    // New pages get new nodes while the old ones wait.
    for (const pfn of [1, 2, 5000]) charge(ledger, pfn, 2);
    expect([1, 2, 5000].map((pfn) => descend(ledger, old, pfn))).toEqual([0, 0, 0]);
    for (let i = 0; i < 3; i++) ledger.calls.agentQuiescent(0);
    expect([retired(ledger), nodes(ledger)]).toEqual([5, 10]);
    ledger.sound();
    ledger.calls.agentQuiescent(READER);
    ledger.calls.agentQuiescent(0);
    expect([retired(ledger), nodes(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 5, bytes]);
    expect(() => descend(ledger, old, 1)).not.toThrow(); // its address is in use again: by then nobody may have it
    ledger.sound();
  });

  test("without the announcement the same reader meets a freed node: the observer sees that", () => {
    const ledger = ready(name);
    charge(ledger, 100);
    const old = root(ledger);
    ledger.do(Op.FREE, { pfn: 100 });
    expect(descend(ledger, old, 100)).toBe(0);
    ledger.calls.agentQuiescent(0);
    expect(inUse(ledger, old)).toBe(false);
    const freed = Buffer.from(ledger.memory.buffer, old, RadixRcuNode.sizeBytes);
    expect(freed.every((byte) => byte === 0)).toBe(true);
  });

  test("readers of all ages through a random history: owners that the page had, and nothing else", () => {
    const ledger = ready(name, { nrFrames: 1 << 19 });
    const random = randomFrom(2620);
    const owners = new Map<number, number>();
    /** Owners of each page since the reader announced. */
    let had = new Map<number, Set<number>>();
    let from = 0;
    const seen = { shrunk: 0, grown: 0, gone: 0, waiting: 0 };
    ledger.calls.agentOnline(READER);
    const pfns = [
      ...Array(70).keys(),
      ...Array.from({ length: 60 }, () => random(1 << 19)),
      4095,
      4096,
      4160,
    ];
    const announce = () => {
      expect(errName(ledger.calls.agentQuiescent(READER))).toBe("OK");
      from = root(ledger);
      had = new Map(pfns.map((pfn) => [pfn, new Set([owners.get(pfn) ?? 0])]));
    };
    for (let round = 0; round < 150; round++) {
      announce();
      const before = height(ledger);
      // Charged below a border, or freed from it on: the tree really grows and shrinks.
      const border = [0, 1, 64, 4096, 1 << 19][random(5)]!;
      const isCharge = random(2) === 0;
      const drawn = Array.from({ length: 30 }, () => pfns[random(pfns.length)]!).filter((p) => p < border);
      for (const pfn of isCharge ? drawn : [...owners.keys()].filter((p) => p >= border)) {
        const memcg = isCharge ? 1 + random(3) : 0;
        if (isCharge) charge(ledger, pfn, memcg);
        else ledger.batch([[Op.FREE, { pfn }]]); // a batch ends with a quiescent state
        if (isCharge) owners.set(pfn, memcg);
        else owners.delete(pfn);
        had.get(pfn)!.add(memcg);
        for (const p of [pfn, pfns[random(pfns.length)]!]) {
          expect([...had.get(p)!]).toContain(descend(ledger, from, p));
          expect(ledger.calls.ownerOf(p)).toBe(owners.get(p) ?? 0);
        }
      }
      for (const p of pfns) expect([...had.get(p)!]).toContain(descend(ledger, from, p));
      if (height(ledger) < before) seen.shrunk++;
      if (height(ledger) > before) seen.grown++;
      if (root(ledger) === 0) seen.gone++;
      seen.waiting = Math.max(seen.waiting, retired(ledger));
      expect([height(ledger), nodes(ledger) - retired(ledger)]).toEqual(shapeOf(owners.keys()));
      if (round % 10 === 0) ledger.sound();
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(2);
    ledger.calls.agentOffline(READER);
    ledger.calls.agentQuiescent(0);
    expect(retired(ledger)).toBe(0);
    expect(nodes(ledger)).toBe(shapeOf(owners.keys())[1]);
  });

  test("full memory: nodes that wait are freed rather than a charge refused, unless a reader holds them", () => {
    const ledger = ready(name, { nrFrames: 1 << 17, maximum: 69 + AGENTS_WASM_PAGES });
    const tryCharge = (pfn: number) => ledger.try(Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON });
    let end = 0;
    while (tryCharge(end) === "OK") end += 64;
    expect(end).toBeGreaterThan(64 * 64);
    expect(end).toBeLessThan(1 << 17);
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn: end, memcg: 1, arg: PageType.ANON });
    ledger.calls.agentOnline(READER);
    for (let i = 0; i < 40; i++) ledger.do(Op.FREE, { pfn: i * 64 });
    const waiting = retired(ledger);
    expect(waiting).toBeGreaterThanOrEqual(40);
    expect(tryCharge(end)).toBe("NO_MEMORY");
    expect([retired(ledger), ledger.calls.ownerOf(end)]).toEqual([waiting, 0]);
    ledger.sound();
    ledger.calls.agentOffline(READER);
    expect(tryCharge(end)).toBe("OK");
    expect(retired(ledger)).toBe(0);
    ledger.sound();
  });

  test("a folio replaced where it is all of the tree: what it leaves is not had again, and was counted", () => {
    const ledger = ready(name, { nrFrames: 1 << 17 });
    for (const order of [9, 6, 12, 0]) {
      charge(ledger, 1 << 16, 1, order);
      ledger.do(Op.ALLOC_CHARGE, { pfn: 1 << 16, order, memcg: 2, arg: PageType.FILE });
      expect(ledger.calls.ownerOf((1 << 16) + 2 ** order - 1)).toBe(2);
      ledger.sound();
    }
  });

  test("frames are added while nodes wait", () => {
    const ledger = ready(name, { nrFrames: 8192 });
    for (let pfn = 0; pfn < 8192; pfn += 100) charge(ledger, pfn, 1 + (pfn % 3));
    for (let pfn = 0; pfn < 4000; pfn += 100) ledger.do(Op.FREE, { pfn });
    const waiting = retired(ledger);
    expect(waiting).toBeGreaterThan(0);
    expect(errName(ledger.calls.growFrames(1 << 18))).toBe("OK");
    expect(retired(ledger)).toBe(waiting);
    ledger.sound();
    ledger.calls.agentQuiescent(0);
    expect(retired(ledger)).toBe(0);
    for (let pfn = 4000; pfn < 8192; pfn += 100) expect(ledger.calls.ownerOf(pfn)).toBe(1 + (pfn % 3));
    ledger.sound();
  });

  test("a damaged tree or list is noticed", () => {
    const damaged = (damage: (ledger: Ledger) => void) => {
      const ledger = ready(name);
      for (const pfn of [3, 5000, 8000]) charge(ledger, pfn);
      ledger.do(Op.FREE, { pfn: 5000 });
      ledger.sound();
      damage(ledger);
      return ledger.calls.audit();
    };
    const poke = (ledger: Ledger, ptr: number, value: number) => ledger.view.setUint32(ptr, value, true);
    const first = (ledger: Ledger) => ledger.core(Core.arenaPtr) + ledger.core(Core.retiredFirst);
    expect(damaged((l) => poke(l, root(l) + RadixRcuNode.count, 9))).toBeGreaterThan(0);
    expect(damaged((l) => poke(l, root(l) + RadixRcuNode.height, 2))).toBeGreaterThan(0);
    expect(damaged((l) => poke(l, first(l) + Retired.epoch, 99))).toBeGreaterThan(0);
    expect(damaged((l) => poke(l, first(l) + Retired.next, l.core(Core.retiredFirst)))).toBeGreaterThan(0);
  });
});
