// lookup: owners of frames in batches: each design beside its C twins on the same bytes and its JavaScript twins.
//
// All answers are written out.  A batch is millions of keys, so that neither they nor the answers stay in a cache.  Two
// questions: the owner alone; and the owner with the flags of the frame's record, which an operation on the page would touch.
import { FrameFlag, PageType, TYPE_SHIFT } from "../dist/abi.js";
import { geometricMean, ratioOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { patterns } from "../dist/workload/patterns.js";
import {
  compete,
  frameContenders,
  ownerContenders,
  scriptContender,
  typedArrayTwin,
} from "./lib/competitors.mjs";
import { keep } from "./lib/environment.mjs";
import { collect, openMachine, ownersOf } from "./lib/machine.mjs";
import { nativeTwins } from "./lib/native.mjs";
import * as table from "./lib/table.mjs";
import { mapLookup, mapOf } from "./twins/map.mjs";
import { OBJECTS_MAX, objectsFrames, objectsLookup, objectsOf } from "./twins/objects.mjs";

const SEED = 42;
/** Flags of an anonymous page that is charged and on no list. */
const OWNED = FrameFlag.ALLOCATED | FrameFlag.HEAD | FrameFlag.CHARGED | (PageType.ANON << TYPE_SHIFT);
/** Objects and a Map are many times slower: they run on this pattern only, in machines in full use, beside `mapDesigns`. */
const SCRIPT_PATTERN = "uniform";

/**
 * @param {{ frames: number[], densities: number[], patternNames: string[], designNames: string, keys: number,
 *   rounds: number, minSampleMs: number, questions: ("owner" | "frame")[], mapFrames: number[], mapDesigns: string[] | undefined }} parameters
 */
export async function lookup(parameters) {
  const { frames, densities, patternNames, designNames } = parameters;
  const designs = await loadDesigns(selectDesigns(designNames));
  const native = nativeTwins();
  const cells = [];
  const total = frames.length * densities.length * designs.length;
  for (const nrFrames of frames)
    for (const density of densities) {
      const owners = ownersOf({ nrFrames, density, seed: SEED });
      const scripts = scriptsFor(owners, density, parameters);
      for (const { name, module } of designs) {
        table.progress(
          cells.length / Math.max(1, patternNames.length * parameters.questions.length),
          total,
          `lookup: ${table.power(nrFrames)} frames, ${table.density(density)}, ${name}`,
        );
        const core = openMachine(module, owners, { keys: parameters.keys });
        const own = typedArrayTwin(name, owners);
        for (const pattern of patternNames)
          for (const question of parameters.questions)
            cells.push({
              frames: nrFrames,
              density,
              design: name,
              pattern,
              question,
              ...measure({ core, name, pattern, question, native, scripts, own, parameters }),
            });
        await collect();
      }
      printTables(cells.filter((cell) => cell.frames === nrFrames && cell.density === density));
    }
  printSummary(cells, frames);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("lookup", { ...parameters, seed: SEED, native: compiler }, { cells });
}

/** Twins in JavaScript that know nothing of designs, by question, made once for all of them. */
function scriptsFor(owners, density, { mapFrames }) {
  const scripts = { owner: {}, frame: {} };
  if (density !== 1 || !mapFrames.includes(owners.length)) return scripts;
  const map = mapOf(owners);
  if (map) scripts.owner["JS Map"] = (pfns, out) => mapLookup(map, pfns, out);
  if (owners.length > OBJECTS_MAX) return scripts;
  const frames = objectsOf(owners, OWNED);
  scripts.owner["JS objects"] = (pfns, out) => objectsLookup(frames, pfns, out);
  scripts.frame["JS objects"] = (pfns, out) => objectsFrames(frames, pfns, out);
  return scripts;
}

function measure({ core, name, pattern, question, native, scripts, own, parameters }) {
  const { keys, rounds, minSampleMs, mapDesigns } = parameters;
  const pfns = new Uint32Array(keys);
  patterns[pattern]({ nrFrames: core.nrFrames, seed: SEED + 1 }).fill(pfns);
  const isOwner = question === "owner";
  const contenders = (isOwner ? ownerContenders : frameContenders)(core, name, pfns, native);
  if (isOwner && own) contenders.push(scriptContender("JS typed arrays", own, pfns));
  if (pattern === SCRIPT_PATTERN && (mapDesigns?.includes(name) ?? true))
    for (const [title, twin] of Object.entries(scripts[question]))
      contenders.push(scriptContender(title, twin, pfns, isOwner ? Uint16Array : Uint32Array));
  const estimates = compete(contenders, { items: keys, rounds, minSampleMs });
  const [wasm, ...others] = estimates;
  const ratios = Object.fromEntries(others.map((other) => [other.name, ratioOf(wasm, other)]));
  return { estimates, ratios };
}

const COLUMNS = [
  "wasm",
  "C scalar",
  "C interleaved",
  "C auto",
  "C gathers",
  "JS typed arrays",
  "JS objects",
  "JS Map",
];

function printTables(cells) {
  const keys = [...new Set(cells.map(({ pattern, question }) => `${pattern}\t${question}`))];
  for (const key of keys) {
    const [pattern, question] = key.split("\t");
    const rows = cells.filter((cell) => cell.pattern === pattern && cell.question === question);
    const { frames, density } = rows[0];
    const columns = COLUMNS.filter((name) =>
      rows.some((row) => row.estimates.some((estimate) => estimate.name === name)),
    );
    console.log(
      `lookup, ${question === "owner" ? "owner alone" : "with the frame touched"}: ` +
        `${table.power(frames)} frames, ${table.density(density)}, ${pattern}; ns each ± 95 % (× of wasm's time)`,
    );
    table.print([["", ...columns], ...rows.map((row) => [row.design, ...columns.map((c) => text(row, c))])]);
    console.log("");
  }
}

/** Time of one competitor, and how many times wasm's that is. */
function text({ estimates, ratios }, name) {
  const estimate = estimates.find((e) => e.name === name);
  if (estimate === undefined) return "";
  const ratio = ratios[name];
  return table.figure(estimate) + (ratio ? ` (${table.short(1 / ratio.mean)})` : "");
}

/** Geometric means over designs, densities and patterns. */
function printSummary(cells, frames) {
  const names = COLUMNS.slice(1).filter((name) => cells.some((cell) => cell.ratios[name]));
  if (names.length === 0) return;
  console.log("wasm's time as a multiple of each other's, geometric mean over designs, densities, patterns");
  const rows = frames.map((nrFrames) => [
    table.power(nrFrames),
    ...names.map((name) => {
      const ratios = cells.flatMap((c) => (c.frames === nrFrames && c.ratios[name]) || []);
      return ratios.length ? table.short(geometricMean(ratios.map((r) => r.mean))) : "";
    }),
  ]);
  table.print([["frames", ...names], ...rows]);
}
