// random histories: the same operations on every design; all agree, each audits clean, refusals change nothing.
//
// PAGELEDGER_SEED=n replays one seed.
import { expect, test } from "vitest";
import { Container, Err, Op, PageFrame } from "../../../src/abi.js";
import { errName, Ledger, MODULES, type OpArgs, randomFrom } from "./harness.js";

const NR_FRAMES = 1024;
const NR_IDS = 12;
const STEPS = 3000;

const seeds = process.env.PAGELEDGER_SEED ? [Number(process.env.PAGELEDGER_SEED)] : [1, 2, 3, 4, 5, 6];

/** Mostly sensible, sometimes not: small spaces make operations meet. */
function randomOp(random: (below: number) => number): readonly [Op, OpArgs] {
  const op = (1 + random(29)) as Op;
  const order = random(3) ? random(3) : random(10);
  const pfn = random(20) ? (random(NR_FRAMES) >>> order) << order : random(NR_FRAMES + 8);
  const memcg = random(NR_IDS);
  switch (op) {
    case Op.CONTAINER_CREATE:
      return [op, { pfn: 1 + random(NR_IDS), memcg, arg: random(2) ? 0xffffffff : random(600) }];
    case Op.CONTAINER_REMOVE:
    case Op.REPLAY_REMOVE:
      return [random(3) ? Op.NOP : op, { pfn: memcg }];
    case Op.CONTAINER_SET_MAX:
      return [op, { pfn: memcg, arg: random(2) ? 0xffffffff : random(600) }];
    case Op.TASK_ATTACH:
    case Op.TASK_FORK:
    case Op.REPLAY_FORK:
    case Op.TASK_EXIT:
      return [op, { pfn: random(24), memcg, arg: random(24) }];
    default:
      return [op, { pfn, order, memcg, arg: random(6) }];
  }
}

/** Frames and containers without the words that are the design's own, owners instead: what designs must agree on. */
function image(ledger: Ledger): Buffer {
  const frames = Buffer.from(ledger.memory.buffer.slice(ledger.framePtr(0), ledger.framePtr(NR_FRAMES)));
  for (let pfn = 0; pfn < NR_FRAMES; pfn++) {
    const at = pfn * PageFrame.sizeBytes;
    frames.writeUInt16LE(ledger.calls.ownerOf(pfn), at + PageFrame.memcgId);
    if (frames.readUInt8(at + PageFrame.lru) === 0) frames.writeUInt32LE(0, at + PageFrame.lruNext);
  }
  const containers = Buffer.from(
    ledger.memory.buffer.slice(ledger.containerPtr(0), ledger.containerPtr(NR_IDS + 1)),
  );
  for (let id = 0; id <= NR_IDS; id++) {
    const at = id * Container.sizeBytes;
    containers.fill(0, at + Container.openAnon, at + Container.openShmem + 2);
  }
  return Buffer.concat([frames, containers]);
}

test.each(seeds)("seed %i", (seed) => {
  const random = randomFrom(seed * 0x9e3779b1);
  const ledgers = MODULES.map((name) => new Ledger(name, { nrFrames: NR_FRAMES, maxContainers: NR_IDS + 1 }));
  for (const ledger of ledgers) {
    for (let id = 1; id <= 6; id++) {
      ledger.do(Op.CONTAINER_CREATE, { pfn: id, memcg: id >> 1, arg: 0xffffffff });
    }
  }
  const answered = new Set<string>();
  for (let step = 1; step <= STEPS; step++) {
    const [op, args] = randomOp(random);
    // Memory is compared around one operation in eight, on one ledger: enough over all, and quick.
    const watched = step % 8 ? undefined : ledgers[step % ledgers.length];
    const before = watched?.snapshot();
    const answers = new Set(ledgers.map((ledger) => ledger.try(op, args)));
    expect([...answers], `step ${step}`).toHaveLength(1);
    const [answer = ""] = answers;
    answered.add(answer);
    if (watched && before && answer !== errName(Err.OK)) {
      expect(watched.snapshot().subarray(0, before.length).equals(before), `step ${step}: ${answer}`).toBe(
        true,
      );
    }
    if (step % 250) continue;
    for (const ledger of ledgers) ledger.sound();
    const [first = Buffer.alloc(0), ...others] = ledgers.map(image);
    for (const other of others) expect(other.equals(first), `step ${step}`).toBe(true);
  }
  expect(answered.size).toBeGreaterThan(12);
  expect(ledgers.every((ledger) => ledger.of(1, Container.peakPages) > 0)).toBe(true);
});
