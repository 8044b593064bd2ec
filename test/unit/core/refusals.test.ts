// refusals: every strict operation misused in every way; none changes a byte.
import { describe, expect, test } from "vitest";
import { CORE_PTR, Core, Err, NR_ERR_TALLIES, Op, PageType } from "../../../src/abi.js";
import { bare, errName, Ledger, MODULES, type OpArgs } from "./harness.js";

const NONE = 0xffffffff;

/** 1 ── 2 (task 5, order-2 folio at 8: anon, active) · 3 offline with pfn 40 · 4 with an uncharged folio at 16 */
function prepared(name: string): Ledger {
  const ledger = new Ledger(name, { nrFrames: 4096 });
  for (const [id, parent] of [
    [1, 0],
    [2, 1],
    [3, 1],
  ] as const) {
    ledger.do(Op.CONTAINER_CREATE, { pfn: id, memcg: parent, arg: NONE });
  }
  ledger.do(Op.TASK_ATTACH, { pfn: 5, memcg: 2 });
  ledger.do(Op.TASK_ATTACH, { pfn: 6, memcg: 2 });
  ledger.do(Op.ALLOC, { pfn: 8, order: 2 });
  ledger.do(Op.CHARGE, { pfn: 8, memcg: 2, arg: PageType.ANON });
  ledger.do(Op.LRU_ADD, { pfn: 8, arg: 1 });
  ledger.do(Op.ALLOC, { pfn: 16, order: 1 });
  ledger.do(Op.ALLOC, { pfn: 40 });
  ledger.do(Op.CACHE_ADD, { pfn: 40, memcg: 3 });
  ledger.do(Op.CONTAINER_REMOVE, { pfn: 3 });
  ledger.do(Op.ALLOC, { pfn: 50 });
  ledger.do(Op.CHARGE, { pfn: 50, memcg: 1, arg: PageType.KERNEL });
  ledger.do(Op.MAP, { pfn: 50 });
  ledger.do(Op.ALLOC, { pfn: 51 });
  ledger.do(Op.CHARGE, { pfn: 51, memcg: 1, arg: PageType.ANON });
  ledger.do(Op.LRU_ADD, { pfn: 51, arg: 4 });
  return ledger;
}

const ON_FOLIOS = [
  Op.CHARGE,
  Op.UNCHARGE,
  Op.FREE,
  Op.LRU_ADD,
  Op.LRU_ACTIVATE,
  Op.LRU_DEL,
  Op.CACHE_ADD,
  Op.CACHE_DEL,
  Op.MAP,
  Op.UNMAP,
  Op.SET_TYPE,
  Op.MOVE_CHARGE,
  Op.SPLIT,
];

