// charge: pages of order 0 charged to containers and uncharged again, in batches, beside C and a Map of objects.
//
//   density    the share of the frames that are charged before and stay so, in runs as on real machines
//   pattern    the order in which the others are charged: that of their first touches
//
// The pages of a round are allocated and nobody's.  A round charges all of them and uncharges all; the half that is not asked
// about is run, but not timed.  Three containers, each with two above it, so that a charge walks up three levels.
import { Container, Op, PageType } from "../dist/abi.js";
import { ratioOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { patterns } from "../dist/workload/patterns.js";
import { keep } from "./lib/environment.mjs";
import { PHASES, timeHalf } from "./lib/halves.mjs";
import { collect, fill, openCore, ownersOf, transferOf } from "./lib/machine.mjs";
import { nativeTwins } from "./lib/native.mjs";
import * as table from "./lib/table.mjs";
import { MapLedger } from "./twins/map-ledger.mjs";

const SEED = 44;
/** Touches of a pattern for each frame of the machine, before it is left with the pages that it has. */
const TOUCHES = 4;
const TOUCHES_AT_ONCE = 4096;
/** Containers that are charged, and their ancestors. */
const LEAVES = [3, 4, 5];
const TREE = { 1: 0, 2: 1, 3: 2, 4: 2, 5: 2 };

/**
 * @param {{ frames: number[], densities: number[], patternNames: string[], pages: number, callPages: number,
 *   designNames: string, rounds: number, minSampleMs: number }} parameters
 */
export async function charge(parameters) {
  const { frames, densities, patternNames } = parameters;
  const designs = await loadDesigns(selectDesigns(parameters.designNames));
  const native = nativeTwins();
  const cells = [];
  for (const nrFrames of frames)
    for (const density of densities) {
      const owners = ownersBefore(nrFrames, density);
      for (const pattern of patternNames) {
        const pfns = firstTouches(pattern, owners, parameters.pages);
        for (const { name, module } of designs) {
          table.progress(
            cells.length / PHASES.length,
            frames.length * densities.length * patternNames.length * designs.length,
            `charge: ${table.power(nrFrames)} frames, ${table.density(density)}, ${pattern}, ${name}`,
          );
          const where = { frames: nrFrames, density, pattern, design: name, pages: pfns.length };
          for (const found of measure({ name, module, owners, pfns, native, parameters }))
            cells.push({ ...where, ...found });
          await collect();
        }
      }
    }
  for (const phase of PHASES) printTable(cells, phase);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("charge", { ...parameters, seed: SEED, native: compiler }, { cells });
}

/** Both halves of a design beside its twins. */
function measure({ name, module, owners, pfns, native, parameters }) {
  const calls = callsOf(pfns, parameters.callPages);
  const core = openAllocated(module, owners, calls);
  const contenders = [wasmPhases(core, calls), ...nativePhases(core, name, native, calls)];
  for (const contender of contenders) check(core, contender, calls);
  contenders.push(scriptPhases(openScript(owners), calls));
  const found = PHASES.map((phase) => {
    const estimates = timeHalf(contenders, phase, { ...parameters, items: pfns.length });
    const ratios = Object.fromEntries(
      estimates.slice(1).map((other) => [other.name, ratioOf(estimates[0], other)]),
    );
    return { phase, estimates, ratios };
  });
  audit(core, "all");
  return found;
}

/** Who has which frames before the first round, 0 = nobody: the containers of the rounds, so that no block has a fourth. */
function ownersBefore(nrFrames, density) {
  return ownersOf({ nrFrames, density, seed: SEED }).map((id) => (id === 0 ? 0 : LEAVES[id % LEAVES.length]));
}

/** Free frames in the order in which the pattern touches them first, `most` at most.  @returns {Uint32Array} */
function firstTouches(pattern, owners, most) {
  const seen = Uint8Array.from(owners, (id) => Number(id !== 0));
  const touches = patterns[pattern]({ nrFrames: owners.length, seed: SEED });
  const part = new Uint32Array(TOUCHES_AT_ONCE);
  const found = new Uint32Array(most);
  let count = 0;
  for (let touched = 0; touched < TOUCHES * owners.length && count < most; touched += part.length) {
    touches.fill(part);
    for (const pfn of part) {
      if (seen[pfn] || count === most) continue;
      seen[pfn] = 1;
      found[count++] = pfn;
    }
  }
  if (count === 0) throw new Error(`${pattern} touches no frame that is free`);
  return found.slice(0, count);
}

function openAllocated(module, owners, calls) {
  const core = openCore(module, { nrFrames: owners.length, tree: TREE });
  fill(core, owners.length, (pfn) => owners[pfn]);
  for (const { pfns } of calls) {
    const words = new Uint32Array(4 * pfns.length);
    for (const [i, pfn] of pfns.entries()) {
      words[i * 4] = Op.ALLOC;
      words[i * 4 + 1] = pfn;
    }
    if (core.execute(words, pfns.length, true).code !== "OK") throw new Error("an allocation was refused");
  }
  return core;
}

function openScript(owners) {
  const ledger = new MapLedger(TREE);
  for (const id of LEAVES) {
    const owned = [];
    for (let pfn = 0; pfn < owners.length; pfn++) if (owners[pfn] === id) owned.push(pfn);
    ledger.charge(owned, id);
  }
  return ledger;
}

/** The pages of a round, so many to a call, each call for the next container.  @param {Uint32Array} pfns */
function callsOf(pfns, callPages) {
  const calls = [];
  for (let first = 0; first < pfns.length; first += callPages)
    calls.push({ pfns: pfns.subarray(first, first + callPages), id: LEAVES[calls.length % LEAVES.length] });
  return calls;
}

/** Places the pages of each call, for all competitors alike.  */
function inCalls(core, calls, each) {
  for (const { pfns, id } of calls) {
    core.placePfns(pfns);
    each(pfns.length, id);
  }
}

function must(code, who) {
  if (code !== "OK" && code !== 0) throw new Error(`${who} refused: ${code}`);
}

/** Runs each half once: the books must balance, and every page have the owner that it was charged to, then none. */
function check(core, { name, charge, uncharge }, calls) {
  const owned = (ownerOf) =>
    inCalls(core, calls, (count, id) => {
      core.lookupPlaced(0, count);
      if (core.ownersPlaced(0, count).some((found) => found !== ownerOf(id)))
        throw new Error(`${name} has left a page with another owner`);
    });
  charge();
  audit(core, `${name}'s charge`);
  owned((id) => id);
  uncharge();
  audit(core, `${name}'s uncharge`);
  owned(() => 0);
}

function audit(core, who) {
  if (core.audit() !== 0) throw new Error(`the books do not balance after ${who}`);
}

function wasmPhases(core, calls) {
  return {
    name: "wasm",
    charge: () =>
      inCalls(core, calls, (count, id) => must(core.chargePlaced(count, id, PageType.ANON).code, "wasm")),
    uncharge: () => inCalls(core, calls, (count) => must(core.unchargePlaced(count).code, "wasm")),
    chargedPages: () => core.containerWord(1, Container.usagePages),
  };
}

function nativePhases(core, design, native, calls) {
  if (native === undefined || !(`${design} charge` in native.scalar.twins)) return [];
  const { pfnsPtr, outPtr } = transferOf(core);
  return [
    ["C scalar", native.scalar],
    ["C auto", native.vector],
  ].map(([name, addon]) => {
    const call = (twin, count, id) =>
      must(
        addon.run(addon.twins[twin], core.memory.buffer, pfnsPtr, outPtr, count, id, PageType.ANON),
        `${name}, ${twin}`,
      );
    return {
      name,
      charge: () => inCalls(core, calls, (count, id) => call(`${design} charge`, count, id)),
      uncharge: () => inCalls(core, calls, (count) => call(`${design} uncharge`, count, 0)),
      chargedPages: () => core.containerWord(1, Container.usagePages),
    };
  });
}

function scriptPhases(ledger, calls) {
  const each = (run) => {
    for (const { pfns, id } of calls) run(pfns, id);
  };
  return {
    name: "JS Map",
    charge: () => each((pfns, id) => ledger.charge(pfns, id)),
    uncharge: () => each((pfns) => ledger.uncharge(pfns)),
    chargedPages: () => ledger.usagePages(1),
  };
}

function printTable(cells, phase) {
  const rows = cells.filter((cell) => cell.phase === phase);
  const columns = ["wasm", "C scalar", "C auto", "JS Map"];
  console.log(
    `${phase}: one page of order 0, three levels of containers, so many frames charged before, ns each ± 95 % (× of wasm's time)`,
  );
  table.print([
    ["", ...columns],
    ...rows.map((row) => [
      `${table.power(row.frames)} ${table.density(row.density)} ${row.pattern} ${row.design}`,
      ...columns.map((column) => {
        const estimate = row.estimates.find(({ name }) => name === column);
        if (!estimate) return "";
        const ratio = row.ratios[column];
        return table.figure(estimate) + (ratio ? ` (${table.short(1 / ratio.mean)})` : "");
      }),
    ]),
  ]);
  console.log("");
}
