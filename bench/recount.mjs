// recount: how many pages each owner holds, counted anew from the index alone, beside C and a histogram of a typed array.
//
// The palette counts the bits of its codes, the column takes a histogram, the others ask page by page.
import { ratioOf, rotate } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";
import { CONTAINERS, collect, openMachine, ownersOf, transferOf } from "./lib/machine.mjs";
import { nativeTwins } from "./lib/native.mjs";
import * as table from "./lib/table.mjs";

const SEED = 45;
const IDS = CONTAINERS + 1;

/** Twins of a design by suffix, and what they are called. */
const SCALAR_TWINS = { " recount": "C scalar", " recount lanes": "C 4 histograms" };
const VECTOR_TWINS = { " recount": "C auto", " recount simd": "C SIMD" };
const COLUMNS = ["wasm", "C scalar", "C 4 histograms", "C auto", "C SIMD", "JS typed arrays"];

/** @param {{ frames: number[], densities: number[], designNames: string, rounds: number, minSampleMs: number }} parameters */
export async function recount(parameters) {
  const { frames, densities, rounds, minSampleMs } = parameters;
  const designs = await loadDesigns(selectDesigns(parameters.designNames));
  const native = nativeTwins();
  const cells = [];
  for (const nrFrames of frames)
    for (const density of densities) {
      const owners = ownersOf({ nrFrames, density, seed: SEED });
      for (const { name, module } of designs) {
        table.progress(
          cells.length,
          frames.length * densities.length * designs.length,
          `recount: ${table.power(nrFrames)} frames, ${table.density(density)}, ${name}`,
        );
        const core = openMachine(module, owners);
        const contenders = [
          { name: "wasm", count: () => core.recountOwners() },
          ...nativeContenders(core, name, native),
        ];
        contenders.push(scriptContender(owners));
        const competitors = contenders.map((contender) => ({
          name: contender.name,
          run: () => checksum(contender.count()),
        }));
        const estimates = rotate(competitors, { items: nrFrames, rounds, minSampleMs });
        const ratios = Object.fromEntries(
          estimates.slice(1).map((other) => [other.name, ratioOf(estimates[0], other)]),
        );
        cells.push({ frames: nrFrames, density, design: name, estimates, ratios });
        await collect();
      }
    }
  printTable(cells);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("recount", { ...parameters, seed: SEED, native: compiler }, { cells });
}

function nativeContenders(core, design, native) {
  if (native === undefined) return [];
  const { pfnsPtr: outPtr } = transferOf(core);
  const contender = (addon, suffix, name) => ({
    name,
    count() {
      addon.run(addon.twins[design + suffix], core.memory.buffer, 0, outPtr, 0, IDS, 0);
      return core.u32.subarray(outPtr >>> 2, (outPtr >>> 2) + IDS);
    },
  });
  const of = (addon, names) =>
    Object.entries(names)
      .filter(([suffix]) => design + suffix in addon.twins)
      .map(([suffix, name]) => contender(addon, suffix, name));
  return [...of(native.scalar, SCALAR_TWINS), ...of(native.vector, VECTOR_TWINS)];
}

function scriptContender(owners) {
  const counts = new Uint32Array(IDS);
  return {
    name: "JS typed arrays",
    count() {
      counts.fill(0);
      const { length } = owners;
      for (let pfn = 0; pfn < length; pfn++) counts[owners[pfn]]++;
      return counts;
    },
  };
}

/** Counts of all owners; who owns nothing is not asked. */
function checksum(counts) {
  let sum = 0;
  for (let id = 1; id < IDS; id++) sum = (Math.imul(sum, 31) + counts[id]) | 0;
  return sum;
}

function printTable(cells) {
  const columns = COLUMNS.filter((name) =>
    cells.some(({ estimates }) => estimates.some((e) => e.name === name)),
  );
  console.log("recount: pages per owner from the index alone, ns a frame ± 95 % (× of wasm's time)");
  table.print([
    ["", ...columns],
    ...cells.map((cell) => [
      `${table.power(cell.frames)} ${table.density(cell.density)} ${cell.design}`,
      ...columns.map((name) => {
        const estimate = cell.estimates.find((e) => e.name === name);
        if (!estimate) return "";
        const ratio = cell.ratios[name];
        return table.figure(estimate) + (ratio ? ` (${table.short(1 / ratio.mean)})` : "");
      }),
    ]),
  ]);
}
