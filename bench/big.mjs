// big: 2^28 frames, a terabyte of 4 KiB pages, in one linear memory: owners and counters, no records of frames.
//
// A sample of charges is every frame; between two samples all are uncharged, which is a sample too.  The first charges, which also
// bring the memory, stand apart.
import { PageType } from "../dist/abi.js";
import { estimateOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { patterns } from "../dist/workload/patterns.js";
import { compete, ownerContenders } from "./lib/competitors.mjs";
import { keep } from "./lib/environment.mjs";
import { CONTAINERS, collect, openCore } from "./lib/machine.mjs";
import { nativeTwins } from "./lib/native.mjs";
import * as table from "./lib/table.mjs";

const SEED = 47;
/** Pages charged by one call: a run of them that one container owns, in a stripe of others. */
const RUN_PAGES = 8;

/** @param {{ nrFrames: number, designNames: string, keys: number, patternNames: string[], rounds: number, minSampleMs: number }} parameters */
export async function big(parameters) {
  const { nrFrames, keys, patternNames, rounds, minSampleMs } = parameters;
  const designs = await loadDesigns(selectDesigns(parameters.designNames));
  const native = nativeTwins();
  const results = {};
  for (const [at, { name, module }] of designs.entries()) {
    table.progress(at, designs.length, `big: ${table.power(nrFrames)} frames, ${name}`);
    const core = openCore(module, { nrFrames, keys, frameRecords: false });
    const times = timeCharges(core, nrFrames, rounds);
    const lookups = {};
    for (const pattern of patternNames) {
      const pfns = new Uint32Array(keys);
      patterns[pattern]({ nrFrames, seed: SEED }).fill(pfns);
      lookups[pattern] = compete(ownerContenders(core, name, pfns, native), {
        items: keys,
        rounds,
        minSampleMs,
      });
    }
    results[name] = {
      memoryBytes: core.memory.buffer.byteLength,
      indexBytes: core.usedIndexBytes(),
      ...times,
      recount: timeRecounts(core, nrFrames, rounds),
      lookups,
    };
    await collect();
  }
  print(results, parameters);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("big", { ...parameters, seed: SEED, native: compiler }, results);
}

/** All frames charged and uncharged in turns; they end charged. */
function timeCharges(core, nrFrames, rounds) {
  const firstChargeNs = inRuns(core, nrFrames, charge);
  const samples = { charge: [], uncharge: [] };
  for (let round = 0; round < rounds; round++) {
    samples.uncharge.push(inRuns(core, nrFrames, uncharge));
    samples.charge.push(inRuns(core, nrFrames, charge));
  }
  return {
    firstChargeNs,
    charge: estimateOf("charge", samples.charge),
    uncharge: estimateOf("uncharge", samples.uncharge),
  };
}

const charge = (core, count, id) => core.chargePlaced(count, id, PageType.NONE);
const uncharge = (core, count) => core.unchargePlaced(count);

/** Counts all pages, once beyond the clock; every count must find all of them. */
function timeRecounts(core, nrFrames, rounds) {
  const sample = () => {
    const start = performance.now();
    const counts = core.recountOwners();
    const ns = ((performance.now() - start) * 1e6) / nrFrames;
    const counted = counts.reduce((sum, pages, id) => sum + (id === 0 ? 0 : pages), 0);
    if (counted !== nrFrames) throw new Error(`${counted} pages counted, not ${nrFrames}`);
    return ns;
  };
  sample();
  return estimateOf("recount", Array.from({ length: rounds }, sample));
}

/** Every frame by `run`, in runs of one owner; two or three owners to a block.  Answers ns per page. */
function inRuns(core, nrFrames, run) {
  const batch = Math.min(core.placeMax, 2 ** 16);
  const pfns = new Uint32Array(batch);
  let ns = 0;
  // A container at a time takes its runs of a stretch of memory, so that a call is as long as may be.
  const stretch = batch * 3;
  for (let base = 0; base < nrFrames; base += stretch)
    for (let turn = 0; turn < 3; turn++) {
      let count = 0;
      for (let first = base + turn * RUN_PAGES; first < base + stretch; first += RUN_PAGES * 3)
        for (let pfn = first; pfn < Math.min(first + RUN_PAGES, nrFrames); pfn++) pfns[count++] = pfn;
      if (count === 0) continue;
      core.placePfns(pfns.subarray(0, count));
      const id = 1 + ((base / stretch + turn) % CONTAINERS);
      const start = performance.now();
      const end = run(core, count, id);
      ns += (performance.now() - start) * 1e6;
      if (end.code !== "OK") throw new Error(`a charge or uncharge was refused: ${end.code}`);
    }
  return ns / nrFrames;
}

function print(results, { nrFrames, patternNames }) {
  console.log(
    `${table.power(nrFrames)} frames (${(nrFrames * 4096) / 2 ** 30} GiB of pages) without frame records, in one memory`,
  );
  const [first] = Object.values(results);
  const competitors = first.lookups[patternNames[0]].map(({ name }) => name);
  table.print([
    [
      "",
      "MiB, all",
      "MiB, index",
      "% of memory",
      "first charge ns",
      "charge ns",
      "uncharge ns",
      "recount ns",
      ...patternNames.flatMap((p) => competitors.map((c) => `${p}, ${c}`)),
    ],
    ...Object.entries(results).map(([name, r]) => [
      name,
      (r.memoryBytes / 2 ** 20).toFixed(0),
      (r.indexBytes / 2 ** 20).toFixed(0),
      ((r.indexBytes / nrFrames / 4096) * 100).toFixed(4),
      table.short(r.firstChargeNs),
      ...[r.charge, r.uncharge, r.recount].map(table.figure),
      ...patternNames.flatMap((p) => r.lookups[p].map(table.figure)),
    ]),
  ]);
}
