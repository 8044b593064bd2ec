// Runs as files: what is written is read again; what comes from elsewhere is refused, and the message says where.
import { describe, expect, test } from "vitest";
import { RunFileError, readRun, runText } from "../../../bench/web/views/arguments/saved-run.js";
import { madeArguments } from "../argue/argue-fixture.js";
import { madeCell, madeRun } from "./run-fixture.js";

const { machine, arguments: all } = madeArguments();
const RUN = madeRun({
  cells: [
    madeCell("radix", 20),
    madeCell("radix", 20, { suite: "charge" }),
    madeCell("", 90, { by: "Map", bytesPerPage: null }),
  ],
  claims: [{ isQuick: true, machine, arguments: all }],
});

/** A run whose file was tampered with. */
// biome-ignore lint/suspicious/noExplicitAny: any field of it
function tampered(change: (file: any) => void): string {
  const file = JSON.parse(runText(RUN));
  change(file);
  return JSON.stringify(file);
}

/** What readRun says about a text. */
function refusal(text: string): RunFileError {
  try {
    readRun(text);
  } catch (error) {
    expect(error).toBeInstanceOf(RunFileError);
    return error as RunFileError;
  }
  throw new Error("it was read");
}

test("what was written is read again, whole", () => {
  const read = readRun(runText(RUN));
  expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(RUN)));
});

test("each argument keeps its own machine; a file without one is read too", () => {
  const [first, ...others] = all;
  const claims = [
    { isQuick: true, machine, arguments: [first!] },
    { isQuick: true, machine: { ...machine, name: "another" }, arguments: others },
    { isQuick: false, machine: null, arguments: all },
  ];
  const read = readRun(runText(madeRun({ claims }))).claims;
  expect(read.map(({ machine: of }) => of?.name)).toEqual([machine.name, "another", undefined]);
  expect(read.map(({ arguments: some }) => some.length)).toEqual([1, all.length - 1, all.length]);
});

test("a file of the first version has lookups", () => {
  const old = tampered((file) => {
    file.formatVersion = 1;
    delete file.lookups.request.suites;
    for (const cell of file.lookups.cells) delete cell.suite;
  });
  const { lookups } = readRun(old);
  expect(lookups!.request.suites).toEqual(["lookup"]);
  expect(lookups!.cells.map(({ suite }) => suite)).toEqual(["lookup", "lookup", "lookup"]);
});

describe("refused, with the place that is wrong", () => {
  test.each<[string, string, RegExp]>([
    ["", "", /not JSON/],
    ["<html>", "", /not JSON/],
    ["null", "", /an object is expected/],
    ["[1]", "", /an object is expected, a list is there/],
    ["{}", "format", /is missing/],
    ['{"format":"another"}', "format", /not saved by this laboratory/],
    [tampered((file) => (file.formatVersion = 99)), "formatVersion", /another version/],
    [tampered((file) => (file.date = "soon")), "date", /no date/],
    [tampered((file) => delete file.environment), "environment", /is missing/],
    [tampered((file) => (file.environment.cores = "8")), "environment.cores", /a number from 0/],
    [tampered((file) => (file.lookups.cells = {})), "lookups.cells", /a list is expected/],
    [
      tampered((file) => (file.lookups.cells[0].samplesNs[2] = -1)),
      "lookups.cells[0].samplesNs[2]",
      /-1 is there/,
    ],
    [
      tampered((file) => (file.lookups.cells[0].samplesNs.length = 3)),
      "lookups.cells[0].samplesNs",
      /3 entries/,
    ],
    [tampered((file) => (file.lookups.cells[2].by = "python")), "lookups.cells[2].by", /one of wasm/],
    [
      tampered((file) => (file.lookups.cells[0].design = "x".repeat(99))),
      "lookups.cells[0].design",
      /at most 60/,
    ],
    [tampered((file) => (file.lookups.cells[0].suite = "free")), "lookups.cells[0].suite", /one of lookup/],
    [tampered((file) => (file.lookups.cells = Array(20_000).fill(null))), "lookups.cells", /20000 entries/],
    [
      tampered((file) => (file.claims[0].arguments[0].claim = "flat-earth")),
      "claims[0].arguments[0].claim",
      /one of/,
    ],
    [
      tampered((file) => (file.claims[0].arguments[0].finding.verdict = "true")),
      "claims[0].arguments[0].finding.verdict",
      /one of holds/,
    ],
    [
      tampered((file) => (file.claims[0].arguments[0].finding.charts[0].figures[0].value = null)),
      "claims[0].arguments[0].finding.charts[0].figures[0].value",
      /a number/,
    ],
  ])("%#", (text, place, reason) => {
    const error = refusal(text);
    expect(error.place).toBe(place);
    expect(error.message).toMatch(reason);
    expect(error.message.length).toBeLessThan(600);
  });

  test("what every object inherits is no field", () => {
    const bare = tampered((file) => delete file.engine).replace("{", '{"__proto__":{"engine":"0.1.0"},');
    expect(refusal(bare).place).toBe("engine");
  });
});

test("unknown fields are dropped, and a claim's texts are the program's own", () => {
  const text = tampered((file) => {
    file.evil = "EVIL";
    file.lookups.cells[0].evil = "EVIL";
    file.claims[0].arguments[0].title = "another title";
  });
  const read = readRun(text);
  expect(JSON.stringify(read)).not.toMatch(/evil/i);
  expect(read.claims[0]!.arguments[0]!.claim.title).toBe(all[0]!.claim.title);
});
