/**
 * Images written while objects wait for a grace period: they come back with it, and forged lists do not get in.
 */
import { describe, expect, test } from "vitest";
import { AGENTS_PTR, Agent, CORE_PTR, Core as CoreRecord, PCG_BATCH, Retired } from "../../src/abi.js";
import { Ledger, PageType, SnapshotError } from "../../src/index.js";
import { moduleOf } from "../model/subjects.js";
import { forged, wordsOf } from "./forging.js";

const NR_PAGES = 40;

/** Pages far apart, so that each has nodes of its own; then all but every tenth freed one by one. */
function waitingLedger(design: string): Ledger {
  const ledger = Ledger.open(moduleOf(`debug/${design}`), { nrFrames: 8192 });
  const a = ledger.createContainer("a");
  for (let i = 0; i < NR_PAGES; i++) ledger.allocate(i * 200).charge(i * 200, a, PageType.ANON);
  for (let i = 0; i < NR_PAGES; i++) if (i % 10 !== 0) ledger.free(i * 200, 0);
  ledger.audit(); // a restore does so too, and it writes totals
  return ledger;
}

describe.each(["radix-rcu", "page-cgroup-rcu", "xarray"])("%s", (design) => {
  const restore = (image: Uint8Array) => Ledger.restore(moduleOf(`debug/${design}`), image);
  const image = waitingLedger(design).snapshot();
  const core = (offset: number) => wordsOf(image).get(CORE_PTR + offset);

  test("what waits is in the image, and goes on waiting", () => {
    expect(core(CoreRecord.nrRetired)).toBeGreaterThan(PCG_BATCH);
    const back = restore(image);
    expect(Buffer.compare(back.snapshot(), image)).toBe(0);
    expect(back.stats()).toEqual(waitingLedger(design).stats());
    const indexBytes = back.stats().indexBytes;
    back.batch().allocate(1).execute(); // a batch ends with a quiescent state
    expect(wordsOf(back.snapshot()).get(CORE_PTR + CoreRecord.nrRetired)).toBe(0);
    if (design !== "page-cgroup-rcu") expect(back.stats().indexBytes).toBeLessThan(indexBytes);
    for (let i = 0; i < NR_PAGES; i++) expect(back.ownerOf(i * 200)?.path).toBe(i % 10 ? undefined : "/a");
    expect(back.audit().differences).toBe(0);
  });

  test("an agent that was reading is not part of the image", () => {
    const agent = AGENTS_PTR + Agent.epoch;
    expect(wordsOf(image).get(agent)).toBe(0);
    const back = restore(forged(image, (words) => words.set(agent, core(CoreRecord.gpEpoch))));
    expect(Buffer.compare(back.snapshot(), image)).toBe(0);
  });

  test("forged lists and epochs are refused", () => {
    const first = core(CoreRecord.arenaPtr) + core(CoreRecord.retiredFirst);
    const second = core(CoreRecord.arenaPtr) + wordsOf(image).get(first + Retired.next);
    const coreWords: [number, number][] = [
      [CoreRecord.gpEpoch, 0],
      [CoreRecord.nrRetired, core(CoreRecord.nrRetired) - 1],
      [CoreRecord.retiredFirst, 0],
      [CoreRecord.retiredFirst, core(CoreRecord.retiredFirst) + 4],
      [CoreRecord.retiredFirst, 2 ** 32 - 4096],
      [CoreRecord.retiredLast, core(CoreRecord.retiredFirst)],
    ];
    const changes = [
      ...coreWords.map(([offset, value]) => [CORE_PTR + offset, value] as const),
      [second + Retired.next, core(CoreRecord.retiredFirst)] as const, // a cycle
      [first + Retired.next, 0] as const,
      [first + Retired.epoch, core(CoreRecord.gpEpoch) + 1] as const,
    ];
    for (const [ptr, value] of changes) {
      const bad = forged(image, (words) => words.set(ptr, value));
      expect(() => restore(bad), `${ptr} = ${value}`).toThrow(SnapshotError);
    }
    if (design === "page-cgroup-rcu")
      for (const [offset, value] of [
        [CoreRecord.obsoleteFirst, 0],
        [CoreRecord.nrObsolete, PCG_BATCH],
      ] as const)
        expect(() => restore(forged(image, (words) => words.set(CORE_PTR + offset, value)))).toThrow(
          SnapshotError,
        );
  });
});

test("a design that retires nothing has no epochs", () => {
  const ledger = Ledger.open(moduleOf("radix"), { nrFrames: 64 });
  const image = forged(ledger.snapshot(), (words) => words.set(CORE_PTR + CoreRecord.gpEpoch, 1));
  expect(() => Ledger.restore(moduleOf("radix"), image)).toThrow(SnapshotError);
});
