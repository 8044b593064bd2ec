// batches: lookups, charges and recounts of many pages at once, against the same done one by one.
import { describe, expect, test } from "vitest";
import {
  CONTAINERS_MAX,
  Container,
  Core,
  Err,
  FrameFlag,
  NO_FRAME_RECORDS,
  Op,
  PageType,
  RECOUNT_BYTES,
  TRANSFER_BYTES,
} from "../../../src/abi.js";
import { Core as HostCore } from "../../../src/core/core.js";
import { moduleOf, NEEDS_RECORDS } from "../../model/subjects.js";
import { bare, errName, Ledger, MODULES } from "./harness.js";

const NONE = 0xffffffff;
const NR_FRAMES = 4096 + 37;

/** A ledger whose pages have many owners in runs of 1 to 9, five and more of them in some blocks of 64. */
function interleaved(name: string): { ledger: Ledger; owners: number[] } {
  const ledger = new Ledger(name, { nrFrames: NR_FRAMES });
  for (let id = 1; id < 40; id++) ledger.do(Op.CONTAINER_CREATE, { pfn: id, arg: NONE });
  const owners: number[] = new Array(NR_FRAMES).fill(0);
  let seed = 7;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  for (let pfn = 0; pfn < NR_FRAMES; ) {
    // Every eighth block of 64 takes from all owners, the others from three.
    const many = ((pfn >>> 6) & 7) === 7;
    const id = random(3) === 0 ? 0 : 1 + (many ? random(39) : ((pfn >>> 6) + random(3)) % 39);
    for (let run = 1 + random(9); run > 0 && pfn < NR_FRAMES; run--, pfn++) {
      owners[pfn] = id;
      if (id) ledger.do(Op.ALLOC_CHARGE, { pfn, memcg: id, arg: PageType.ANON });
    }
  }
  return { ledger, owners };
}

/** Writes pfns to the transfer buffer; answers where. */
function place(ledger: Ledger, pfns: readonly number[]): number {
  const at = ledger.core(Core.transferPtr);
  new Uint32Array(ledger.memory.buffer, at, pfns.length).set(pfns);
  return at;
}

