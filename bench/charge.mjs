// charge: pages of order 0 charged to containers and uncharged again, in batches, beside C and a Map of objects.
//
// Every page is allocated and nobody's.  A round charges all of them and uncharges all; the half that is not asked about is
// run, but not timed.  Three containers, each with two above it, so that a charge walks up three levels.
import { Container, Op, PageType } from "../dist/abi.js";
import { ratioOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";
import { PHASES, timeHalf } from "./lib/halves.mjs";
import { collect, openCore, transferOf } from "./lib/machine.mjs";
import { nativeTwins } from "./lib/native.mjs";
import { xorshift } from "./lib/random.mjs";
import * as table from "./lib/table.mjs";
import { MapLedger } from "./twins/map-ledger.mjs";

const SEED = 44;
/** Pages charged by one call. */
const CALL_PAGES = 8192;
/** Containers that are charged, and their ancestors. */
const LEAVES = [3, 4, 5];
const TREE = { 1: 0, 2: 1, 3: 2, 4: 2, 5: 2 };

/** @param {{ frames: number[], pages: number, designNames: string, rounds: number, minSampleMs: number }} parameters */
export async function charge(parameters) {
  const designs = await loadDesigns(selectDesigns(parameters.designNames));
  const native = nativeTwins();
  const cells = [];
  let done = 0;
  for (const nrFrames of parameters.frames)
    for (const { name, module } of designs) {
      table.progress(
        done++,
        parameters.frames.length * designs.length,
        `charge: ${nrFrames} frames, ${name}`,
      );
      const pfns = distinctPfns(nrFrames, Math.min(parameters.pages, nrFrames));
      const core = openAllocated(module, nrFrames, pfns);
      const script = new MapLedger(TREE);
      const contenders = [wasmPhases(core, pfns), ...nativePhases(core, name, native, pfns)];
      for (const contender of contenders) check(core, contender, pfns);
      contenders.push(scriptPhases(script, pfns));
      for (const phase of PHASES) {
        const estimates = timeHalf(contenders, phase, { ...parameters, items: pfns.length });
        const ratios = Object.fromEntries(
          estimates.slice(1).map((other) => [other.name, ratioOf(estimates[0], other)]),
        );
        cells.push({ frames: nrFrames, design: name, phase, estimates, ratios });
      }
      audit(core, "all");
      await collect();
    }
  for (const phase of PHASES) printTable(cells, phase);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("charge", { ...parameters, seed: SEED, callPages: CALL_PAGES, native: compiler }, { cells });
}

/** The first pages of a shuffled machine.  @returns {Uint32Array} */
function distinctPfns(nrFrames, count) {
  const random = xorshift(SEED);
  const all = Uint32Array.from({ length: nrFrames }, (_, pfn) => pfn);
  for (let i = 0; i < count; i++) {
    const j = i + (random() % (nrFrames - i));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, count);
}

function openAllocated(module, nrFrames, pfns) {
  const core = openCore(module, { nrFrames, tree: TREE });
  const words = new Uint32Array(4 * CALL_PAGES);
  for (let first = 0; first < pfns.length; first += CALL_PAGES) {
    const count = Math.min(CALL_PAGES, pfns.length - first);
    for (let i = 0; i < count; i++) {
      words[i * 4] = Op.ALLOC;
      words[i * 4 + 1] = pfns[first + i];
    }
    if (core.execute(words, count, true).code !== "OK") throw new Error("an allocation was refused");
  }
  return core;
}

const containerOf = (call) => LEAVES[call % LEAVES.length];

/** Calls of CALL_PAGES pages each; a call places its pages, for all competitors alike.  */
function inCalls(core, pfns, each) {
  for (let call = 0, first = 0; first < pfns.length; call++, first += CALL_PAGES) {
    const part = pfns.subarray(first, first + CALL_PAGES);
    core.placePfns(part);
    each(part.length, containerOf(call));
  }
}

function must(code, who) {
  if (code !== "OK" && code !== 0) throw new Error(`${who} refused: ${code}`);
}

/** Runs each half once: the books must balance, and every page have the owner that it was charged to, then none. */
function check(core, { name, charge, uncharge }, pfns) {
  const owned = (ownerOf) =>
    inCalls(core, pfns, (count, id) => {
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

function wasmPhases(core, pfns) {
  return {
    name: "wasm",
    charge: () =>
      inCalls(core, pfns, (count, id) => must(core.chargePlaced(count, id, PageType.ANON).code, "wasm")),
    uncharge: () => inCalls(core, pfns, (count) => must(core.unchargePlaced(count).code, "wasm")),
    chargedPages: () => core.containerWord(1, Container.usagePages),
  };
}

function nativePhases(core, design, native, pfns) {
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
      charge: () => inCalls(core, pfns, (count, id) => call(`${design} charge`, count, id)),
      uncharge: () => inCalls(core, pfns, (count) => call(`${design} uncharge`, count, 0)),
      chargedPages: () => core.containerWord(1, Container.usagePages),
    };
  });
}

function scriptPhases(ledger, pfns) {
  const each = (run) => {
    for (let call = 0, first = 0; first < pfns.length; call++, first += CALL_PAGES)
      run(pfns.subarray(first, first + CALL_PAGES), containerOf(call));
  };
  return {
    name: "JS Map",
    charge: () => each((part, id) => ledger.charge(part, id)),
    uncharge: () => each((part) => ledger.uncharge(part)),
    chargedPages: () => ledger.usagePages(1),
  };
}

function printTable(cells, phase) {
  const rows = cells.filter((cell) => cell.phase === phase);
  const columns = ["wasm", "C scalar", "C auto", "JS Map"];
  console.log(`${phase}: one page of order 0, three levels of containers, ns each ± 95 % (× of wasm's time)`);
  table.print([
    ["", ...columns],
    ...rows.map((row) => [
      `${table.power(row.frames)} ${row.design}`,
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
