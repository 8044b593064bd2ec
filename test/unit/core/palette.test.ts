// palette: what a block of 64 pages turns into as owners come and go, and what it keeps through all of it.
import { describe, expect, test } from "vitest";
import {
  ColumnBlock,
  Core,
  Op,
  PageType,
  PaletteBlock,
  SLAB_BYTES,
  SlabPool,
  WideBlock,
} from "../../../src/abi.js";
import { Ledger, type Options, randomFrom } from "./harness.js";

const NONE = 0xffffffff;
const NR_IDS = 40;
type Form = "narrow" | "wide" | "column";

describe.each(["debug/palette", "palette"])("%s", (name) => {
  const ready = (options: Options = {}) => {
    const ledger = new Ledger(name, options);
    for (let id = 1; id <= NR_IDS; id++) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: NONE });
    return ledger;
  };
  const give = (ledger: Ledger, pfn: number, memcg: number, order = 0) =>
    ledger.do(Op.RECHARGE, { pfn, order, memcg, arg: PageType.ANON });
  const release = (ledger: Ledger, pfn: number, order = 0) => ledger.do(Op.RELEASE, { pfn, order });
  const overflows = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);
  const blockPtr = (ledger: Ledger, block: number) =>
    ledger.core(Core.indexPtr) + block * PaletteBlock.sizeBytes;
  const form = (ledger: Ledger, block: number): Form => {
    const at = blockPtr(ledger, block);
    if (!ledger.view.getUint16(at + PaletteBlock.own0, true)) return "narrow";
    return ledger.view.getUint32(at + PaletteBlock.link, true) & 1 ? "column" : "wide";
  };
  const bytes = (ledger: Ledger, block: number) =>
    Buffer.from(ledger.memory.buffer.slice(blockPtr(ledger, block), blockPtr(ledger, block + 1)));
  const owners = (ledger: Ledger, block: number) =>
    Array.from({ length: 64 }, (_, i) => ledger.calls.ownerOf(block * 64 + i));

  test("32 bytes for 64 pages: half a byte a page, 0.0122 % of memory", () => {
    expect([PaletteBlock.sizeBytes, WideBlock.sizeBytes, ColumnBlock.sizeBytes]).toEqual([32, 128, 128]);
    const ledger = ready({ nrFrames: 1 << 16 });
    expect(ledger.calls.usedIndexBytes() / 2 ** 16).toBe(0.5);
    expect(((0.5 / 4096) * 100).toFixed(4)).toBe("0.0122");
    expect(ready({ nrFrames: 65 }).calls.usedIndexBytes()).toBe(64);
    expect(ledger.core(Core.nodePool + SlabPool.perSlab)).toBe(31);
  });

  test("the bytes are as drawn: codes from bit 0 of byte 0, owners, uses", () => {
    const ledger = ready();
    give(ledger, 64, 7);
    give(ledger, 65, 8);
    give(ledger, 67, 9);
    give(ledger, 127, 7);
    const image = bytes(ledger, 1);
    expect([image[0], image[15]]).toEqual([0b11_00_10_01, 0b01_00_00_00]);
    expect([0, 1, 2, 3].map((i) => image.readUInt16LE(16 + 2 * i))).toEqual([0, 7, 8, 9]);
    expect([...image.subarray(24, 28)]).toEqual([0, 2, 1, 1]);
    expect(image.readUInt32LE(28)).toBe(0);
  });

  test("a slot without uses keeps its owner for its return, and goes to the next who needs one", () => {
    const ledger = ready();
    for (const id of [1, 2, 3]) give(ledger, id, id);
    release(ledger, 2);
    give(ledger, 40, 2);
    expect([...bytes(ledger, 0).subarray(16, 28)]).toEqual([0, 0, 1, 0, 2, 0, 3, 0, 0, 1, 1, 1]);
    release(ledger, 40);
    give(ledger, 2, 4);
    expect([form(ledger, 0), overflows(ledger)]).toEqual(["narrow", 0]);
    expect([1, 2, 3].map(ledger.calls.ownerOf)).toEqual([1, 4, 3]);
    // The last page of an owner changes hands: its slot is free for the new one at once.
    give(ledger, 3, 5);
    expect(form(ledger, 0)).toBe("narrow");
    ledger.sound();
  });

  test("the fourth owner overflows to a wide block; with two left the block is narrow again", () => {
    const ledger = ready();
    const flat = ledger.calls.usedIndexBytes();
    for (const id of [1, 2, 3]) give(ledger, id, id);
    expect([form(ledger, 0), ledger.calls.usedIndexBytes()]).toEqual(["narrow", flat]);
    give(ledger, 4, 4);
    expect([form(ledger, 0), ledger.calls.usedIndexBytes()]).toEqual(["wide", flat + SLAB_BYTES]);
    expect(owners(ledger, 0).slice(0, 6)).toEqual([0, 1, 2, 3, 4, 0]);
    ledger.sound();
    release(ledger, 1);
    expect(form(ledger, 0)).toBe("wide"); // three owners would fit, but the fourth may come back
    give(ledger, 1, 1);
    expect(form(ledger, 0)).toBe("wide");
    release(ledger, 1);
    release(ledger, 3);
    expect([form(ledger, 0), overflows(ledger), ledger.calls.usedIndexBytes()]).toEqual(["narrow", 0, flat]);
    expect(owners(ledger, 0).slice(0, 6)).toEqual([0, 0, 2, 0, 4, 0]);
    ledger.sound();
  });

  test("the sixteenth owner makes it a column; with eleven left it is wide, with none it is gone", () => {
    const ledger = ready();
    for (let id = 1; id <= 15; id++) give(ledger, 2 * id, id);
    expect([form(ledger, 0), overflows(ledger)]).toEqual(["wide", 1]);
    ledger.sound();
    give(ledger, 32, 16);
    expect([form(ledger, 0), overflows(ledger)]).toEqual(["column", 1]);
    ledger.sound();
    // 16 owned pages: owners are counted when 8 are left, not before.
    for (let id = 1; id <= 7; id++) {
      release(ledger, 2 * id);
      expect(form(ledger, 0)).toBe("column");
    }
    release(ledger, 16);
    expect([form(ledger, 0), overflows(ledger)]).toEqual(["wide", 1]);
    expect(owners(ledger, 0).filter(Boolean)).toEqual([9, 10, 11, 12, 13, 14, 15, 16]);
    ledger.sound();
    for (let id = 9; id <= 16; id++) release(ledger, 2 * id);
    expect([form(ledger, 0), overflows(ledger)]).toEqual(["narrow", 0]);
    expect(
      bytes(ledger, 0)
        .subarray(0, 16)
        .every((byte) => byte === 0),
    ).toBe(true);
    ledger.sound();
  });

  test("64 pages at once are whole words, whatever stood there", () => {
    const ledger = ready({ nrFrames: 4096 });
    for (const many of [3, 9, 30]) {
      for (let i = 0; i < 64; i++) give(ledger, 512 + i, 1 + (i % many));
      expect(overflows(ledger)).toBe(many > 3 ? 1 : 0);
      give(ledger, 512, 33, 9);
      expect([form(ledger, 8), overflows(ledger)]).toEqual(["narrow", 0]);
      for (let block = 8; block < 16; block++) expect(new Set(owners(ledger, block))).toEqual(new Set([33]));
      ledger.sound();
    }
    release(ledger, 512, 9);
    for (let block = 8; block < 16; block++)
      expect(bytes(ledger, block).subarray(0, 16).some(Boolean)).toBe(false);
    ledger.sound();
  });

  test("an overflow that finds no memory changes nothing, by charge or by move", () => {
    // Memory ends where init left it: room for a few slabs, no more.
    const nrFrames = 1 << 15;
    const maximum = ready({ nrFrames }).memory.buffer.byteLength / 65536;
    const ledger = ready({ nrFrames, maximum });
    let block = 0;
    const fourth = (op: Op) => ledger.try(op, { pfn: block * 64 + 3, memcg: 4, arg: PageType.ANON });
    for (; block < 512; block++) {
      give(ledger, block * 64 + 8, 1, 1);
      for (let i = 0; i < 3; i++) give(ledger, block * 64 + i, 1 + i);
      if (fourth(Op.ALLOC_CHARGE) !== "OK") break;
    }
    expect(block).toBeGreaterThan(30);
    expect(block).toBeLessThan(511);
    const pfn = block * 64;
    ledger.refuses("NO_MEMORY", Op.ALLOC_CHARGE, { pfn: pfn + 3, memcg: 4, arg: PageType.ANON });
    ledger.refuses("NO_MEMORY", Op.MOVE_CHARGE, { pfn: pfn + 8, memcg: 4 });
    ledger.refuses("NO_MEMORY", Op.RECHARGE, { pfn: pfn + 8, order: 1, memcg: 4, arg: PageType.ANON });
    expect(overflows(ledger)).toBe(block);
    // An overflow block given back is one to be had.
    release(ledger, 1);
    release(ledger, 2);
    ledger.do(Op.MOVE_CHARGE, { pfn: pfn + 8, memcg: 4 });
    expect([form(ledger, 0), form(ledger, block)]).toEqual(["narrow", "wide"]);
    ledger.sound();
    give(ledger, pfn, 9, 6); // 64 pages at once never need one
  });

  test("one block against a plain array, with every transition", () => {
    const ledger = ready({ nrFrames: 192 });
    const seen = new Map<string, number>();
    const random = randomFrom(2024);
    const plain = new Uint16Array(64);
    let ids = 1;
    for (let step = 0; step < 30000; step++) {
      // The number of owners that meet rises and falls; at times many pages go at once.
      if (step % 150 === 0) ids = [2, 3, 4, 6, 15, 17, 40, 40][random(8)]!;
      const order = random(12) ? 0 : random(7);
      const page = (random(64) >> order) << order;
      const memcg = random(step % 300 < 200 ? 6 : 2) ? 1 + random(ids) : 0;
      const before = form(ledger, 1);
      if (memcg)
        ledger.do(random(2) ? Op.ALLOC_CHARGE : Op.RECHARGE, {
          pfn: 64 + page,
          order,
          memcg,
          arg: PageType.FILE,
        });
      else release(ledger, 64 + page, order);
      plain.fill(memcg, page, page + (1 << order));
      const after = form(ledger, 1);
      const kind = order === 6 ? `${before}→${after} whole` : `${before}→${after}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      expect(owners(ledger, 1), `step ${step}`).toEqual([...plain]);
      const distinct = new Set(plain.filter(Boolean)).size;
      if (after === "narrow") expect(distinct).toBeLessThanOrEqual(3);
      if (after === "wide") expect([distinct > 2, distinct < 16]).toEqual([true, true]);
      expect(overflows(ledger)).toBe(after === "narrow" ? 0 : 1);
      if (step % 16 === 0) ledger.sound();
    }
    for (const kind of [
      "narrow→narrow",
      "narrow→wide",
      "wide→wide",
      "wide→narrow",
      "wide→column",
      "column→column",
      "column→wide",
      "column→narrow",
      "narrow→narrow whole",
      "wide→narrow whole",
      "column→narrow whole",
    ])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(0);
    expect([owners(ledger, 0), owners(ledger, 2)].flat().some(Boolean)).toBe(false);
    release(ledger, 64, 6);
    expect(overflows(ledger)).toBe(0);
    ledger.sound();
  }, 60_000);

  test("overflow blocks are found after frames were added, and given back clean", () => {
    const ledger = ready({ nrFrames: 1000 });
    for (let pfn = 0; pfn < 1000; pfn++) give(ledger, pfn, 1 + ((pfn * 7) % (pfn < 500 ? 9 : NR_IDS)));
    const before = Array.from({ length: 1000 }, (_, pfn) => ledger.calls.ownerOf(pfn));
    expect(overflows(ledger)).toBe(16);
    for (const nrFrames of [1001, 5000, 1 << 18]) {
      expect(ledger.calls.growFrames(nrFrames)).toBe(0);
      expect(Array.from({ length: 1000 }, (_, pfn) => ledger.calls.ownerOf(pfn))).toEqual(before);
      ledger.sound();
    }
    release(ledger, 0, 10);
    expect([overflows(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 1 << 17]);
    const arena = Buffer.from(ledger.memory.buffer, ledger.core(Core.arenaPtr));
    for (let at = 0; at < arena.length; at += SLAB_BYTES)
      expect(arena.subarray(at + 4, at + SLAB_BYTES).some(Boolean)).toBe(false);
    ledger.sound();
  });
});
