// read-side: what it costs a reader that others may change the index meanwhile.  The same owners, the same keys, in turns:
//
//   alone        the single-agent build                      C          its scalar twin in C, on the bytes of `alone`
//   shared       the lock-free build in shared memory        C QSBR     that twin as a reader of liburcu: published words
//   one by one   `alone`, batches not interleaved                       loaded as such, in the order of the design
//
// Of page-cgroup-rcu, whose original prefetches, one by one over alone is what interleaving has in place of that.
//
// Both kinds of readers are in a quiescent state once a call, of 65,536 lookups at most.  Nobody writes: what is measured are
// the rules that a reader keeps.  Readers beside a writer are in `scaling`.
import { ratioOf } from "../dist/measure/index.js";
import { loadDesign, selectDesigns } from "../dist/node/modules.js";
import { patterns } from "../dist/workload/patterns.js";
import { compete, oneByOneContenders, ownerContenders, qsbrContenders } from "./lib/competitors.mjs";
import { keep } from "./lib/environment.mjs";
import { collect, lockFreeOf, openMachine, ownersOf } from "./lib/machine.mjs";
import { nativeTwins } from "./lib/native.mjs";
import * as table from "./lib/table.mjs";

const SEED = 53;
const SHARED = "shared";
const ONE_BY_ONE = "one by one";
const C = "C scalar";
const QSBR = "C QSBR";

/**
 * @param {{ frames: number[], densities: number[], patternNames: string[], designNames: string, keys: number,
 *   rounds: number, minSampleMs: number }} parameters
 */
export async function readSide(parameters) {
  const { frames, densities, patternNames, keys, rounds, minSampleMs } = parameters;
  const designs = await lockFreeOf(selectDesigns(parameters.designNames));
  const native = nativeTwins();
  const cells = [];
  let done = 0;
  for (const nrFrames of frames)
    for (const density of densities) {
      const owners = ownersOf({ nrFrames, density, seed: SEED });
      for (const { name } of designs) {
        table.progress(
          done++,
          frames.length * densities.length * designs.length,
          `read-side: ${table.power(nrFrames)} frames, ${table.density(density)}, ${name}`,
        );
        const alone = openMachine(await loadDesign(name), owners, { keys });
        const shared = openMachine(await loadDesign(name, true), owners, { keys, agents: 2 });
        for (const pattern of patternNames) {
          const pfns = new Uint32Array(keys);
          patterns[pattern]({ nrFrames, seed: SEED + 1 }).fill(pfns);
          const [first, ...twins] = ownerContenders(alone, name, pfns, native);
          const [second] = ownerContenders(shared, name, pfns, undefined);
          const contenders = [
            { ...first, name: "alone" },
            { ...second, name: SHARED },
            ...oneByOneContenders(alone, name, keys),
            ...twins.filter((twin) => twin.name === C),
            ...qsbrContenders(alone, name, keys, native),
          ];
          const estimates = compete(contenders, { items: keys, rounds, minSampleMs });
          const named = (wanted) => estimates.find((each) => each.name === wanted);
          const over = (a, b) => (named(a) && named(b) ? ratioOf(named(a), named(b)) : undefined);
          const ratios = {
            sharedOverAlone: over(SHARED, "alone"),
            oneByOneOverAlone: over(ONE_BY_ONE, "alone"),
            qsbrOverC: over(QSBR, C),
          };
          cells.push({ frames: nrFrames, density, pattern, design: name, estimates, ratios });
        }
        await collect();
      }
    }
  printTable(cells);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("read-side", { ...parameters, seed: SEED, native: compiler }, { cells });
}

function printTable(cells) {
  console.log("lookup in ns ± 95 %, without writers; × [95 %]");
  table.print([
    ["", "alone", SHARED, "", ONE_BY_ONE, "", C, QSBR, "over C"],
    ...cells.map(({ frames, density, pattern, design, estimates, ratios }) => {
      const figure = (wanted) => {
        const found = estimates.find((each) => each.name === wanted);
        return found ? table.figure(found) : "";
      };
      return [
        `${table.power(frames)} ${table.density(density)} ${pattern} ${design}`,
        figure("alone"),
        figure(SHARED),
        table.times(ratios.sharedOverAlone),
        figure(ONE_BY_ONE),
        ratios.oneByOneOverAlone ? table.times(ratios.oneByOneOverAlone) : "",
        figure(C),
        figure(QSBR),
        ratios.qsbrOverC ? table.times(ratios.qsbrOverC) : "",
      ];
    }),
  ]);
}
