// container and task: the tree, removed containers that live on, who is where.
import { describe, expect, test } from "vitest";
import { Container, ContainerFlag, Core, Op, PageType } from "../../../src/abi.js";
import { Ledger, MODULES } from "./harness.js";

const NONE = 0xffffffff;

describe.each(MODULES)("%s", (name) => {
  /** A chain 1 ─ 2 ─ 3, one page at pfn 7 in the last. */
  const chain = () => {
    const ledger = new Ledger(name);
    for (const id of [1, 2, 3]) ledger.do(Op.CONTAINER_CREATE, { pfn: id, memcg: id - 1, arg: NONE });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 7, memcg: 3, arg: PageType.FILE });
    return ledger;
  };

  test("a removed container keeps its pages; the nearest online ancestor shows", () => {
    const ledger = chain();
    expect(ledger.try(Op.CONTAINER_REMOVE, { pfn: 2 })).toBe("BUSY");
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 3 });
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 2 });
    expect(ledger.flagsOf(3)).toBe(ContainerFlag.USED);
    expect([ledger.calls.ownerOf(7), ledger.calls.onlineOwnerOf(7)]).toEqual([3, 1]);
    ledger.calls.containerTotals();
    expect(ledger.of(1, Container.totalFilePages)).toBe(1);
    ledger.sound();
    // The last page takes 3 along, and 3 takes 2, which nothing else holds.
    ledger.do(Op.FREE, { pfn: 7 });
    expect([1, 2, 3].map((id) => ledger.flagsOf(id))).toEqual([
      ContainerFlag.USED | ContainerFlag.ONLINE,
      0,
      0,
    ]);
    expect(ledger.core(Core.releasedContainers)).toBe(2);
    expect([2, 3].map((id) => ledger.of(id, Container.generation))).toEqual([1, 1]);
    expect(ledger.of(1, Container.nrChildren)).toBe(0);
    ledger.do(Op.CONTAINER_CREATE, { pfn: 3, memcg: 1, arg: NONE });
    expect(ledger.of(3, Container.generation)).toBe(1);
    expect(ledger.of(3, Container.peakPages)).toBe(0);
    ledger.sound();
  });

  test("an empty container goes at once; moving the last page away frees a zombie", () => {
    const ledger = chain();
    ledger.do(Op.CONTAINER_CREATE, { pfn: 9, arg: NONE });
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 9 });
    expect(ledger.flagsOf(9)).toBe(0);
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 3 });
    ledger.do(Op.LRU_ADD, { pfn: 7, arg: 3 });
    ledger.do(Op.MOVE_CHARGE, { pfn: 7, memcg: 2 });
    expect(ledger.flagsOf(3)).toBe(0);
    expect(ledger.lruList(2, 3)).toEqual([7]);
    ledger.sound();
  });

  test("replay may charge a container that was removed", () => {
    const ledger = chain();
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 3 });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 8, memcg: 3, arg: PageType.FILE });
    expect(ledger.of(3, Container.filePages)).toBe(2);
    expect(ledger.of(1, Container.usagePages)).toBe(2);
    ledger.sound();
  });

  test("a frame that goes from a removed container to itself keeps it alive", () => {
    const ledger = chain();
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 3 });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 4, order: 2, memcg: 3, arg: PageType.FILE });
    expect(ledger.flagsOf(3)).toBe(ContainerFlag.USED);
    expect(ledger.of(3, Container.filePages)).toBe(4);
    expect(ledger.core(Core.releasedContainers)).toBe(0);
    ledger.sound();
  });

  test("owners of a range and of a list of pfns", () => {
    const ledger = chain();
    ledger.do(Op.CONTAINER_REMOVE, { pfn: 3 });
    ledger.do(Op.ALLOC_CHARGE, { pfn: 8, order: 1, memcg: 1, arg: PageType.ANON });
    const at = ledger.core(Core.transferPtr);
    const out = (length: number) => [...new Uint16Array(ledger.memory.buffer, at + 1024, length)];
    expect(ledger.calls.ownersRange(6, 5, at + 1024)).toBe(0);
    expect(out(5)).toEqual([0, 3, 1, 1, 0]);
    expect(ledger.calls.onlineOwnersRange(6, 5, at + 1024)).toBe(0);
    expect(out(5)).toEqual([0, 2, 1, 1, 0]);
    new Uint32Array(ledger.memory.buffer, at, 4).set([9, 7, 0xffffffff, 6]);
    expect(ledger.calls.ownersInto(at, at + 1024, 4)).toBe(0);
    expect(out(4)).toEqual([1, 3, 0, 0]);
  });

  test("tasks: attach, fork, exit, and what a trace missed", () => {
    const ledger = chain();
    const tasks = () => [1, 2, 3].map((id) => ledger.of(id, Container.nrTasks));
    ledger.do(Op.TASK_ATTACH, { pfn: 10, memcg: 3 });
    ledger.do(Op.TASK_FORK, { pfn: 10, arg: 11 });
    ledger.do(Op.TASK_FORK, { pfn: 99, arg: 12 });
    expect(tasks()).toEqual([0, 0, 2]);
    ledger.do(Op.TASK_ATTACH, { pfn: 11, memcg: 1 });
    expect(tasks()).toEqual([1, 0, 1]);
    ledger.do(Op.TASK_EXIT, { pfn: 10 });
    ledger.do(Op.TASK_EXIT, { pfn: 10 });
    expect(tasks()).toEqual([1, 0, 0]);
    ledger.do(Op.TASK_ATTACH, { pfn: 10, memcg: 3 });
    ledger.do(Op.REPLAY_FORK, { pfn: 11, arg: 10 });
    expect(tasks()).toEqual([2, 0, 0]);
    expect(ledger.core(Core.missedExits)).toBe(1);
    ledger.do(Op.TASK_ATTACH, { pfn: 10, memcg: 3 });
    expect(ledger.try(Op.CONTAINER_REMOVE, { pfn: 3 })).toBe("BUSY");
    ledger.do(Op.REPLAY_REMOVE, { pfn: 3 });
    expect(ledger.core(Core.missedExits)).toBe(2);
    expect(tasks()).toEqual([1, 0, 0]);
    ledger.do(Op.TASK_ATTACH, { pfn: 11, memcg: 0 });
    expect(tasks()).toEqual([0, 0, 0]);
    ledger.sound();
  });
});
