/**
 * lookups: throughput of the designs by access pattern and number of page frames.
 *
 *   turn 0   in-page, radix, their twins, a Map      in machines of every size: the argument of 2006 comes first
 *   turn 1 … the other designs, as many at a time as fit in memory
 *
 * INVARIANTS  What cannot be opened or answers wrongly is reported and left out; the others go on.
 */
import { ownersFor } from "../../../src/workload/owners.js";
import { patterns } from "../../../src/workload/patterns.js";
import type { LookupEvent, LookupRequest } from "../views/arguments/bench-protocol.js";
import { framesText, groupsFor, hasMap } from "../views/arguments/lookup-plan.js";
import {
  CONTAINERS,
  type Contender,
  mapContender,
  takeTurns,
  typedArrayContender,
  wasmContender,
} from "./contenders.js";

const SEED = 42;

/** `moduleOf` answers undefined for a design that is not beside the page. */
export async function measureLookups(
  request: LookupRequest,
  moduleOf: (design: string) => Promise<WebAssembly.Module | undefined>,
  onEvent: (event: LookupEvent) => void,
): Promise<void> {
  const turns = groupsFor(request);
  const total = turns.length * request.patterns.length;
  let done = 0;
  const say = (what: string) => onEvent({ kind: "progress", done, total, what });
  for (const { frames, group, designs } of turns) {
    const size = framesText(frames);
    say(`${size}: opening ${designs.join(", ")}`);
    await breathe();
    const owners = new Uint16Array(frames);
    ownersFor(owners, { seed: SEED, containers: CONTAINERS });
    const contenders = await open(request, frames, group, designs, owners, moduleOf, onEvent);
    for (const pattern of request.patterns) {
      say(`${size}, ${pattern}: ${designs.join(", ")}`);
      await breathe();
      const pfns = new Uint32Array(request.keys);
      patterns[pattern]!({ nrFrames: frames, seed: SEED + 1 }).fill(pfns);
      const { timed, wrong } = takeTurns(contenders, owners, pfns, request);
      for (const { contender, reason } of wrong) {
        const { design, by } = contender;
        onEvent({ kind: "failure", failure: { frames, pattern, design, by, reason } });
      }
      const cells = timed.map(({ contender: { design, by, bytesPerPage }, samplesNs }) => ({
        frames,
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
  say("done");
}

async function open(
  { keys }: LookupRequest,
  frames: number,
  group: number,
  designs: readonly string[],
  owners: Uint16Array,
  moduleOf: (design: string) => Promise<WebAssembly.Module | undefined>,
  onEvent: (event: LookupEvent) => void,
): Promise<Contender[]> {
  const opened: Contender[] = [];
  const attempt = (design: string, by: Contender["by"], make: () => Contender | undefined) => {
    try {
      const contender = make();
      if (contender !== undefined) opened.push(contender);
    } catch (error) {
      const reason = `cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
      onEvent({ kind: "failure", failure: { frames, pattern: "", design, by, reason } });
    }
  };
  for (const design of designs) {
    const module = await moduleOf(design);
    attempt(design, "wasm", () => {
      if (module === undefined) throw new Error(`wasm/${design}.wasm is not there`);
      return wasmContender(design, module, owners, keys);
    });
    attempt(design, "typed arrays", () => typedArrayContender(design, owners));
  }
  if (group === 0 && hasMap(frames)) attempt("", "Map", () => mapContender(owners));
  return opened;
}

/** Lets messages out, and the collector at what was dropped. */
function breathe(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}
