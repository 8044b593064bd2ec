// layouts: owners and flags of random frames, on the page descriptors that the arguments were about, in turns.
//
// 44, 48 and 52 bytes (32 bits, 2004), 56 without and 64 with a pointer to the owner (64 bits, 2006), 72, 88, and the compact
// record of 16.  Every answer touches the frame's record, so its size and whether it straddles a line are what differs: the
// owner is in the column beside the frames, or where the descriptor has a place for it.
import { FRAME_LAYOUTS } from "../dist/abi.js";
import { LAYOUT_MODULES } from "../dist/designs.js";
import { meanLines, straddlingShare } from "../dist/measure/cache-lines.js";
import { ratioOf } from "../dist/measure/index.js";
import { loadDesign, loadLayout } from "../dist/node/modules.js";
import { patterns } from "../dist/workload/patterns.js";
import { compete, frameContenders } from "./lib/competitors.mjs";
import { keep } from "./lib/environment.mjs";
import { collect, openMachine, ownersOf } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

const SEED = 51;
const COMPACT = "compact";

/** Descriptors with a design, the compact one first.  @returns {{ layout: string, design: string }[]} */
function rowsOf(design) {
  return [{ layout: COMPACT, design }, ...LAYOUT_MODULES.filter((row) => row.design === design)];
}

/** @param {{ frames: number[], patternNames: string[], keys: number, rounds: number, minSampleMs: number }} parameters */
export async function layouts(parameters) {
  const { frames, patternNames, keys, rounds, minSampleMs } = parameters;
  const cells = [];
  for (const nrFrames of frames)
    for (const design of ["column", "in-page"]) {
      table.progress(cells.length, frames.length * 2, `layouts: ${table.power(nrFrames)} frames, ${design}`);
      const owners = ownersOf({ nrFrames, density: 1, seed: SEED });
      const machines = [];
      for (const { layout } of rowsOf(design)) {
        const module = await (layout === COMPACT ? loadDesign(design) : loadLayout(layout, design));
        machines.push({ layout, core: openMachine(module, owners, { keys }) });
      }
      for (const pattern of patternNames) {
        const pfns = new Uint32Array(keys);
        patterns[pattern]({ nrFrames, seed: SEED + 1 }).fill(pfns);
        const contenders = machines.map(({ layout, core }) => {
          const [wasm] = frameContenders(core, design, pfns, undefined);
          return { ...wasm, name: layout };
        });
        const estimates = compete(contenders, { items: keys, rounds, minSampleMs });
        const ratios = Object.fromEntries(estimates.slice(1).map((e) => [e.name, ratioOf(e, estimates[0])]));
        cells.push({ frames: nrFrames, design, pattern, estimates, ratios });
      }
      await collect();
    }
  print(cells);
  keep("layouts", { ...parameters, seed: SEED, sizes: sizes() }, { cells });
}

/** What follows from the sizes alone. */
function sizes() {
  return Object.fromEntries(
    FRAME_LAYOUTS.map(({ name, sizeBytes }) => [
      name,
      {
        sizeBytes,
        lines: meanLines(sizeBytes, [{ offset: 0, bytes: sizeBytes }]),
        straddlingShare: straddlingShare(sizeBytes),
      },
    ]),
  );
}

function print(cells) {
  const bySize = sizes();
  console.log(
    "flags and owner of a frame, by the descriptor; ns each ± 95 % (× of the compact record's time)",
  );
  for (const { frames, design, pattern, estimates, ratios } of cells) {
    console.log(`${table.power(frames)} frames, ${design}, ${pattern}`);
    table.print([
      ["", "bytes", "lines of a whole one", "straddle", "ns"],
      ...estimates.map((estimate) => {
        const { sizeBytes, lines, straddlingShare: share } = bySize[estimate.name];
        const ratio = ratios[estimate.name];
        return [
          estimate.name,
          `${sizeBytes}`,
          lines.toFixed(2),
          `${(share * 100).toFixed(0)} %`,
          table.figure(estimate) + (ratio ? ` (${table.short(ratio.mean)})` : ""),
        ];
      }),
    ]);
  }
}
