// Lookups as the laboratory measures them: plans, checked answers, figures.
import { describe, expect, test } from "vitest";
import { typedArrayTwins } from "../../../bench/twins/typed-arrays.mjs";
import type { LookupEvent } from "../../../bench/web/views/arguments/bench-protocol.js";
import { commandFor } from "../../../bench/web/views/arguments/command.js";
import { choicesOf, requestOf } from "../../../bench/web/views/arguments/lookup-choices.js";
import {
  bytesChart,
  caseChart,
  firstPairChart,
  firstPairText,
  twinChart,
} from "../../../bench/web/views/arguments/lookup-figures.js";
import {
  bytesOf,
  caseText,
  DESIGN_NAMES,
  groupsFor,
  MEMORY_BUDGET,
  PATTERN_CHOICES,
  patternsOf,
  SUITE_NAMES,
  secondsFor,
  TWIN_BYTES,
} from "../../../bench/web/views/arguments/lookup-plan.js";
import {
  chargeContender,
  HalfClock,
  mapBooks,
  usageAfter,
  wasmBooks,
} from "../../../bench/web/workers/charges.js";
import { clockStep } from "../../../bench/web/workers/clock-step.js";
import {
  type Contender,
  openLedger,
  ownersExpected,
  takeTurns,
  wasmContender,
} from "../../../bench/web/workers/contenders.js";
import { measureLookups } from "../../../bench/web/workers/lookups.js";
import { DESIGNS } from "../../../src/designs.js";
import { loadDesign } from "../../../src/node/modules.js";
import { ownersFor } from "../../../src/workload/owners.js";
import { patterns } from "../../../src/workload/patterns.js";
import { madeCell } from "./run-fixture.js";

const FRAMES = 2 ** 12;
const PLAN = { rounds: 6, sampleMs: 1 };

describe("plan", () => {
  test("every design and pattern that is offered is there", () => {
    expect([...DESIGN_NAMES].sort()).toEqual(DESIGNS.map(({ name }) => name).sort());
    for (const { name } of PATTERN_CHOICES) expect(patterns[name]).toBeTypeOf("function");
  });

  test("every twin in typed arrays has its bytes in the plan", () => {
    expect(Object.keys(TWIN_BYTES).sort()).toEqual(Object.keys(typedArrayTwins).sort());
  });

  test("in-page and radix come first in every size; together no more is open than fits", () => {
    const frames = [2 ** 16, 2 ** 24];
    const groups = groupsFor({ designs: DESIGN_NAMES, frames });
    expect(groups.slice(0, 2)).toEqual(
      frames.map((n) => ({ frames: n, group: 0, designs: ["in-page", "radix"] })),
    );
    for (const n of frames) {
      const rest = groups.filter((each) => each.frames === n && each.group > 0);
      expect(rest.flatMap(({ designs }) => designs)).toEqual(DESIGN_NAMES.slice(2));
      expect(new Set(rest.map(({ group }) => group)).size).toBe(rest.length);
      for (const { designs } of rest)
        if (designs.length > 1)
          expect(designs.reduce((sum, each) => sum + bytesOf(each, n), 0)).toBeLessThanOrEqual(MEMORY_BUDGET);
    }
    expect(groups.filter((each) => each.frames === 2 ** 16)).toHaveLength(2);
    expect(groupsFor({ designs: ["hash"], frames: [64] })).toEqual([
      { frames: 64, group: 1, designs: ["hash"] },
    ]);
  });

  test("the address chooses; what is unknown or out of bounds does not", () => {
    const query = new URLSearchParams(
      "suites=recount,lookup,none&designs=radix,none&patterns=zipf&frames=12,99,x,12&keys=10&rounds=1&sample=2&effort=full",
    );
    const choices = choicesOf(query);
    expect(choices.suites).toEqual(["lookup", "recount"]);
    expect(choices).toMatchObject({ designs: ["radix"], patterns: ["zipf"], powers: [12], effort: "full" });
    const request = requestOf(choices);
    expect(request).toMatchObject({ frames: [4096], keys: 1024, rounds: 11, sampleMs: 2 });
    expect(choicesOf(new URLSearchParams("designs=none&frames="))).toEqual(choicesOf(new URLSearchParams()));
  });

  test("more takes longer", () => {
    const small = requestOf(choicesOf(new URLSearchParams("frames=16")));
    const large = requestOf(choicesOf(new URLSearchParams("frames=16,24&effort=full")));
    expect(secondsFor(large)).toBeGreaterThan(secondsFor(small));
    const suites = SUITE_NAMES.map((_, i) => secondsFor({ ...small, suites: SUITE_NAMES.slice(0, i + 1) }));
    expect(suites).toEqual([...suites].sort((a, b) => a - b));
    expect(new Set(suites).size).toBe(suites.length);
  });
});

