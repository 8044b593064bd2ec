// page-cgroup-rcu: what the patches of August 2008 promise, and what went wrong in them as posted.
import { describe, expect, test } from "vitest";
import {
  Container,
  Core,
  Op,
  PageType,
  PCG_BATCH,
  PcgFlag,
  PcgRecord,
  SLAB_BYTES,
  SlabPool,
} from "../../../src/abi.js";
import { errName, Ledger, type Options, randomFrom } from "./harness.js";

const RECORDS_PER_SLAB = 169;
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
const charge = (ledger: Ledger, pfn: number, memcg = 1, order = 0, type: number = PageType.ANON) =>
  ledger.do(Op.ALLOC_CHARGE, { pfn, order, memcg, arg: type });
const pointer = (ledger: Ledger, pfn: number) =>
  ledger.view.getUint32(ledger.core(Core.indexPtr) + 4 * pfn, true);
const field = (ledger: Ledger, ptr: number, offset: number) => ledger.view.getUint32(ptr + offset, true);
const flags = (ledger: Ledger, pfn: number) => field(ledger, pointer(ledger, pfn), PcgRecord.flags);
const records = (ledger: Ledger) => ledger.core(Core.nodePool + SlabPool.nrObjects);
const obsolete = (ledger: Ledger) => ledger.core(Core.nrObsolete);
const retired = (ledger: Ledger) => ledger.core(Core.nrRetired);
const waiting = (ledger: Ledger) => [obsolete(ledger), retired(ledger), records(ledger)];
const usage = (ledger: Ledger, id = 1) => ledger.of(id, Container.usagePages);

