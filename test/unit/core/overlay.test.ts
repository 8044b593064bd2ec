// overlay: the owner is in the field that type and list leave free, and moves along when they change.
import { describe, expect, test } from "vitest";
import {
  Check,
  CORE_PTR,
  Core,
  Difference,
  FrameFlag,
  LruList,
  Op,
  PageFrame,
  PageType,
  TYPE_MASK,
  TYPE_SHIFT,
} from "../../../src/abi.js";
import { Ledger, type Options, randomFrom } from "./harness.js";

const { NONE, ANON, FILE, SHMEM, KERNEL } = PageType;
const TYPES = Object.entries(PageType);
const MAX = 0xffffffff;

describe.each(["debug/overlay", "overlay"])("%s", (name) => {
  const ready = (options: Options = {}) => {
    const ledger = new Ledger(name, options);
    for (const id of [5, 6]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: MAX });
    return ledger;
  };
  const half = (ledger: Ledger, pfn: number, offset: number) =>
    ledger.view.getUint16(ledger.framePtr(pfn) + offset, true);
  const word = (ledger: Ledger, pfn: number, offset: number) =>
    ledger.view.getUint32(ledger.framePtr(pfn) + offset, true);
  /** The three fields that can be free: first link, second link, the word that stands for index and private. */
  const fields = (ledger: Ledger, pfn: number) => [
    word(ledger, pfn, PageFrame.lruNext),
    word(ledger, pfn, PageFrame.lruPrev),
    half(ledger, pfn, PageFrame.memcgId),
  ];
  const blank = (ledger: Ledger, pfn: number) =>
    Buffer.from(ledger.memory.buffer, ledger.framePtr(pfn), PageFrame.sizeBytes).every((byte) => byte === 0);
  const charge = (ledger: Ledger, pfn: number, type: PageType, order = 0, memcg = 5) => {
    ledger.do(Op.ALLOC, { pfn, order });
    ledger.do(Op.CHARGE, { pfn, memcg, arg: type });
  };

  test.each(TYPES)("%s: on no list, on one and off it, and free again", (_, type) => {
    const ledger = ready();
    const off = type === ANON ? [0, 0, 5] : [5, 0, 0];
    charge(ledger, 8, type, 2);
    expect(fields(ledger, 8)).toEqual(off);
    for (const tail of [9, 10, 11]) expect(fields(ledger, tail)).toEqual([5, 0, 0]);
    ledger.do(Op.LRU_ADD, { pfn: 8, arg: LruList.INACTIVE_FILE });
    expect(fields(ledger, 8)).toEqual([0, 0, 5]);
    charge(ledger, 20, type, 0, 5);
    ledger.do(Op.LRU_ADD, { pfn: 20, arg: LruList.INACTIVE_FILE });
    expect(fields(ledger, 20)).toEqual([9, 0, 5]);
    expect(fields(ledger, 8)).toEqual([0, 21, 5]);
    ledger.do(Op.LRU_ACTIVATE, { pfn: 8 });
    expect([ledger.calls.ownerOf(8), ledger.calls.ownerOf(11), ledger.calls.ownerOf(20)]).toEqual([5, 5, 5]);
    ledger.sound();
    ledger.do(Op.LRU_DEL, { pfn: 8 });
    expect(fields(ledger, 8)).toEqual(off);
    ledger.sound();
    ledger.do(Op.UNCHARGE, { pfn: 8 });
    for (const pfn of [8, 9, 10, 11]) expect(fields(ledger, pfn)).toEqual([0, 0, 0]);
    ledger.do(Op.FREE, { pfn: 8, order: 2 });
    ledger.do(Op.FREE, { pfn: 20 }); // from its list, still charged
    for (const pfn of [8, 9, 10, 11, 20]) expect(blank(ledger, pfn)).toBe(true);
    ledger.sound();
  });

  test("a page that changes its type takes its owner along", () => {
    const ledger = ready();
    charge(ledger, 4, KERNEL, 1);
    for (const [type, expected] of [
      [ANON, [0, 0, 5]],
      [FILE, [5, 0, 0]],
      [SHMEM, [5, 0, 0]],
      [ANON, [0, 0, 5]],
      [NONE, [5, 0, 0]],
    ] as const) {
      ledger.do(Op.SET_TYPE, { pfn: 4, arg: type });
      expect(fields(ledger, 4)).toEqual(expected);
      expect([ledger.calls.ownerOf(4), ledger.calls.ownerOf(5)]).toEqual([5, 5]);
      ledger.sound();
    }
    // Into the cache, on a list, out of the cache: the list alone decides now.
    ledger.do(Op.SET_TYPE, { pfn: 4, arg: ANON });
    ledger.do(Op.CACHE_ADD, { pfn: 4 });
    expect(fields(ledger, 4)).toEqual([5, 0, 0]);
    ledger.do(Op.LRU_ADD, { pfn: 4, arg: LruList.ACTIVE_FILE });
    ledger.do(Op.CACHE_DEL, { pfn: 4 });
    ledger.do(Op.SET_TYPE, { pfn: 4, arg: ANON });
    ledger.do(Op.SET_TYPE, { pfn: 4, arg: KERNEL });
    expect(fields(ledger, 4)).toEqual([0, 0, 5]);
    ledger.do(Op.LRU_DEL, { pfn: 4 });
    expect(fields(ledger, 4)).toEqual([5, 0, 0]);
    ledger.sound();
  });

  test.each(TYPES)("%s: a split makes heads of tails, on a list and off it", (_, type) => {
    const ledger = ready();
    const off = type === ANON ? [0, 0, 5] : [5, 0, 0];
    charge(ledger, 16, type, 3);
    ledger.do(Op.SPLIT, { pfn: 16, order: 1 });
    for (const head of [16, 18, 20, 22]) expect(fields(ledger, head)).toEqual(off);
    for (const tail of [17, 19, 21, 23]) expect(fields(ledger, tail)).toEqual([5, 0, 0]);
    ledger.sound();
    charge(ledger, 32, type, 3);
    ledger.do(Op.LRU_ADD, { pfn: 32, arg: LruList.UNEVICTABLE });
    ledger.do(Op.SPLIT, { pfn: 32, order: 1 });
    expect(ledger.lruList(5, LruList.UNEVICTABLE)).toEqual([32, 34, 36, 38]);
    expect(fields(ledger, 34)).toEqual([37, 33, 5]);
    expect(fields(ledger, 35)).toEqual([5, 0, 0]);
    ledger.sound();
    // A release in the middle carves first.
    ledger.do(Op.RELEASE, { pfn: 33 });
    expect(blank(ledger, 33)).toBe(true);
    expect(Array.from({ length: 8 }, (_, i) => ledger.calls.ownerOf(32 + i))).toEqual([
      5, 0, 5, 5, 5, 5, 5, 5,
    ]);
    ledger.sound();
    // And what nobody has paid for leaves nothing behind.
    ledger.do(Op.ALLOC, { pfn: 64, order: 2 });
    ledger.do(Op.SET_TYPE, { pfn: 64, arg: type });
    ledger.do(Op.SPLIT, { pfn: 64, order: 0 });
    for (const pfn of [64, 65, 66, 67]) expect(fields(ledger, pfn)).toEqual([0, 0, 0]);
    ledger.sound();
  });

  test.each(TYPES)("%s: a charge that moves leaves the old owner nowhere", (_, type) => {
    const ledger = ready();
    charge(ledger, 8, type, 1);
    charge(ledger, 12, type, 1);
    ledger.do(Op.LRU_ADD, { pfn: 12, arg: LruList.INACTIVE_ANON });
    for (const pfn of [8, 12]) ledger.do(Op.MOVE_CHARGE, { pfn, memcg: 6 });
    expect(fields(ledger, 8)).toEqual(type === ANON ? [0, 0, 6] : [6, 0, 0]);
    expect(fields(ledger, 12)).toEqual([0, 0, 6]);
    for (const tail of [9, 13]) expect(fields(ledger, tail)).toEqual([6, 0, 0]);
    ledger.sound();
    ledger.do(Op.RECHARGE, { pfn: 12, order: 1, memcg: 5, arg: ANON });
    expect(fields(ledger, 12)).toEqual([0, 0, 5]);
    ledger.do(Op.RECHARGE, { pfn: 8, order: 1, memcg: 0, arg: NONE });
    expect(fields(ledger, 8)).toEqual([0, 0, 0]);
    expect(fields(ledger, 9)).toEqual([0, 0, 0]);
    ledger.sound();
  });

  test("refusals leave every byte as it was", () => {
    const ledger = ready();
    ledger.do(Op.CONTAINER_CREATE, { pfn: 7, arg: 1 });
    for (const [pfn, type] of [
      [8, ANON],
      [12, FILE],
    ] as const) {
      charge(ledger, pfn, type, 1);
      ledger.do(Op.LRU_ADD, { pfn, arg: LruList.INACTIVE_FILE });
    }
    charge(ledger, 20, KERNEL, 1);
    ledger.do(Op.ALLOC, { pfn: 32, order: 1 });
    for (const type of [ANON, FILE, KERNEL])
      ledger.refuses("LIMIT", Op.CHARGE, { pfn: 32, memcg: 7, arg: type });
    ledger.refuses("LIMIT", Op.CACHE_ADD, { pfn: 32, memcg: 7 });
    for (const pfn of [8, 12, 20]) {
      ledger.refuses("LIMIT", Op.MOVE_CHARGE, { pfn, memcg: 7 });
      ledger.refuses("BAD_TYPE", Op.SET_TYPE, { pfn, arg: 5 });
      ledger.refuses("CHARGED", Op.CACHE_ADD, { pfn, memcg: 6 });
      ledger.refuses("NOT_HEAD", Op.SET_TYPE, { pfn: pfn + 1, arg: ANON });
      ledger.refuses("BAD_LIST", Op.LRU_ADD, { pfn, arg: 5 });
      ledger.refuses("BAD_ORDER", Op.SPLIT, { pfn, order: 1 });
    }
    ledger.refuses("BUSY", Op.UNCHARGE, { pfn: 12 });
    ledger.sound();
  });

  test("no byte of an index, before and after growth; owners stay where they are", () => {
    const ledger = ready({ nrFrames: 512 });
    charge(ledger, 100, FILE, 2);
    charge(ledger, 200, ANON);
    ledger.calls.growFrames(1 << 18);
    charge(ledger, (1 << 18) - 4, SHMEM, 2);
    expect([100, 103, 200, (1 << 18) - 1, 300].map((pfn) => ledger.calls.ownerOf(pfn))).toEqual([
      5, 5, 5, 5, 0,
    ]);
    expect(ledger.calls.usedIndexBytes()).toBe(0);
    ledger.sound();
  });

  test.each<[string, number, (view: DataView, at: (pfn: number) => number) => void]>([
    ["index of a tail", Check.INDEX, (view, at) => view.setUint16(at(9) + PageFrame.memcgId, 5, true)],
    ["index of a file page", Check.INDEX, (view, at) => view.setUint16(at(8) + PageFrame.memcgId, 5, true)],
    ["links of an anon page", Check.INDEX, (view, at) => view.setUint32(at(20) + PageFrame.lruNext, 5, true)],
    ["the second link", Check.INDEX, (view, at) => view.setUint32(at(8) + PageFrame.lruPrev, 5, true)],
    ["a tail's owner", Check.OWNER, (view, at) => view.setUint32(at(9) + PageFrame.lruNext, 6, true)],
    ["an owner beyond u16", Check.OWNER_UNUSED, (view, at) => view.setUint32(at(8), 1 << 16, true)],
  ])("an audit finds damage: %s", (_, check, damage) => {
    const ledger = ready();
    charge(ledger, 8, FILE, 1);
    charge(ledger, 20, ANON);
    ledger.sound();
    damage(ledger.view, (pfn) => ledger.framePtr(pfn));
    const found = Array.from({ length: ledger.calls.audit() }, (_, i) =>
      ledger.view.getUint16(CORE_PTR + Core.differences + i * Difference.sizeBytes + Difference.check, true),
    );
    expect(found).toContain(check);
  });

  test("fields say what a plain array says, through a random history", () => {
    const nrFrames = 256;
    const ledger = ready({ nrFrames });
    const random = randomFrom(29);
    for (let step = 1; step <= 6000; step++) {
      const order = random(4);
      const pfn = (random(nrFrames) >> order) << order;
      const memcg = 5 + random(2);
      const all: readonly [Op, number][] = [
        [Op.ALLOC_CHARGE, random(5)],
        [Op.RECHARGE, random(5)],
        [Op.LRU_PUT, random(5)],
        [Op.REPLAY_LRU_DEL, 0],
        [Op.SET_TYPE, random(5)],
        [Op.SPLIT, 0],
        [Op.RELEASE, 0],
      ];
      const [op, arg] = all[random(all.length)]!;
      ledger.try(op, { pfn, order, memcg, arg });
      if (step % 300) continue;
      ledger.sound();
      for (let p = 0; p < nrFrames; p++) {
        const flags = half(ledger, p, PageFrame.flags);
        const onList = ledger.frameLru(p) !== 0;
        const isAnon = (flags & TYPE_MASK) >> TYPE_SHIFT === ANON;
        const [next = 0, prev = 0, index = 0] = fields(ledger, p);
        const owner = ledger.calls.ownerOf(p);
        const head = p - (p % 2 ** ledger.frameOrder(p));
        const charged = flags !== 0 && (half(ledger, head, PageFrame.flags) & FrameFlag.CHARGED) !== 0;
        expect([owner !== 0, owner], `step ${step}, pfn ${p}`).toEqual([
          charged,
          onList || isAnon ? index : next,
        ]);
        if (!onList) expect([prev, isAnon ? next : index], `step ${step}, pfn ${p}`).toEqual([0, 0]);
      }
    }
  });
});
