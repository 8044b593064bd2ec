// public: `pageledger/workload` by its name, as a user imports it, types and all.
import { type DesignInfo, LedgerError } from "pageledger";
import { openLedger } from "pageledger/node";
import {
  ALL_WORKLOADS,
  type History,
  histories,
  OP_WORDS,
  Op,
  ownersFor,
  type Pattern,
  PROFILES,
  patterns,
  runHistory,
  traceText,
  WorkloadError,
} from "pageledger/workload";
import { expect, test } from "vitest";

const SIZE = { nrFrames: 4096, seed: 5, nrEvents: 20_000 };

async function ledgerFor(design: DesignInfo["name"], history: History) {
  const { nrFrames, maxContainers, maxPids } = history;
  return openLedger({ design, frames: nrFrames, containers: maxContainers, pids: maxPids });
}

test.each(ALL_WORKLOADS.map(({ name }) => name))(
  "%s runs on a ledger, and its books balance",
  async (name) => {
    const history = histories[name]!(SIZE);
    const ledger = await ledgerFor("palette", history);
    const { operations, refused, containers } = runHistory(ledger, history);
    expect([operations, refused]).toEqual([SIZE.nrEvents, history.refusals]);
    expect(containers.size).toBeGreaterThan(0);
    expect(ledger.audit().differences).toBe(0);
    const charged = [...containers.values()].reduce((sum, { view }) => sum + view.chargedPages, 0);
    expect(charged).toBe(ledger.stats().chargedPages);
    expect(charged).toBeGreaterThan(0);
  },
);

test("a limit refuses what the history says, and nothing else", async () => {
  const pressure = () => histories["memory-pressure"]!(SIZE);
  const history = pressure();
  expect(runHistory(await ledgerFor("column", history), history).refused).toBeGreaterThan(10);
  // The same on a ledger that is in use already: the first folio is refused, with its place and a remedy.
  const again = pressure();
  const taken = await ledgerFor("column", again);
  for (let pfn = 0; pfn < taken.nrFrames; pfn++) taken.allocate(pfn);
  expect(() => runHistory(taken, again)).toThrow(/^allocate\(pfn \d+, order \d\): NOT_FREE; free the frame/);
});

test("a history that was begun elsewhere is refused, not made right by chance", async () => {
  const history = histories.tenants!(SIZE);
  history.fill(new Uint32Array(500 * OP_WORDS));
  const ledger = await ledgerFor("column", history);
  expect(() => runHistory(ledger, history)).toThrow(LedgerError);
});

test("words can be read, owners looked up, a trace written", async () => {
  const words = new Uint32Array(SIZE.nrEvents * OP_WORDS);
  expect(histories["file-scan"]!(SIZE).fill(words)).toBe(SIZE.nrEvents);
  const codes = words.filter((_, i) => i % OP_WORDS === 0).map((word) => word & 0xff);
  expect(codes.filter((code) => code === Op.CACHE_ADD).length).toBeGreaterThan(1000);

  const owners = new Uint16Array(4096);
  const owned = ownersFor(owners, { seed: 5, density: 0.5 });
  expect(owners.filter((id) => id !== 0).length).toBe(owned);
  const pattern: Pattern = patterns.zipf!({ nrFrames: owners.length, seed: 5 });
  const pfns = new Uint32Array(1000);
  pattern.fill(pfns);
  expect(Math.max(...pfns)).toBeLessThan(owners.length);

  const text = traceText(histories["capture-shaped"]!({ ...SIZE, profile: PROFILES.huge }));
  const { value: first } = await text.next();
  expect(new TextDecoder().decode(first ?? new Uint8Array())).toMatch(/^# tracer: nop\n/);
});

test("nonsense is refused by an error that can be caught by its class", () => {
  for (const make of [
    () => patterns.zipf!({ nrFrames: 0, seed: 1 }),
    () => patterns.strided!({ nrFrames: 64, seed: 1, stride: Number.NaN }),
    () => histories.tenants!({ nrFrames: 4096, seed: 1, nrEvents: 2 ** 41 }),
  ])
    expect(make).toThrow(WorkloadError);
});
