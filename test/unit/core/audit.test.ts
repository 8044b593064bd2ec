// audit: each kind of damage is found, named and placed.
import { describe, expect, test } from "vitest";
import {
  Check,
  CORE_PTR,
  Container,
  Core,
  Difference,
  LruHead,
  NR_DIFFERENCES,
  Op,
  PageFrame,
  PageType,
} from "../../../src/abi.js";
import { Ledger, MODULES } from "./harness.js";

const NONE = 0xffffffff;

describe.each(MODULES)("%s", (name) => {
  const ready = () => {
    const ledger = new Ledger(name, { nrFrames: 512 });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 1, arg: NONE });
    ledger.do(Op.CONTAINER_CREATE, { pfn: 2, memcg: 1, arg: NONE });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 64, order: 3, memcg: 2, arg: PageType.ANON });
    ledger.do(Op.LRU_PUT, { pfn: 64, arg: 0 });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 80, memcg: 2, arg: PageType.ANON });
    ledger.do(Op.LRU_PUT, { pfn: 80, arg: 0 });
    ledger.do(Op.TASK_ATTACH, { pfn: 3, memcg: 2 });
    ledger.sound();
    return ledger;
  };
  const found = (ledger: Ledger) => {
    const count = Math.min(ledger.calls.audit(), NR_DIFFERENCES);
    const at = (i: number) => CORE_PTR + Core.differences + i * Difference.sizeBytes;
    return new Set(
      Array.from({ length: count }, (_, i) => ledger.view.getUint16(at(i) + Difference.check, true)),
    );
  };
  const containerField = (offset: number) => (ledger: Ledger) => {
    const at = ledger.containerPtr(2) + offset;
    ledger.view.setUint32(at, ledger.view.getUint32(at, true) + 1, true);
  };
  const frameByte = (pfn: number, offset: number, value: number) => (ledger: Ledger) =>
    ledger.view.setUint8(ledger.framePtr(pfn) + offset, value);

  test.each<[string, Check, (ledger: Ledger) => void]>([
    ["a free frame that is not blank", Check.FREE_FRAME, frameByte(9, PageFrame.mapCount, 1)],
    ["a folio out of place", Check.FRAME, frameByte(80, PageFrame.order, 7)],
    ["a head of no type known", Check.FRAME, frameByte(80, PageFrame.flags + 1, 6)],
    ["a tail with a mapping", Check.TAIL, frameByte(66, PageFrame.mapCount, 1)],
    ["a tail of another order", Check.TAIL, frameByte(66, PageFrame.order, 1)],
    ["an own counter", Check.COUNTER, containerField(Container.anonPages)],
    ["chargedPages", Check.COUNTER, containerField(Container.chargedPages)],
    ["usagePages", Check.USAGE, containerField(Container.usagePages)],
    ["nrTasks", Check.TASKS, containerField(Container.nrTasks)],
    ["nrChildren", Check.CHILDREN, containerField(Container.nrChildren)],
    ["nrOnlineChildren", Check.ONLINE_CHILDREN, containerField(Container.nrOnlineChildren)],
    ["depth", Check.TREE, containerField(Container.depth)],
    ["a list that forgets its end", Check.LRU_LINK, containerField(Container.lists + LruHead.last)],
    ["a list that does not exist", Check.LRU_LINK, frameByte(80, PageFrame.lru, 6)],
    [
      "a container above itself",
      Check.TREE,
      (ledger) => ledger.view.setUint16(ledger.containerPtr(2) + Container.parentId, 2, true),
    ],
    [
      "chargedPages of the whole ledger",
      Check.COUNTER,
      (ledger) => ledger.view.setUint32(CORE_PTR + Core.chargedPages, 1, true),
    ],
    [
      "a list that loses a folio",
      Check.LRU_PAGES,
      (ledger) => {
        ledger.view.setUint32(ledger.framePtr(80) + PageFrame.lruNext, 0, true);
        ledger.view.setUint32(ledger.containerPtr(2) + Container.lists + LruHead.last, 81, true);
      },
    ],
    [
      "a list that runs in a circle",
      Check.LRU_LINK,
      (ledger) => ledger.view.setUint32(ledger.framePtr(64) + PageFrame.lruNext, 81, true),
    ],
    [
      "a link to nowhere",
      Check.LRU_LINK,
      (ledger) => ledger.view.setUint32(ledger.framePtr(64) + PageFrame.lruNext, 0xfffffff0, true),
    ],
    ["a charged folio without the flag", Check.OWNER, frameByte(80, PageFrame.flags, 0x03)],
    [
      "an owner that is no container",
      Check.OWNER_UNUSED,
      (ledger) => ledger.view.setUint16(ledger.containerPtr(2) + Container.flags, 0, true),
    ],
    [
      "a zombie that nothing holds",
      Check.ZOMBIE,
      (ledger) => {
        ledger.do(Op.CONTAINER_CREATE, { pfn: 5, arg: NONE });
        ledger.view.setUint16(ledger.containerPtr(5) + Container.flags, 1, true);
      },
    ],
  ])("%s", (_, check, damage) => {
    const ledger = ready();
    damage(ledger);
    expect(found(ledger)).toContain(check);
  });

  test("findings beyond those recorded are counted", () => {
    const ledger = ready();
    for (let pfn = 200; pfn < 300; pfn++) frameByte(pfn, PageFrame.mapCount, 1)(ledger);
    expect(ledger.calls.audit()).toBe(100);
    expect(ledger.core(Core.nrDifferences)).toBe(100);
  });
});
