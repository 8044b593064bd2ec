/**
 * lookups: throughput of the designs by access pattern and number of page frames.
 *
 *   turn 0   in-page, radix, their twins, a Map      in machines of every size: the argument of 2006 comes first
 *   turn 1 … the other designs, as many at a time as fit in memory
 *
 * INVARIANTS  What cannot be opened or answers wrongly is reported and left out; the others go on.
 */
import type { Core } from "../../../src/core/core.js";
import { ownersFor } from "../../../src/workload/owners.js";
import { patterns } from "../../../src/workload/patterns.js";
import type { LookupEvent, LookupRequest, Suite } from "../views/arguments/bench-protocol.js";
import {
  caseText,
  framesText,
  groupsFor,
  hasMap,
  patternsOf,
  SUITE_NAMES,
} from "../views/arguments/lookup-plan.js";
import { chargeContender, HalfClock, mapBooks, usageAfter, wasmBooks } from "./charges.js";
import {
  CONTAINERS,
  type Contender,
  framesExpected,
  histogramOf,
  mapContender,
  objectContender,
  openLedger,
  ownersExpected,
  recountContender,
  takeTurns,
  typedArrayContender,
  wasmContender,
} from "./contenders.js";

const SEED = 42;

/** A design with its ledger. */
interface Ledger {
  readonly design: string;
  readonly core: Core;
  readonly bytesPerPage: number;
}

/** `moduleOf` answers undefined for a design that is not beside the page. */
export async function measureLookups(
  request: LookupRequest,
  moduleOf: (design: string) => Promise<WebAssembly.Module | undefined>,
  onEvent: (event: LookupEvent) => void,
): Promise<void> {
  const turns = groupsFor(request);
  const suites = SUITE_NAMES.filter((name) => request.suites.includes(name));
  const total =
    turns.length * suites.reduce((sum, suite) => sum + patternsOf(suite, request.patterns).length, 0);
  let done = 0;
  const say = (what: string) => onEvent({ kind: "progress", done, total, what });
  for (const { frames, group, designs } of turns) {
    const size = framesText(frames);
    say(`${size}: opening ${designs.join(", ")}`);
    await breathe();
    const owners = new Uint16Array(frames);
    ownersFor(owners, { seed: SEED, containers: CONTAINERS });
    /** What fails is reported, and left out. */
    const attempt = <T>(pattern: string, design: string, by: Contender["by"], make: () => T) => {
      try {
        return make();
      } catch (error) {
        const reason = `cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
        onEvent({ kind: "failure", failure: { frames, pattern, design, by, reason } });
        return undefined;
      }
    };
    const ledgers: Ledger[] = [];
    for (const design of designs) {
      const module = await moduleOf(design);
      const core = attempt("", design, "wasm", () => {
        if (module === undefined) throw new Error(`wasm/${design}.wasm is not there`);
        return openLedger(module, owners, request.keys);
      });
      if (core !== undefined) ledgers.push({ design, core, bytesPerPage: core.usedIndexBytes() / frames });
    }
    const hasScripts = hasMap(frames) && turns.find((turn) => turn.frames === frames)!.group === group;
    for (const suite of suites) {
      const clock = suite === "charge" || suite === "uncharge" ? new HalfClock(suite) : undefined;
      const contenders = contendersOf(suite, designs, ledgers, owners, hasScripts, clock, attempt);
      for (const pattern of patternsOf(suite, request.patterns)) {
        const what = caseText({ suite, pattern });
        say(`${size}, ${what}: ${designs.join(", ")}`);
        await breathe();
        const pfns = pfnsOf(pattern, frames, request.keys, clock !== undefined);
        const { timed, wrong } = takeTurns(
          contenders,
          expectedOf(suite, owners, pfns),
          pfns,
          request,
          suite === "recount" ? frames : pfns.length,
          clock?.sampler,
        );
        for (const { contender, reason } of wrong) {
          const { design, by } = contender;
          onEvent({ kind: "failure", failure: { frames, pattern: what, design, by, reason } });
        }
        const cells = timed.map(({ contender: { design, by, bytesPerPage }, samplesNs }) => ({
          frames,
          suite,
          pattern,
          design,
          by,
          group,
          samplesNs,
          bytesPerPage,
        }));
        onEvent({ kind: "cells", cells });
        done++;
      }
    }
  }
  say("done");
}

/** Keys as the pattern gives them; those of charges each once, for a page cannot be charged twice. */
function pfnsOf(pattern: string, nrFrames: number, keys: number, isOnce: boolean): Uint32Array {
  if (pattern === "") return new Uint32Array(0);
  const pfns = new Uint32Array(keys);
  patterns[pattern]!({ nrFrames, seed: SEED + 1 }).fill(pfns);
  return isOnce ? Uint32Array.from(new Set(pfns)) : pfns;
}

function expectedOf(suite: Suite, owners: Uint16Array, pfns: Uint32Array): Uint16Array | Uint32Array {
  if (suite === "lookup") return ownersExpected(owners, pfns);
  if (suite === "frame") return framesExpected(owners, pfns);
  return suite === "recount" ? histogramOf(owners).subarray(1) : usageAfter(owners, pfns);
}

/** Each design before its twin; those that belong to no design come last. */
function contendersOf(
  suite: Suite,
  designs: readonly string[],
  ledgers: readonly Ledger[],
  owners: Uint16Array,
  hasScripts: boolean,
  clock: HalfClock | undefined,
  attempt: <T>(pattern: string, design: string, by: Contender["by"], make: () => T) => T | undefined,
): Contender[] {
  const found: (Contender | undefined)[] = [];
  for (const design of designs) {
    const ledger = ledgers.find((each) => each.design === design);
    if (ledger !== undefined) {
      const { core, bytesPerPage } = ledger;
      const who = { design, by: "wasm", bytesPerPage } as const;
      found.push(
        clock !== undefined
          ? chargeContender(who, wasmBooks(core), clock)
          : suite === "recount"
            ? recountContender(who, () => core.recountOwners())
            : wasmContender(who, core, suite === "frame"),
      );
    }
    if (suite === "lookup")
      found.push(attempt("", design, "typed arrays", () => typedArrayContender(design, owners)));
  }
  const script = { design: "", bytesPerPage: null };
  if (suite === "recount")
    found.push(recountContender({ ...script, by: "histogram" }, () => histogramOf(owners)));
  else if (hasScripts) {
    const by = suite === "frame" ? "objects" : "Map";
    found.push(
      attempt(caseText({ suite, pattern: "" }), "", by, () =>
        clock !== undefined
          ? chargeContender({ ...script, by }, mapBooks(owners), clock)
          : suite === "frame"
            ? objectContender(owners)
            : mapContender(owners),
      ),
    );
  }
  return found.filter((each) => each !== undefined);
}

/** Lets messages out, and the collector at what was dropped. */
function breathe(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}
