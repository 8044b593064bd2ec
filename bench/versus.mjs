// versus: lookups of two designs against each other, both in memory at once and in turns: the pointer in the page's record
// against each of the others.  Ratios between designs come from here; everywhere else a design runs alone with its twins.
import { ratioOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { patterns } from "../dist/workload/patterns.js";
import { compete, frameContenders, ownerContenders } from "./lib/competitors.mjs";
import { keep } from "./lib/environment.mjs";
import { collect, openMachine, ownersOf } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

const SEED = 50;
const BESIDE = "in-page";
const CONTENDERS = { owner: ownerContenders, frame: frameContenders };

/**
 * @param {{ frames: number[], densities: number[], patternNames: string[], designNames: string, keys: number,
 *   rounds: number, minSampleMs: number }} parameters
 */
export async function versus(parameters) {
  const { frames, densities, patternNames, keys, rounds, minSampleMs } = parameters;
  const [beside] = await loadDesigns(selectDesigns(BESIDE));
  const others = (await loadDesigns(selectDesigns(parameters.designNames))).filter((d) => d.name !== BESIDE);
  const cells = [];
  let done = 0;
  for (const nrFrames of frames)
    for (const density of densities) {
      const owners = ownersOf({ nrFrames, density, seed: SEED });
      const first = openMachine(beside.module, owners, { keys });
      for (const { name, module } of others) {
        table.progress(
          done++,
          frames.length * densities.length * others.length,
          `versus: ${table.power(nrFrames)} frames, ${table.density(density)}, ${name}`,
        );
        const second = openMachine(module, owners, { keys });
        for (const pattern of patternNames) {
          const pfns = new Uint32Array(keys);
          patterns[pattern]({ nrFrames, seed: SEED + 1 }).fill(pfns);
          for (const [question, contendersOf] of Object.entries(CONTENDERS)) {
            const [a] = contendersOf(first, BESIDE, pfns, undefined);
            const [b] = contendersOf(second, name, pfns, undefined);
            const contenders = [
              { ...a, name: BESIDE },
              { ...b, name },
            ];
            const estimates = compete(contenders, { items: keys, rounds, minSampleMs });
            const faster = ratioOf(estimates[0], estimates[1]);
            cells.push({ frames: nrFrames, density, pattern, question, design: name, estimates, faster });
          }
        }
        await collect();
      }
    }
  printTable(cells);
  keep("versus", { ...parameters, seed: SEED, beside: BESIDE }, { cells });
}

function printTable(cells) {
  console.log(
    `lookup in ns, ${BESIDE} and another in turns; × says how many times faster the other is [95 %]`,
  );
  const rows = cells
    .filter(({ question }) => question === "owner")
    .map((cell) => {
      const touched = cells.find((c) => c.question === "frame" && sameMachine(c, cell));
      return [
        `${table.power(cell.frames)} ${table.density(cell.density)} ${cell.pattern} ${cell.design}`,
        ...[cell, touched].flatMap(({ estimates: [a, b], faster }) => [
          table.figure(a),
          table.figure(b),
          table.times(faster),
        ]),
      ];
    });
  table.print([["", BESIDE, "owner alone", "", BESIDE, "frame touched", ""], ...rows]);
}

const sameMachine = (a, b) =>
  a.frames === b.frames && a.density === b.density && a.pattern === b.pattern && a.design === b.design;