describe.each(["debug/page-cgroup-rcu", "page-cgroup-rcu"])("%s", (name) => {
  test("169 records of 24 bytes to a slab, allocated at charge, one a page: a folio has as many", () => {
    const ledger = ready(name);
    expect(PcgRecord.sizeBytes).toBe(24);
    expect(ledger.core(Core.nodePool + SlabPool.perSlab)).toBe(RECORDS_PER_SLAB);
    expect([records(ledger), ledger.calls.usedIndexBytes()]).toEqual([0, 8192 * 4]);
    charge(ledger, 512, 1, 9);
    expect(records(ledger)).toBe(512);
    expect(ledger.calls.usedIndexBytes()).toBe(8192 * 4 + Math.ceil(512 / RECORDS_PER_SLAB) * SLAB_BYTES);
    expect(new Set(Array.from({ length: 512 }, (_, i) => pointer(ledger, 512 + i))).size).toBe(512);
    ledger.sound();
  });

  test("flags say what was charged, and a move leaves the record where it is", () => {
    const ledger = ready(name);
    const { ACTIVE, CACHE, FILE } = PcgFlag;
    const byType = [PageType.ANON, PageType.FILE, PageType.SHMEM, PageType.KERNEL].map((type, pfn) => {
      charge(ledger, pfn, 1, 0, type);
      return flags(ledger, pfn);
    });
    expect(byType).toEqual([ACTIVE, CACHE | FILE, CACHE | ACTIVE, ACTIVE]);
    const before = pointer(ledger, 1);
    ledger.do(Op.MOVE_CHARGE, { pfn: 1, memcg: 3 });
    expect([pointer(ledger, 1), flags(ledger, 1), ledger.calls.ownerOf(1)]).toEqual([
      before,
      CACHE | FILE,
      3,
    ]);
    expect(waiting(ledger)).toEqual([0, 0, 4]);
  });

  test("15 uncharges free nothing, the 16th hands over all; the counter falls at each", () => {
    const ledger = ready(name);
    for (let pfn = 0; pfn < 40; pfn++) charge(ledger, pfn);
    for (let i = 1; i < PCG_BATCH; i++) {
      ledger.do(Op.UNCHARGE, { pfn: i });
      expect([usage(ledger), pointer(ledger, i), ledger.calls.ownerOf(i)]).toEqual([40 - i, 0, 0]);
      ledger.calls.agentQuiescent(0);
      expect(waiting(ledger)).toEqual([i, 0, 40]);
    }
    ledger.sound();
    ledger.do(Op.UNCHARGE, { pfn: PCG_BATCH });
    expect(waiting(ledger)).toEqual([0, PCG_BATCH, 40]);
    ledger.sound();
    ledger.calls.agentQuiescent(0);
    expect(waiting(ledger)).toEqual([0, 0, 40 - PCG_BATCH]);
    ledger.sound();
  });

  test("a reader keeps its record whole until it announces; lookups never show one out of use", () => {
    const ledger = ready(name);
    charge(ledger, 7, 2);
    ledger.calls.agentOnline(READER);
    const record = pointer(ledger, 7);
    ledger.do(Op.FREE, { pfn: 7 });
    // Another page takes a record, and the same page again: neither gets the one that is out of use.
    charge(ledger, 7, 3);
    charge(ledger, 8, 3);
    expect([pointer(ledger, 7), pointer(ledger, 8)]).not.toContain(record);
    for (let i = 0; i < 200; i++) {
      charge(ledger, 100, 3);
      ledger.do(Op.FREE, { pfn: 100 });
    }
    expect(field(ledger, record, PcgRecord.flags) & PcgFlag.OBSOLETE).toBe(PcgFlag.OBSOLETE);
    expect([field(ledger, record, PcgRecord.page), field(ledger, record, PcgRecord.memcgId)]).toEqual([8, 2]);
    expect(retired(ledger)).toBeGreaterThan(180);
    ledger.sound();
    // One announcement frees what was retired before the epoch that it names began, the next one the rest.
    for (const left of [expect.any(Number), 0]) {
      ledger.calls.agentQuiescent(READER);
      ledger.calls.agentQuiescent(0);
      expect([retired(ledger), field(ledger, record, PcgRecord.page)]).toEqual([left, 0]);
    }
    expect(records(ledger)).toBe(2 + obsolete(ledger));
    ledger.sound();
  });

  test("between the two steps of an uncharge a page has no owner: OBSOLETE counts, not the pointer", () => {
    const ledger = ready(name);
    charge(ledger, 5, 2);
    const at = pointer(ledger, 5) + PcgRecord.flags;
    const before = ledger.view.getUint32(at, true);
    ledger.view.setUint32(at, before | PcgFlag.OBSOLETE, true);
    expect(ledger.calls.ownerOf(5)).toBe(0);
    ledger.view.setUint32(at, before, true);
    expect(ledger.calls.ownerOf(5)).toBe(2);
  });

  test("as posted two uncharges could both find a record in use: here it is queued once, and subtracted once", () => {
    const ledger = ready(name);
    charge(ledger, 4, 1, 1);
    // Another agent has set the bit of page 5 and is about to detach it.
    const other = pointer(ledger, 5);
    ledger.view.setUint32(other + PcgRecord.flags, flags(ledger, 5) | PcgFlag.OBSOLETE, true);
    ledger.do(Op.UNCHARGE, { pfn: 4 });
    expect([pointer(ledger, 4), pointer(ledger, 5)]).toEqual([0, other]);
    expect([usage(ledger), ...waiting(ledger)]).toEqual([0, 1, 0, 2]);
    ledger.refuses("NOT_CHARGED", Op.UNCHARGE, { pfn: 4 });
    expect([usage(ledger), ...waiting(ledger)]).toEqual([0, 1, 0, 2]);
  });

  test("as posted removal could wait for ever for entries out of use: here they hold no container", () => {
    const ledger = ready(name);
    for (let pfn = 0; pfn < PCG_BATCH - 1; pfn++) charge(ledger, pfn, 2);
    for (let pfn = 0; pfn < PCG_BATCH - 1; pfn++) ledger.do(Op.FREE, { pfn });
    expect(obsolete(ledger)).toBe(PCG_BATCH - 1);
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 2 });
    expect(ledger.core(Core.releasedContainers)).toBe(1);
    // The id in another container's hands: no page of the old one shows.
    ledger.do(Op.CONTAINER_CREATE, { pfn: 2, arg: NONE });
    charge(ledger, 3, 2);
    for (let pfn = 0; pfn < PCG_BATCH; pfn++) expect(ledger.calls.ownerOf(pfn)).toBe(pfn === 3 ? 2 : 0);
    expect(usage(ledger, 2)).toBe(1);
    ledger.sound();
  });

  test("as posted a page charged twice tripped an assertion: here it is refused, and mapping it adds nothing", () => {
    const ledger = ready(name);
    ledger.do(Op.ALLOC, { pfn: 9 });
    ledger.do(Op.CHARGE, { pfn: 9, memcg: 1, arg: PageType.SHMEM }); // the migration target, charged beforehand
    const record = pointer(ledger, 9);
    ledger.refuses("CHARGED", Op.CHARGE, { pfn: 9, memcg: 1, arg: PageType.SHMEM });
    ledger.refuses("CHARGED", Op.CACHE_ADD, { pfn: 9, memcg: 2 });
    ledger.do(Op.CACHE_ADD, { pfn: 9, memcg: 1 });
    ledger.do(Op.MAP, { pfn: 9 });
    ledger.do(Op.MAP, { pfn: 9 });
    expect([usage(ledger), records(ledger), pointer(ledger, 9)]).toEqual([1, 1, record]);
    ledger.sound();
  });

  test("a page that a cache holds is not uncharged, an anonymous one is", () => {
    const ledger = ready(name);
    charge(ledger, 1, 1, 0, PageType.FILE);
    charge(ledger, 2, 1, 0, PageType.ANON);
    ledger.refuses("BUSY", Op.UNCHARGE, { pfn: 1 });
    ledger.do(Op.UNCHARGE, { pfn: 2 });
    ledger.do(Op.CACHE_DEL, { pfn: 1 });
    ledger.do(Op.UNCHARGE, { pfn: 1 });
    expect([usage(ledger), obsolete(ledger)]).toEqual([0, 2]);
    ledger.sound();
  });

  test("as posted a refused cache charge left its reader section open: here grace periods go on ending", () => {
    const ledger = ready(name);
    for (let pfn = 0; pfn < PCG_BATCH; pfn++) charge(ledger, pfn);
    ledger.do(Op.CONTAINER_SET_MAX, { pfn: 3, arg: 0 });
    ledger.do(Op.ALLOC, { pfn: 100 });
    ledger.refuses("LIMIT", Op.CACHE_ADD, { pfn: 100, memcg: 3 });
    for (let pfn = 0; pfn < PCG_BATCH; pfn++) ledger.do(Op.FREE, { pfn });
    expect(retired(ledger)).toBe(PCG_BATCH);
    ledger.refuses("LIMIT", Op.CACHE_ADD, { pfn: 100, memcg: 3 });
    ledger.calls.agentQuiescent(0);
    expect(waiting(ledger)).toEqual([0, 0, 0]);
  });

  test("full memory: a batch of 15 is drained rather than a charge refused, unless a reader holds it", () => {
    const ledger = ready(name, { nrFrames: 1 << 17, maximum: 80 + AGENTS_WASM_PAGES });
    const tryCharge = (pfn: number) => ledger.try(Op.ALLOC_CHARGE, { pfn, memcg: 1, arg: PageType.ANON });
    let end = 0;
    while (tryCharge(end) === "OK") end++;
    expect(end).toBeGreaterThan(1000);
    expect(end).toBeLessThan((1 << 17) - 100);
    for (let round = 0; round < 3; round++) {
      const first = round * PCG_BATCH;
      for (let i = 1; i < PCG_BATCH; i++) ledger.do(Op.FREE, { pfn: first + i });
      expect(obsolete(ledger)).toBe(PCG_BATCH - 1);
      for (let i = 1; i < PCG_BATCH; i++) expect(tryCharge(end++)).toBe("OK");
      expect(waiting(ledger).slice(0, 2)).toEqual([0, 0]);
    }
    ledger.calls.agentOnline(READER);
    for (let pfn = 200; pfn < 215; pfn++) ledger.do(Op.FREE, { pfn });
    expect(tryCharge(end)).toBe("NO_MEMORY");
    expect([ledger.calls.ownerOf(end), retired(ledger)]).toEqual([0, 15]);
    ledger.sound();
    ledger.calls.agentOffline(READER);
    expect(tryCharge(end)).toBe("OK");
    ledger.sound();
  });

  test("folios through a random history with growth: records are as many as pages with an owner", () => {
    const ledger = ready(name, { nrFrames: 4096 });
    const random = randomFrom(2008);
    let nrFrames = 4096;
    const owners = new Uint16Array(1 << 15);
    for (let step = 1; step <= 3000; step++) {
      const order = random(6);
      const pfn = (random(nrFrames) >> order) << order;
      const memcg = random(3) && 1 + random(3);
      if (memcg) ledger.do(Op.RECHARGE, { pfn, order, memcg, arg: PageType.FILE });
      else ledger.do(Op.RELEASE, { pfn, order });
      owners.fill(memcg, pfn, pfn + 2 ** order);
      // A success with so much waiting is followed by an announcement.
      expect(retired(ledger)).toBeLessThan(64);
      if (step % 500) continue;
      nrFrames = Math.min(2 * nrFrames, owners.length);
      expect(errName(ledger.calls.growFrames(nrFrames))).toBe("OK");
      const differ = [...owners.keys()].filter((p) => p < nrFrames && ledger.calls.ownerOf(p) !== owners[p]);
      expect(differ).toEqual([]);
      const owned = owners.reduce((sum, owner) => sum + (owner ? 1 : 0), 0);
      expect(records(ledger) - obsolete(ledger) - retired(ledger)).toBe(owned);
      ledger.sound();
    }
    for (let pfn = 0; pfn < owners.length; pfn++) if (owners[pfn]) ledger.do(Op.RELEASE, { pfn });
    ledger.calls.agentQuiescent(0);
    expect(waiting(ledger)).toEqual([obsolete(ledger), 0, obsolete(ledger)]);
    expect(ledger.core(Core.nodePool + SlabPool.nrSlabs)).toBeLessThan(PCG_BATCH);
    ledger.sound();
  });

  test("a damaged record or list is noticed", () => {
    const damaged = (damage: (ledger: Ledger) => void) => {
      const ledger = ready(name);
      for (let pfn = 0; pfn < 4; pfn++) charge(ledger, pfn);
      for (let pfn = 2; pfn < 4; pfn++) ledger.do(Op.FREE, { pfn });
      ledger.sound();
      damage(ledger);
      return ledger.calls.audit();
    };
    const poke = (ledger: Ledger, ptr: number, value: number) => ledger.view.setUint32(ptr, value, true);
    const first = (ledger: Ledger) => ledger.core(Core.arenaPtr) + ledger.core(Core.obsoleteFirst);
    expect(damaged((l) => poke(l, pointer(l, 0) + PcgRecord.page, 2))).toBeGreaterThan(0);
    expect(damaged((l) => poke(l, first(l) + PcgRecord.flags, 0))).toBeGreaterThan(0);
    expect(damaged((l) => poke(l, first(l) + PcgRecord.next, 0))).toBeGreaterThan(0);
    expect(damaged((l) => poke(l, first(l) + PcgRecord.next, l.core(Core.obsoleteFirst)))).toBeGreaterThan(0);
  });
});