describe("measuring", () => {
  test("modules and twins answer for every design that is asked, once for each pattern", async () => {
    const events: LookupEvent[] = [];
    const designs = ["in-page", "radix", "palette"];
    const request = {
      suites: ["lookup"],
      designs,
      patterns: ["uniform", "zipf"],
      frames: [FRAMES],
      keys: 4096,
      ...PLAN,
    } as const;
    await measureLookups(
      request,
      (name) => loadDesign(name),
      (event) => events.push(event),
    );
    const cells = events.flatMap((event) => (event.kind === "cells" ? event.cells : []));
    expect(events.filter(({ kind }) => kind === "failure")).toEqual([]);
    expect(
      cells.filter(({ pattern }) => pattern === "zipf").map(({ design, by }) => `${design} ${by}`),
    ).toEqual([
      "in-page wasm",
      "in-page typed arrays",
      "radix wasm",
      "radix typed arrays",
      " Map",
      "palette wasm",
      "palette typed arrays",
    ]);
    expect(cells).toHaveLength(14);
    for (const { samplesNs } of cells) expect(samplesNs).toHaveLength(6);
    const progress = events.flatMap((event) => (event.kind === "progress" ? [event.done / event.total] : []));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  test("a module that is not there is reported, the others go on", async () => {
    const events: LookupEvent[] = [];
    const request = {
      suites: ["lookup"],
      designs: ["in-page", "radix"],
      patterns: ["uniform"],
      frames: [FRAMES],
      keys: 256,
      ...PLAN,
    } as const;
    const moduleOf = async (name: string) => (name === "radix" ? undefined : loadDesign(name));
    await measureLookups(request, moduleOf, (event) => events.push(event));
    const failures = events.flatMap((event) => (event.kind === "failure" ? [event.failure] : []));
    expect(failures).toMatchObject([{ design: "radix", by: "wasm", reason: /radix\.wasm is not there/ }]);
    const cells = events.flatMap((event) => (event.kind === "cells" ? event.cells : []));
    expect(cells.some(({ design, by }) => design === "in-page" && by === "wasm")).toBe(true);
  });

  test("every suite, by every design and what one writes first in JavaScript, after each other", async () => {
    const events: LookupEvent[] = [];
    const request = {
      suites: SUITE_NAMES,
      designs: DESIGN_NAMES,
      patterns: ["uniform", "sequential"],
      frames: [FRAMES],
      keys: 2 * FRAMES,
      ...PLAN,
    };
    await measureLookups(
      request,
      (name) => loadDesign(name),
      (event) => events.push(event),
    );
    expect(events.filter(({ kind }) => kind === "failure")).toEqual([]);
    const cells = events.flatMap((event) => (event.kind === "cells" ? event.cells : []));
    for (const suite of SUITE_NAMES)
      for (const pattern of patternsOf(suite, request.patterns)) {
        const some = cells.filter((cell) => cell.suite === suite && cell.pattern === pattern);
        const by = (who: string) => some.filter((cell) => cell.by === who).map(({ design }) => design);
        expect(by("wasm"), suite).toEqual(DESIGN_NAMES);
        // A histogram is made of what is there: it is beside each group.
        const scripts = {
          lookup: "Map",
          frame: "objects",
          recount: "histogram",
          charge: "Map",
          uncharge: "Map",
        };
        expect(by(scripts[suite]).length, suite).toBe(suite === "recount" ? 2 : 1);
        for (const { samplesNs } of some) expect(Math.min(...samplesNs)).toBeGreaterThan(0);
      }
    expect([...new Set(cells.map(caseText))]).toEqual([
      "uniform",
      "sequential",
      "lookup with the frame: uniform",
      "lookup with the frame: sequential",
      "recount",
      "charge: uniform",
      "charge: sequential",
      "uncharge: uniform",
      "uncharge: sequential",
    ]);
    const progress = events.flatMap((event) => (event.kind === "progress" ? [event.done / event.total] : []));
    expect(progress.at(-1)).toBe(1);
  });

  test("books that do not balance have no figure", async () => {
    const owners = new Uint16Array(FRAMES);
    ownersFor(owners, { seed: 1 });
    const clock = new HalfClock("charge");
    const who = { design: "palette", by: "wasm", bytesPerPage: null } as const;
    const core = openLedger(await loadDesign("palette"), owners, FRAMES);
    const sound = chargeContender(who, wasmBooks(core), clock);
    const books = mapBooks(owners);
    const forgetful = { ...books, charge: books.charge.bind(books), uncharge: books.uncharge.bind(books) };
    const wrong = { ...forgetful, usagePages: (id: number) => books.usagePages(id) + Number(id === 7) };
    const liar = chargeContender({ ...who, by: "Map" }, wrong, clock);
    const pfns = Uint32Array.from({ length: FRAMES / 2 }, (_, i) => i * 2);
    const expected = usageAfter(owners, pfns);
    const turns = takeTurns([sound, liar], expected, pfns, PLAN, pfns.length, clock.sampler);
    expect(turns.timed.map(({ contender }) => contender.by)).toEqual(["wasm"]);
    expect(turns.wrong[0]!.reason).toMatch(/^wrong answer: number 7 is \d+, not \d+$/);
    expect(core.audit()).toBe(0);
    expect([...owners.keys()].every((pfn) => core.ownerOf(pfn) === owners[pfn])).toBe(true);
  });

  test("who answers wrongly, or changes its mind, has no figure", async () => {
    const owners = new Uint16Array(FRAMES);
    ownersFor(owners, { seed: 1 });
    const who = { design: "column", by: "wasm", bytesPerPage: null } as const;
    const sound = wasmContender(who, openLedger(await loadDesign("column"), owners, 512));
    const pfns = Uint32Array.from({ length: 512 }, (_, i) => i * 8);
    const liar = (design: string, lie: (calls: number) => boolean): Contender => {
      let calls = 0;
      return {
        design,
        by: "typed arrays",
        bytesPerPage: null,
        place() {},
        ask: () => void calls++,
        answers: () => Uint16Array.from(pfns, (pfn) => owners[pfn]! + Number(lie(calls))),
      };
    };
    const always = liar("always", () => true);
    const later = liar("later", (calls) => calls > 3);
    const { timed, wrong } = takeTurns([sound, always, later], ownersExpected(owners, pfns), pfns, PLAN);
    expect(timed.map(({ contender }) => contender.design)).toEqual(["column"]);
    expect(wrong.map(({ contender, reason }) => [contender.design, reason])).toEqual([
      ["always", expect.stringMatching(/^wrong answer: number 0 is \d+, not \d+$/)],
      ["later", "its answers changed while it was timed"],
    ]);
  });

  test("a clock's step is the least that it moves by", () => {
    let turns = 0;
    expect(clockStep(() => Math.floor(turns++ / 7) * 0.25)).toBe(0.25);
  });
});

describe("figures", () => {
  const cells = [
    madeCell("radix", 20),
    madeCell("in-page", 10),
    madeCell("in-page", 40, { by: "typed arrays", bytesPerPage: null }),
    madeCell("", 100, { by: "Map", bytesPerPage: null }),
  ];

  test("millions of lookups a second, the interval turned with them", () => {
    const { title, unit, figures } = caseChart(cells);
    expect([title, unit]).toEqual(["uniform, 2^16 frames", "M lookups/s"]);
    expect(figures.map(({ label }) => label)).toEqual([
      "in-page",
      "JavaScript: in-page",
      "radix",
      "JavaScript: a Map",
    ]);
    expect(figures[0]!.value).toBeCloseTo(100, 5);
    for (const { value, low, high } of figures) {
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
  });

  test("the first pair, round by round, and what it says", () => {
    const chart = firstPairChart(cells)!;
    expect(chart.figures).toHaveLength(1);
    expect(chart.figures[0]!.value).toBeCloseTo(2, 10);
    expect(firstPairText(chart)).toContain("in 1 of 1 cases in-page has 2.00 times".replace("in", "In"));
    expect(firstPairChart(cells.slice(1))).toBeUndefined();
    // Those that have not taken turns are not compared round by round.
    expect(firstPairChart([madeCell("in-page", 10), madeCell("radix", 20, { group: 1 })])).toBeUndefined();
  });

  test("twins and bytes", () => {
    expect(twinChart(cells)!.figures.map(({ value }) => Math.round(value))).toEqual([4]);
    expect(bytesChart(cells)!.figures).toMatchObject([
      { label: "in-page", value: 2 },
      { label: "radix", value: 2 },
    ]);
  });
});

test("the command that repeats a claim, as a shell takes it", () => {
  const remote = (name: string, isBuiltIn: boolean) =>
    ({ kind: "remote", name, files: [], isBuiltIn }) as const;
  const dropped = (name: string) => ({ kind: "files", name, files: [] }) as const;
  expect(commandFor("flag-bit", true, undefined)).toBe("npx pageledger argue --quick --only flag-bit");
  expect(commandFor(undefined, false, remote("nested", true))).toBe(
    "npx pageledger argue test/data/captures/nested",
  );
  // A capture of the user may have the name of one that comes with the page.
  expect(commandFor("flag-bit", true, remote("nested", false))).toBe(
    "npx pageledger argue ./nested --quick --only flag-bit  # from the folder that holds it",
  );
  expect(commandFor(undefined, false, dropped("-o"))).toBe(
    "npx pageledger argue ./-o  # from the folder that holds it",
  );
  expect(commandFor("flag-bit", false, dropped("my 'own'"))).toBe(
    "npx pageledger argue './my '\\''own'\\''' --only flag-bit  # from the folder that holds it",
  );
  expect(commandFor(undefined, false, dropped("run.zip"))).toBe(
    "npx pageledger argue ./run  # from the folder that holds it, unpacked",
  );
  const settings = { workload: "tenants", nrFrames: 4096, nrEvents: 9000, seed: 7, own: { web: 3 } };
  expect(commandFor("flag-bit", true, { kind: "generated", settings })).toBe(
    "npx pageledger generate tenants --frames 4096 --events 9000 --seed 7 --set web=3 -o tenants-7.txt.gz && npx pageledger argue ./tenants-7.txt.gz --quick --only flag-bit",
  );
});
