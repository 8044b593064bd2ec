// trace-text: replaying the text of a history gives what running its operations gives.
import { expect, test } from "vitest";
import { Container, Op } from "../../src/abi.js";
import { replayCapture } from "../../src/capture/replay.js";
import { Core } from "../../src/core/core.js";
import { ALL_WORKLOADS, HISTORY_WORKLOADS, histories } from "../../src/workload/histories.js";
import { type History, type HistoryParameters, OP_WORDS } from "../../src/workload/history.js";
import { PROFILES } from "../../src/workload/profiles.js";
import { TraceText, traceText } from "../../src/workload/trace-text.js";
import { designs, expectAgreement } from "../capture/replaying.js";
import { scanner } from "../capture/scanning.js";
import { moduleOf } from "../model/subjects.js";
import { runExpecting, wordsOf } from "./running.js";

const COUNTERS = [
  "anonPages",
  "filePages",
  "shmemPages",
  "kernelPages",
  "otherPages",
  "chargedPages",
] as const;
const LISTS = [
  "inactiveAnonPages",
  "activeAnonPages",
  "inactiveFilePages",
  "activeFilePages",
  "unevictablePages",
] as const;
const TREE = ["usagePages", "peakPages", "nrTasks", "chargeEvents", "unchargeEvents"] as const;

function figures(core: Core, id: number): Record<string, number> {
  const names = [...COUNTERS, ...LISTS, ...TREE];
  return Object.fromEntries(names.map((name) => [name, core.containerWord(id, Container[name])]));
}

const fileOf = (history: History) => ({
  name: "generated",
  trace: { name: "generated.txt", open: () => traceText(history) },
});

/** Runs the operations of a history on a ledger, its text on ledgers of all designs, and compares them. */
async function expectSame(name: string, parameters: HistoryParameters, chosen = designs): Promise<void> {
  const history = histories[name]!(parameters);
  const words = wordsOf(history);
  const direct = new Core(moduleOf("column"), history);
  runExpecting(direct, words, name);
  const writer = new TraceText(history.maxContainers);
  writer.take(words, 0, words.length / OP_WORDS);

  const replay = await replayCapture(fileOf(histories[name]!(parameters)), {
    scanner,
    designs: chosen,
    listed: new Map(),
  });
  expect(replay.summary?.skipped).toEqual(new Map());
  expectAgreement(replay);
  const ledger = replay.ledgers[0]!;
  expect(ledger.stray()).toEqual({});
  expect(ledger.core.audit()).toBe(0);
  expect(replay.attribution.witnesses.disagree).toBe(0);

  const pathOf = (id: number) => (id === 0 ? "" : writer.pathOf(id));
  for (let id = 1; id < history.maxContainers; id++) {
    if (!direct.isUsed(id)) continue;
    const group = replay.attribution.groups.byPath(pathOf(id))!;
    expect(figures(ledger.core, group.id), `${name}, ${pathOf(id)}`).toEqual(figures(direct, id));
  }
  for (let pfn = 0; pfn < history.nrFrames; pfn++) {
    const owner = ledger.ownerOf(pfn);
    const path = owner === 0 ? "" : replay.attribution.groups.byId(owner)!.path;
    if (path !== pathOf(direct.ownerOf(pfn)))
      expect.fail(`${name}: frame ${pfn} is ${path}'s, not ${pathOf(direct.ownerOf(pfn))}'s`);
  }
}

test.each(HISTORY_WORKLOADS.map(({ name }) => name))("%s, every design", async (name) => {
  await expectSame(name, { nrFrames: 8192, nrEvents: 60_000, seed: 6 });
});

test.each(ALL_WORKLOADS.slice(HISTORY_WORKLOADS.length).map(({ name }) => name))(
  "touches of %s",
  async (name) => {
    await expectSame(name, { nrFrames: 4096, nrEvents: 12_000, seed: 6 }, designs.slice(0, 2));
  },
);

test("the shape of a capture with huge folios; a machine that is short of memory; a history cut anywhere", async () => {
  await expectSame("capture-shaped", {
    nrFrames: 1 << 16,
    nrEvents: 60_000,
    seed: 2,
    profile: PROFILES.huge,
  });
  await expectSame("tenants", { nrFrames: 1024, nrEvents: 20_000, seed: 2 });
  for (const nrEvents of [1, 30, 31, 32, 33, 34, 35, 1001])
    await expectSame("file-scan", { nrFrames: 1024, nrEvents, seed: 2 }, designs.slice(0, 1));
});

test("an operation without an event is refused, not left out in silence", () => {
  const writer = new TraceText(4);
  const take = (...words: number[]) => writer.take(Uint32Array.from(words), 0, 1);
  expect(() => take(Op.UNCHARGE, 5, 0, 0)).toThrow(RangeError);
  expect(() => take(Op.CHARGE | (1 << 16), 5, 1, 0)).toThrow(/does not follow its allocation/);
});