const CASES: readonly (readonly [keyof typeof Err, Op, OpArgs])[] = [
  ...ON_FOLIOS.flatMap((op) => [
    ["BAD_PFN", op, { pfn: 4096, memcg: 1 }] as const,
    ["BAD_PFN", op, { pfn: 0xffffffff, memcg: 1 }] as const,
    ["NOT_ALLOCATED", op, { pfn: 100, memcg: 1 }] as const,
    ["NOT_HEAD", op, { pfn: 9, memcg: 1 }] as const,
  ]),
  ["BAD_ORDER", Op.ALLOC, { pfn: 0, order: 21 }],
  ["BAD_PFN", Op.ALLOC, { pfn: 4096 }],
  ["BAD_PFN", Op.ALLOC, { pfn: 0, order: 13 }],
  ["BAD_PFN", Op.ALLOC, { pfn: 0xfffffff0, order: 4 }],
  ["MISALIGNED", Op.ALLOC, { pfn: 102, order: 2 }],
  ["NOT_FREE", Op.ALLOC, { pfn: 9 }],
  ["NOT_FREE", Op.ALLOC, { pfn: 0, order: 4 }],
  ["CHARGED", Op.CHARGE, { pfn: 8, memcg: 1, arg: PageType.ANON }],
  ["BAD_TYPE", Op.CHARGE, { pfn: 16, memcg: 1, arg: 5 }],
  ["NO_CONTAINER", Op.CHARGE, { pfn: 16, memcg: 9, arg: PageType.ANON }],
  ["NO_CONTAINER", Op.CHARGE, { pfn: 16, memcg: 0, arg: PageType.ANON }],
  ["NO_CONTAINER", Op.CHARGE, { pfn: 16, memcg: 64, arg: PageType.ANON }],
  ["OFFLINE", Op.CHARGE, { pfn: 16, memcg: 3, arg: PageType.ANON }],
  ["NOT_CHARGED", Op.UNCHARGE, { pfn: 16 }],
  ["BUSY", Op.UNCHARGE, { pfn: 8 }],
  ["BUSY", Op.UNCHARGE, { pfn: 40 }],
  ["BUSY", Op.UNCHARGE, { pfn: 50 }],
  ["BAD_ORDER", Op.FREE, { pfn: 8, order: 1 }],
  ["BAD_LIST", Op.LRU_ADD, { pfn: 8, arg: 5 }],
  ["NOT_CHARGED", Op.LRU_ADD, { pfn: 16, arg: 0 }],
  ["NOT_ON_LRU", Op.LRU_ACTIVATE, { pfn: 16 }],
  ["NOT_ON_LRU", Op.LRU_ACTIVATE, { pfn: 51 }],
  ["NOT_ON_LRU", Op.LRU_DEL, { pfn: 50 }],
  ["CACHED", Op.CACHE_ADD, { pfn: 40 }],
  ["CHARGED", Op.CACHE_ADD, { pfn: 8, memcg: 1 }],
  ["OFFLINE", Op.CACHE_ADD, { pfn: 16, memcg: 3 }],
  ["NO_CONTAINER", Op.CACHE_ADD, { pfn: 16, memcg: 60 }],
  ["NOT_CACHED", Op.CACHE_DEL, { pfn: 8 }],
  ["NOT_MAPPED", Op.UNMAP, { pfn: 8 }],
  ["BAD_TYPE", Op.SET_TYPE, { pfn: 8, arg: 7 }],
  ["NOT_CHARGED", Op.MOVE_CHARGE, { pfn: 16, memcg: 1 }],
  ["OFFLINE", Op.MOVE_CHARGE, { pfn: 8, memcg: 3 }],
  ["NO_CONTAINER", Op.MOVE_CHARGE, { pfn: 8, memcg: 7 }],
  ["BAD_ORDER", Op.SPLIT, { pfn: 8, order: 2 }],
  ["BAD_ORDER", Op.SPLIT, { pfn: 8, order: 255 }],
  ["BAD_ARG", Op.CONTAINER_CREATE, { pfn: 0, arg: NONE }],
  ["BAD_ARG", Op.CONTAINER_CREATE, { pfn: 64, arg: NONE }],
  ["BAD_ARG", Op.CONTAINER_CREATE, { pfn: 0xffffffff, arg: NONE }],
  ["EXISTS", Op.CONTAINER_CREATE, { pfn: 2, arg: NONE }],
  ["EXISTS", Op.CONTAINER_CREATE, { pfn: 3, arg: NONE }],
  ["NO_CONTAINER", Op.CONTAINER_CREATE, { pfn: 9, memcg: 8, arg: NONE }],
  ["OFFLINE", Op.CONTAINER_CREATE, { pfn: 9, memcg: 3, arg: NONE }],
  ["NO_CONTAINER", Op.CONTAINER_REMOVE, { pfn: 0 }],
  ["NO_CONTAINER", Op.CONTAINER_REMOVE, { pfn: 9 }],
  ["OFFLINE", Op.CONTAINER_REMOVE, { pfn: 3 }],
  ["BUSY", Op.CONTAINER_REMOVE, { pfn: 1 }],
  ["BUSY", Op.CONTAINER_REMOVE, { pfn: 2 }],
  ["NO_CONTAINER", Op.CONTAINER_SET_MAX, { pfn: 9, arg: 1 }],
  ["OFFLINE", Op.CONTAINER_SET_MAX, { pfn: 3, arg: 1 }],
  ["BAD_PID", Op.TASK_ATTACH, { pfn: 256, memcg: 1 }],
  ["NO_CONTAINER", Op.TASK_ATTACH, { pfn: 5, memcg: 9 }],
  ["OFFLINE", Op.TASK_ATTACH, { pfn: 5, memcg: 3 }],
  ["BAD_PID", Op.TASK_FORK, { pfn: 256, arg: 1 }],
  ["BAD_PID", Op.TASK_FORK, { pfn: 5, arg: 256 }],
  ["EXISTS", Op.TASK_FORK, { pfn: 5, arg: 6 }],
  ["BAD_PID", Op.TASK_EXIT, { pfn: 256 }],
  // Replay operations refuse what no kernel can have done.
  ["BAD_PFN", Op.ALLOC_CHARGE, { pfn: 4096, memcg: 1 }],
  ["MISALIGNED", Op.ALLOC_CHARGE, { pfn: 9, order: 1, memcg: 1 }],
  ["BAD_ORDER", Op.ALLOC_CHARGE, { pfn: 0, order: 30, memcg: 1 }],
  ["NO_CONTAINER", Op.ALLOC_CHARGE, { pfn: 8, memcg: 9 }],
  ["BAD_TYPE", Op.ALLOC_CHARGE, { pfn: 8, memcg: 1, arg: 9 }],
  ["MISALIGNED", Op.RELEASE, { pfn: 9, order: 1 }],
  ["NO_CONTAINER", Op.RECHARGE, { pfn: 9, memcg: 9 }],
  ["BAD_LIST", Op.LRU_PUT, { pfn: 9, arg: 9 }],
  ["BAD_PFN", Op.REPLAY_ACTIVATE, { pfn: 5000 }],
  ["BAD_PFN", Op.REPLAY_LRU_DEL, { pfn: 5000 }],
  ["BAD_PFN", Op.REPLAY_CACHE_DEL, { pfn: 5000 }],
  ["BUSY", Op.REPLAY_REMOVE, { pfn: 1 }],
  ["OFFLINE", Op.REPLAY_REMOVE, { pfn: 3 }],
  ["BAD_OP", 200 as Op, { pfn: 8 }],
];