describe.each(MODULES)("%s", (name) => {
  test("batches alone, again and again: nothing waits to be freed, and the index stays as large as it was", () => {
    const ledger = new Ledger(name, { nrFrames: NR_FRAMES });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: NONE });
    // One page in each leaf of a tree, each in a block of its own.
    const pfns = Array.from({ length: 60 }, (_, i) => i * 64);
    for (const pfn of pfns) ledger.do(Op.ALLOC, { pfn });
    const sizes: number[] = [];
    for (let round = 0; round < 40; round++) {
      expect(ledger.calls.chargeBatch(place(ledger, pfns), pfns.length, 1, PageType.ANON)).toBe(0);
      expect(ledger.calls.unchargeBatch(place(ledger, pfns), pfns.length)).toBe(0);
      expect(ledger.core(Core.nrRetired)).toBe(0);
      sizes.push(ledger.calls.usedIndexBytes());
    }
    expect(Math.max(...sizes.slice(20))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 20)));
  });

  test("lookups: every page, any length, pfns beyond memory among them", () => {
    const { ledger, owners } = interleaved(name);
    const all = Array.from({ length: NR_FRAMES * 2 }, (_, i) => (i * 2731) % NR_FRAMES);
    const beyond = [...all];
    for (let i = 5; i < beyond.length; i += 501) beyond[i] = i % 2 ? NR_FRAMES : NONE;
    for (const pfns of [all, beyond, [], [3], all.slice(0, 127), beyond.slice(0, 129)]) {
      const at = place(ledger, pfns);
      const out = at + pfns.length * 4;
      expect(errName(ledger.calls.ownersInto(at, out, pfns.length))).toBe("OK");
      const got = [...new Uint16Array(ledger.memory.buffer, out, pfns.length)];
      expect(got).toEqual(pfns.map((pfn) => owners[pfn] ?? 0));
    }
  });

  test("lookups with the frame touched: flags and owner of each", () => {
    const { ledger, owners } = interleaved(name);
    const pfns = Array.from({ length: 1000 }, (_, i) => (i * 2731) % (NR_FRAMES + 9));
    const at = place(ledger, pfns);
    const out = at + pfns.length * 4;
    expect(errName(ledger.calls.framesInto(at, out, pfns.length))).toBe("OK");
    const got = new Uint32Array(ledger.memory.buffer, out, pfns.length);
    pfns.forEach((pfn, i) => {
      expect(got[i]! >>> 16).toBe(owners[pfn] ?? 0);
      expect((got[i]! & FrameFlag.CHARGED) !== 0).toBe((owners[pfn] ?? 0) !== 0);
    });
  });

  test("answers in the place of pfns that are not read yet are refused", () => {
    const { ledger } = interleaved(name);
    const at = ledger.core(Core.transferPtr);
    const nrPfns = 256;
    for (const [pfns, out, answer] of [
      [at, at, "BAD_ARG"],
      [at, at + nrPfns * 4 - 2, "BAD_ARG"],
      [at + nrPfns * 2 - 4, at, "BAD_ARG"],
      [at, at + nrPfns * 4, "OK"],
      [at + nrPfns * 4, at, "OK"],
    ] as const) {
      new Uint32Array(ledger.memory.buffer, pfns, nrPfns).fill(1);
      expect(errName(ledger.calls.ownersInto(pfns, out, nrPfns)), `${pfns - at}, ${out - at}`).toBe(answer);
      expect(errName(ledger.calls.framesInto(pfns, out, nrPfns)), `${pfns - at}, ${out - at}`).toBe(answer);
    }
  });

  test("a recount from the index alone, and its audit", () => {
    const { ledger, owners } = interleaved(name);
    const at = ledger.core(Core.transferPtr);
    expect(errName(ledger.calls.recountOwners(at))).toBe("OK");
    const counts = new Uint32Array(ledger.memory.buffer, at, RECOUNT_BYTES / 4);
    for (let id = 1; id < 64; id++)
      expect(counts[id], `id ${id}`).toBe(owners.filter((owner) => owner === id).length);
    expect(counts[0]).toBe(0);
    expect(ledger.calls.auditOwners(at)).toBe(0);
    const own = ledger.containerPtr(3) + Container.chargedPages;
    ledger.view.setUint32(own, ledger.view.getUint32(own, true) + 1, true);
    expect(ledger.calls.auditOwners(at)).toBe(1);
    expect(errName(ledger.calls.recountOwners(ledger.core(Core.framesPtr) - 16))).toBe("BAD_ARG");
  });

  test("charges and uncharges in a batch leave what single ones leave", () => {
    const batch = new Ledger(name, { nrFrames: NR_FRAMES });
    const single = new Ledger(name, { nrFrames: NR_FRAMES });
    const pfns = Array.from({ length: 700 }, (_, i) => 64 + i * 4).sort(
      (a, b) => ((a * 7) % 97) - ((b * 7) % 97),
    );
    for (const ledger of [batch, single]) {
      ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: NONE });
      ledger.do(Op.CONTAINER_CREATE, { pfn: 2, memcg: 1, arg: NONE });
      pfns.forEach((pfn, i) => {
        ledger.do(Op.ALLOC, { pfn, order: i % 3 });
      });
    }
    const parts = [
      [1, PageType.ANON, pfns.slice(0, 300)],
      [2, PageType.FILE, pfns.slice(300)],
    ] as const;
    for (const [id, type, part] of parts) {
      expect(errName(batch.calls.chargeBatch(place(batch, part), part.length, id, type))).toBe("OK");
      for (const pfn of part) single.do(Op.CHARGE, { pfn, memcg: id, arg: type });
    }
    const gone = pfns.filter((_, i) => i % 2 === 0);
    expect(errName(batch.calls.unchargeBatch(place(batch, gone), gone.length))).toBe("OK");
    for (const pfn of gone) single.do(Op.UNCHARGE, { pfn });
    for (const pfn of pfns) expect(batch.calls.ownerOf(pfn)).toBe(single.calls.ownerOf(pfn));
    const fields = [Container.anonPages, Container.otherPages, Container.chargedPages, Container.usagePages];
    for (const id of [1, 2])
      for (const field of fields) expect(batch.of(id, field)).toBe(single.of(id, field));
    batch.sound();
    single.sound();
  });

  test("a refused batch changes nothing and names the page", () => {
    const ledger = new Ledger(name, { nrFrames: 1024 });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: 100 });
    for (let pfn = 0; pfn < 512; pfn++) ledger.do(Op.ALLOC, { pfn });
    const charged = [400, 401, 402];
    expect(errName(ledger.calls.chargeBatch(place(ledger, charged), 3, 1, PageType.ANON))).toBe("OK");
    ledger.do(Op.CACHE_ADD, { pfn: 402 });
    const frames = () => ledger.snapshot().subarray(ledger.core(Core.framesPtr));
    const cases: [string, number, number[], number, number][] = [
      ["CHARGED", 2, [1, 2, 401], 1, PageType.ANON],
      ["CHARGED", 2, [1, 2, 1], 1, PageType.ANON],
      ["NOT_ALLOCATED", 1, [1, 600, 2], 1, PageType.ANON],
      ["BAD_PFN", 2, [1, 2, 1024], 1, PageType.ANON],
      ["BAD_TYPE", 0, [1, 2], 1, 9],
      ["NO_CONTAINER", 0, [1, 2], 7, PageType.ANON],
      ["LIMIT", 0, Array.from({ length: 98 }, (_, i) => i), 1, PageType.ANON],
    ];
    // Of a type already, and in a cache: what a folio was before must come back.
    ledger.do(Op.SET_TYPE, { pfn: 2, arg: PageType.FILE });
    for (const [err, stop, pfns, id, type] of cases) {
      const at = place(ledger, pfns);
      const before = Buffer.from(frames());
      expect(errName(ledger.calls.chargeBatch(at, pfns.length, id, type))).toBe(err);
      expect(ledger.core(Core.batchAt)).toBe(stop);
      expect(Buffer.from(frames()).equals(before), err).toBe(true);
    }
    for (const [err, at, pfns] of [
      ["NOT_CHARGED", 1, [400, 5]],
      ["NOT_CHARGED", 2, [400, 401, 400]],
      ["BUSY", 1, [400, 402]],
    ] as const) {
      const ptr = place(ledger, pfns);
      const before = Buffer.from(frames());
      expect(errName(ledger.calls.unchargeBatch(ptr, pfns.length))).toBe(err);
      expect(ledger.core(Core.batchAt)).toBe(at);
      expect(Buffer.from(frames()).equals(before), err).toBe(true);
    }
    expect(ledger.of(1, Container.chargedPages)).toBe(3);
    expect(ledger.of(1, Container.failCount)).toBe(1);
    expect(errName(ledger.calls.chargeBatch(0, 1, 1, PageType.ANON))).toBe("BAD_ARG");
    ledger.sound();
  });

  const design = name.replace("debug/", "");
  test("without frame records: charges, uncharges, counters, audit, growth", () => {
    const { calls, memory } = bare(name);
    const err = errName(calls.init(100_000, 16, 16, 0, NO_FRAME_RECORDS));
    if (NEEDS_RECORDS.has(design)) {
      expect(err).toBe("BAD_ARG");
      return;
    }
    expect(err).toBe("OK");
    const word = (ptr: number) => new DataView(memory.buffer).getUint32(ptr, true);
    const core = (offset: number) => word(1024 + offset);
    const put = (pfns: readonly number[]) => {
      const at = core(Core.transferPtr);
      new Uint32Array(memory.buffer, at, pfns.length).set(pfns);
      return at;
    };
    expect(calls.execOne(Op.CONTAINER_CREATE, 1, NONE, 0)).toBe(Err.OK);
    expect(calls.execOne(Op.CONTAINER_CREATE | (1 << 16), 2, NONE, 0)).toBe(Err.OK);
    const evens = Array.from({ length: 3000 }, (_, i) => i * 2);
    const odds = evens.map((pfn) => pfn + 1);
    expect(errName(calls.chargeBatch(put(evens), evens.length, 1, PageType.NONE))).toBe("OK");
    expect(errName(calls.chargeBatch(put(odds), odds.length, 2, PageType.NONE))).toBe("OK");
    expect(errName(calls.chargeBatch(put([7000, 8000, 5]), 3, 2, PageType.NONE))).toBe("BAD_ARG");
    expect(errName(calls.chargeBatch(put([5, 7000]), 2, 2, PageType.NONE))).toBe("CHARGED");
    expect(errName(calls.chargeBatch(put([7000, 100_000]), 2, 2, PageType.NONE))).toBe("BAD_PFN");
    expect(errName(calls.chargeBatch(put([7000]), 1, 2, PageType.ANON))).toBe("BAD_TYPE");
    expect(calls.ownerOf(7000)).toBe(0);
    expect(errName(calls.execOne(Op.ALLOC, 0, 0, 0))).toBe("NO_RECORDS");
    expect(errName(calls.framesInto(put([1]), core(Core.transferPtr) + 64, 1))).toBe("NO_RECORDS");
    expect(calls.audit()).toBe(0);
    expect(errName(calls.growFrames(200_000))).toBe("OK");
    expect(core(Core.nrRecords)).toBe(0);
    const some = evens.filter((pfn) => pfn < 1000);
    expect(errName(calls.unchargeBatch(put(some), some.length))).toBe("OK");
    expect(errName(calls.unchargeBatch(put([1000, 9999]), 2))).toBe("NOT_CHARGED");
    expect(calls.auditOwners(core(Core.transferPtr))).toBe(0);
    expect(calls.audit()).toBe(0);
    const ofOne = core(Core.containersPtr) + Container.sizeBytes;
    expect(word(ofOne + Container.otherPages)).toBe(2500);
    expect(word(ofOne + Container.usagePages)).toBe(5500);
    expect(calls.ownerOf(1000)).toBe(1);
    expect(calls.ownerOf(998)).toBe(0);
  });
});

