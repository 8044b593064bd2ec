// cache-lines: how many different lines of 64 bytes an operation touches, counted in the shipped code, not guessed.
//
// Operations on single pages, at random: the owner alone; the owner with the flags of the page's frame, as a batch of one; charge
// and uncharge of an allocated page.  "All" counts every line.  The second figure leaves out what each operation on any page
// touches and no cache ever drops: the region table, the container that is charged and those above it, the buffer of a
// batch.  What is left is what a miss could be paid for: the page's frame and its index.
import { CORE_PTR, Core as CoreRecord, Op, PageType } from "../dist/abi.js";
import { LAYOUT_MODULES } from "../dist/designs.js";
import { intervalOf } from "../dist/measure/index.js";
import { loadDesigns, loadLayout, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";
import { instrumentedModule, LineCounter } from "./lib/instrumented.mjs";
import { CONTAINERS, collect, openMachine, ownersOf, transferOf } from "./lib/machine.mjs";
import { xorshift } from "./lib/random.mjs";
import * as table from "./lib/table.mjs";

const SEED = 49;
const OPERATIONS = {
  ownerOf: "lookup, owner alone",
  ownerAndFrame: "lookup, with the frame touched",
  charge: "charge",
  uncharge: "uncharge",
};

/** @param {{ nrFrames: number, densities: number[], designNames: string, samples: number }} parameters */
export async function cacheLines(parameters) {
  const { nrFrames, densities, designNames, samples } = parameters;
  const designs = await loadDesigns(selectDesigns(designNames));
  // And the descriptors of other kernels, whose sizes decide which lines a frame's fields lie on.
  if (designNames === "all")
    for (const { layout, design } of LAYOUT_MODULES)
      designs.push({ name: `layout/${layout}-${design}`, module: await loadLayout(layout, design) });
  const cells = [];
  for (const density of densities) {
    const owners = ownersOf({ nrFrames, density, seed: SEED });
    for (const { name, module } of designs) {
      const core = openMachine(module, owners);
      const counter = new LineCounter(await instrumentedModule(name), core.memory);
      const counts = countAll(core, counter, owners, samples);
      if (core.audit() !== 0) throw new Error(`${name}: the instrumented module broke the books`);
      cells.push({ density, design: name, ...counts });
      await collect();
    }
  }
  for (const operation of Object.keys(OPERATIONS)) printTable(cells, operation, parameters);
  keep("cache-lines", { ...parameters, seed: SEED }, { cells });
}

function countAll(core, counter, owners, samples) {
  const random = xorshift(SEED);
  const isHot = hotGround(core);
  const { pfnsPtr, outPtr } = transferOf(core);
  const touched = Object.fromEntries(Object.keys(OPERATIONS).map((operation) => [operation, []]));
  for (let i = 0; i < samples; i++) {
    const pfn = random() % owners.length;
    const looked = counter.count((calls) => calls.ownerOf(pfn), isHot);
    if (looked.answer !== owners[pfn]) throw new Error(`frame ${pfn} has owner ${looked.answer}`);
    touched.ownerOf.push(looked);
    core.placePfns(Uint32Array.of(pfn));
    const both = counter.count((calls) => calls.framesInto(pfnsPtr, outPtr, 1), isHot);
    if (both.answer !== 0 || core.u32[outPtr >>> 2] >>> 16 !== owners[pfn])
      throw new Error(`frame ${pfn} has another owner where it is touched`);
    touched.ownerAndFrame.push(both);
    // A page like its neighbours: an owned one is uncharged and charged again, as it was.
    const id = owners[pfn];
    if (id === 0) continue;
    const uncharged = counter.count((calls) => calls.execOne(Op.UNCHARGE, pfn, 0, 0), isHot);
    const charged = counter.count(
      (calls) => calls.execOne(Op.CHARGE | (id << 16), pfn, PageType.ANON, 0),
      isHot,
    );
    if (uncharged.answer !== 0 || charged.answer !== 0)
      throw new Error(`frame ${pfn} cannot be charged anew`);
    touched.uncharge.push(uncharged);
    touched.charge.push(charged);
  }
  return Object.fromEntries(
    Object.keys(OPERATIONS).map((operation) => [operation, summary(touched[operation])]),
  );
}

/** Lines of the region table, of the containers, and of the transfer buffer. */
function hotGround(core) {
  const transfer = core.coreWord(CoreRecord.transferPtr);
  const transferEnd = transfer + core.coreWord(CoreRecord.transferBytes);
  const containers = core.coreWord(CoreRecord.containersPtr);
  const end = core.containerPtr(CONTAINERS + 1);
  return (address) =>
    (address >= CORE_PTR && address < CORE_PTR + CoreRecord.sizeBytes) ||
    (address >= containers && address < end) ||
    (address >= transfer && address < transferEnd);
}

function summary(counts) {
  const of = (key) => counts.map((count) => count[key]);
  if (counts.length === 0) return undefined;
  return {
    samples: counts.length,
    lines: intervalOf(of("lines")),
    cold: intervalOf(of("cold")),
    mostCold: of("cold").reduce((most, n) => Math.max(most, n), 0),
    loads: intervalOf(of("loads")),
    stores: intervalOf(of("stores")),
  };
}

function printTable(cells, operation, { densities, nrFrames }) {
  const designs = [...new Set(cells.map(({ design }) => design))];
  console.log(
    `${OPERATIONS[operation]}: lines of 64 bytes touched by one, ${table.power(nrFrames)} frames: without the region table, ` +
      "containers and buffers (all lines; loads + stores)",
  );
  table.print([
    ["", ...densities.map(table.density)],
    ...designs.map((design) => [
      design,
      ...densities.map((density) => {
        const s = cells.find((cell) => cell.design === design && cell.density === density)[operation];
        if (s === undefined) return "";
        return `${s.cold.mean.toFixed(2)} (${s.lines.mean.toFixed(2)}; ${s.loads.mean.toFixed(1)} + ${s.stores.mean.toFixed(1)})`;
      }),
    ]),
  ]);
  console.log("");
}
