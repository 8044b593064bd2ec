// memory: bytes of owner index, from what each design really allocated: generated machines, and captures at their end.
//
// Machines by density: owners as bench/lib/machine.mjs lays them, "clustered" in runs of 4 MiB, "scattered" one frame in 64,
// each alone in its leaf (the worst case of a tree of 64 ways), "sparse" one in 4096.
import { Core as CoreRecord, SlabPool } from "../dist/abi.js";
import { readListedGroups } from "../dist/capture/oracle.js";
import { replayCapture } from "../dist/capture/replay.js";
import { openCapture } from "../dist/node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../dist/node/modules.js";
import { allCaptures, keep } from "./lib/environment.mjs";
import { collect, fill, openCore, ownersOf } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

const SEED = 46;
const PAGE_BYTES = 4096;
const BLOCK_PAGES = 64;
const BLOCK_BYTES = 32;

const SHAPES = {
  "clustered (1/16)": (frame) => Number(((frame >> 10) & 15) === 0),
  "scattered (1/64)": (frame) => Number((frame & 63) === 0),
  "sparse (1/4096)": (frame) => Number((frame & 4095) === 0),
  "nothing owned": () => 0,
};

/** @param {{ nrFrames: number, densities: number[], designNames: string, captureNames: string[] | undefined }} parameters */
export async function memory(parameters) {
  const { nrFrames, densities, designNames, captureNames } = parameters;
  const designs = await loadDesigns(selectDesigns(designNames));
  const machines = {};
  for (const density of densities) {
    const owners = ownersOf({ nrFrames, density, seed: SEED });
    machines[`mixed (${table.density(density)})`] = await bytesPerPage(
      designs,
      nrFrames,
      (pfn) => owners[pfn],
    );
  }
  for (const [shape, ownerOf] of Object.entries(SHAPES))
    machines[shape] = await bytesPerPage(designs, nrFrames, ownerOf);
  console.log(`owner index, bytes per page frame (% of memory), ${table.power(nrFrames)} frames`);
  printShares(machines, designs);
  const captures = await ofCaptures(designs, captureNames);
  if (Object.keys(captures).length > 0) printCaptures(captures, designs);
  keep("memory", { ...parameters, seed: SEED }, { machines, captures });
}

async function bytesPerPage(designs, nrFrames, ownerOf) {
  const row = {};
  for (const { name, module } of designs) {
    const core = openCore(module, { nrFrames });
    fill(core, nrFrames, ownerOf);
    row[name] = core.usedIndexBytes() / nrFrames;
    await collect();
  }
  return row;
}

/** What the indexes hold at the end of each capture, against memory up to the highest frame that the capture shows. */
async function ofCaptures(designs, captureNames) {
  const scanner = await loadTraceScanner();
  const rows = {};
  for (const { name, path } of allCaptures().filter((c) => captureNames?.includes(c.name) ?? true)) {
    table.progress(Object.keys(rows).length, (captureNames ?? allCaptures()).length, `memory: ${name}`);
    const files = await openCapture(path);
    const listed = await readListedGroups(files);
    let highestPfn = 0;
    const palette = { nrBlocks: 0, mostOverflows: 0 };
    const result = await replayCapture(files, {
      scanner,
      designs,
      listed,
      onStart(run) {
        run.sampleEvery = 20_000;
        const ledger = run.ledgers.find(({ design }) => design === "palette");
        run.onSample = () => {
          if (ledger) palette.mostOverflows = Math.max(palette.mostOverflows, overflowsOf(ledger.core));
        };
      },
    });
    for (const ledger of result.ledgers) highestPfn = Math.max(highestPfn, highestUsed(ledger));
    const machineBytes = (highestPfn + 1) * PAGE_BYTES;
    const bytes = {};
    for (const { design, core } of result.ledgers) bytes[design] = core.usedIndexBytes();
    const ledger = result.ledgers.find(({ design }) => design === "palette");
    if (ledger) {
      // Blocks up to the highest frame; a ledger has room for more frames than that.
      palette.nrBlocks = Math.ceil((highestPfn + 1) / BLOCK_PAGES);
      const overflowBytes = bytes.palette - ledger.core.coreWord(CoreRecord.indexBytes);
      bytes.palette = palette.nrBlocks * BLOCK_BYTES + overflowBytes;
      palette.overflows = overflowsOf(ledger.core);
      palette.overflowBytes = overflowBytes;
      palette.shareOfMemory = bytes.palette / machineBytes;
      palette.overflowShare = palette.overflows / palette.nrBlocks;
    }
    rows[name] = { highestPfn, machineBytes, bytes, palette };
    await collect();
  }
  return rows;
}

function overflowsOf(core) {
  return core.coreWord(CoreRecord.nodePool + SlabPool.nrObjects);
}

/** The highest frame that is part of a folio, or was given an owner. */
function highestUsed(ledger) {
  for (let pfn = ledger.nrFrames - 1; pfn >= 0; pfn--)
    if (ledger.frameFlags(pfn) !== 0 || ledger.ownerOf(pfn) !== 0) return pfn;
  return 0;
}

function printShares(machines, designs) {
  table.print([
    ["", ...designs.map(({ name }) => name)],
    ...Object.entries(machines).map(([shape, row]) => [
      shape,
      ...designs.map(
        ({ name }) => `${row[name].toFixed(3)} (${((row[name] / PAGE_BYTES) * 100).toFixed(4)})`,
      ),
    ]),
  ]);
  console.log("");
}

function printCaptures(captures, designs) {
  console.log("owner index at the end of a capture, % of memory up to the highest frame in use");
  table.print([
    ["", ...designs.map(({ name }) => name), "palette blocks overflowed, at most during the capture"],
    ...Object.entries(captures).map(([name, { machineBytes, bytes, palette }]) => [
      `${name} (${(machineBytes / 2 ** 30).toFixed(2)} GiB)`,
      ...designs.map((design) => `${((bytes[design.name] / machineBytes) * 100).toFixed(4)}`),
      `${palette.overflows} of ${palette.nrBlocks} (${(palette.overflowShare * 100).toFixed(2)} %), ${palette.mostOverflows}`,
    ]),
  ]);
}