test.each(["debug/column", "column"])("%s: an audit of owners finds ids that were never in use", (name) => {
  for (const id of [40, 41, 43, 44, 45, 46, 47, 40_000, CONTAINERS_MAX - 1]) {
    const { ledger, owners } = interleaved(name);
    ledger.view.setUint16(ledger.core(Core.indexPtr) + 2 * owners.indexOf(0), id, true);
    expect(ledger.calls.auditOwners(ledger.core(Core.transferPtr)), `id ${id}`).toBe(1);
  }
});

test("a transfer buffer too small for a recount is refused, by its name", () => {
  const size = { nrFrames: 64, maxContainers: CONTAINERS_MAX, maxPids: 1 };
  for (const transferBytes of [
    0,
    1,
    RECOUNT_BYTES,
    TRANSFER_BYTES - 1,
    TRANSFER_BYTES + 0.5,
    Number.NaN,
    -1,
    2 ** 32,
  ])
    expect(() => new HostCore(moduleOf("palette"), { ...size, transferBytes })).toThrow(
      `open(transferBytes ${transferBytes}): BAD_ARG; give whole bytes, ${TRANSFER_BYTES} or more`,
    );
  const core = new HostCore(moduleOf("palette"), { ...size, transferBytes: TRANSFER_BYTES });
  expect([core.recountOwners().length, core.auditOwners()]).toEqual([CONTAINERS_MAX, 0]);
});