describe.each(MODULES)("%s", (name) => {
  test("no refused operation changes a byte", () => {
    const ledger = prepared(name);
    for (const [err, op, args] of CASES) ledger.refuses(err, op, args);
    ledger.sound();
  });

  test("a full mapping count refuses", () => {
    const ledger = prepared(name);
    for (let i = 0; i < 0xffff; i++) ledger.calls.execOne(Op.MAP, 8, 0, 0);
    ledger.refuses("OVERFLOW", Op.MAP, { pfn: 8 });
  });

  test("failures are tallied by code, and the first is remembered", () => {
    const ledger = prepared(name);
    const before = ledger.core(Core.opsExecuted);
    const ops = [
      [Op.ALLOC, { pfn: 200 }],
      [Op.ALLOC, { pfn: 200 }],
      [Op.UNMAP, { pfn: 200 }],
      [Op.ALLOC, { pfn: 200 }],
      [Op.ALLOC, { pfn: 201 }],
    ] as const;
    expect(ledger.batch(ops)).toBe(5);
    const tally = (err: Err) => ledger.core(Core.errorCounts + 4 * err);
    expect([tally(Err.NOT_FREE), tally(Err.NOT_MAPPED)]).toEqual([2, 1]);
    let total = 0;
    for (let err = 0; err < NR_ERR_TALLIES; err++) total += tally(err as Err);
    expect(total).toBe(3);
    expect(errName(ledger.core(Core.firstError))).toBe("NOT_FREE");
    expect(Number(ledger.view.getBigUint64(CORE_PTR + Core.firstErrorOp, true))).toBe(before + 1);
    expect(ledger.batch(ops.slice(1), true)).toBe(1);
    expect(ledger.core(Core.opsExecuted)).toBe(before + 6);
  });

  test("pointers outside the host's buffers are refused", () => {
    const ledger = prepared(name);
    const { calls } = ledger;
    const opsPtr = ledger.core(Core.opsPtr);
    const transferPtr = ledger.core(Core.transferPtr);
    const framesPtr = ledger.core(Core.framesPtr);
    const before = ledger.snapshot();
    expect(calls.execute(opsPtr - 16, 1, 0)).toBe(0);
    expect(calls.execute(framesPtr - 16, 2, 0)).toBe(0);
    expect(calls.execute(opsPtr, 0x10000001, 0)).toBe(0);
    expect(errName(calls.ownersInto(transferPtr, framesPtr, 1))).toBe("BAD_ARG");
    expect(errName(calls.ownersInto(framesPtr, transferPtr, 1))).toBe("BAD_ARG");
    expect(errName(calls.ownersRange(0, 16, framesPtr - 16))).toBe("BAD_ARG");
    expect(errName(calls.ownersRange(4090, 16, transferPtr))).toBe("BAD_PFN");
    expect(errName(calls.ownersRange(0xffffffff, 2, transferPtr))).toBe("BAD_PFN");
    expect(ledger.snapshot().equals(before)).toBe(true);
  });

  test("before init nothing works and nothing is written", () => {
    const { memory, calls } = bare(name);
    for (let op = 1; op < 32; op++) calls.execOne(op | (1 << 16), 0, 0, 0);
    expect(calls.ownerOf(0)).toBe(0);
    const image = new Uint8Array(memory.buffer);
    expect(image.subarray(0, CORE_PTR).every((byte) => byte === 0)).toBe(true);
    expect(image.subarray(CORE_PTR + Core.sizeBytes).every((byte) => byte === 0)).toBe(true);
  });
});
