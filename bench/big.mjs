// big: 2^28 frames, a terabyte of 4 KiB pages, in one linear memory: owners and counters, no records of frames.
import { PageType } from "../dist/abi.js";
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
    const charged = chargeAll(core, nrFrames);
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
    const start = performance.now();
    const counted = core.recountOwners().reduce((sum, pages, id) => sum + (id === 0 ? 0 : pages), 0);
    const recountNs = ((performance.now() - start) * 1e6) / nrFrames;
    if (counted !== nrFrames) throw new Error(`${name}: ${counted} pages counted, not ${nrFrames}`);
    results[name] = {
      memoryBytes: core.memory.buffer.byteLength,
      indexBytes: core.usedIndexBytes(),
      chargeNs: charged,
      recountNs,
      lookups,
    };
    await collect();
  }
  print(results, parameters);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("big", { ...parameters, seed: SEED, native: compiler }, results);
}

/** Charges every frame, in runs of one owner; two or three owners to a block.  Answers ns per page. */
function chargeAll(core, nrFrames) {
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
      const end = core.chargePlaced(count, id, PageType.NONE);
      ns += (performance.now() - start) * 1e6;
      if (end.code !== "OK") throw new Error(`a charge was refused: ${end.code}`);
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
      "charge ns",
      "recount ns",
      ...patternNames.flatMap((p) => competitors.map((c) => `${p}, ${c}`)),
    ],
    ...Object.entries(results).map(([name, r]) => [
      name,
      (r.memoryBytes / 2 ** 20).toFixed(0),
      (r.indexBytes / 2 ** 20).toFixed(0),
      ((r.indexBytes / nrFrames / 4096) * 100).toFixed(4),
      table.short(r.chargeNs),
      table.short(r.recountNs),
      ...patternNames.flatMap((p) => r.lookups[p].map(table.figure)),
    ]),
  ]);
}
