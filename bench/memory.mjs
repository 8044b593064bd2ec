// memory: bytes of owner index per page frame, from what each design really allocated, by how many frames have an owner.
//
// dense: every frame owned.  clustered: a sixteenth of the machine in runs of 4 MiB.  scattered: one frame in 64, each alone in its
// leaf: the worst case of a tree of 64 ways.  sparse: one frame in 4096.
import { Op, PageType } from "../dist/abi.js";
import { Core } from "../dist/core/core.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";

const PATTERNS = {
  "dense (all)": (frame) => frame >= 0,
  "clustered (1/16)": (frame) => ((frame >> 10) & 15) === 0,
  "scattered (1/64)": (frame) => (frame & 63) === 0,
  "sparse (1/4096)": (frame) => (frame & 4095) === 0,
  "nothing owned": () => false,
};

export async function memory({ nrFrames }) {
  const designs = await loadDesigns(selectDesigns("all"));
  const results = {};
  console.log(`owner index, bytes per page frame (share of memory), ${nrFrames} frames`);
  console.log(`  ${"".padEnd(18)}${designs.map((d) => d.name.padStart(22)).join("")}`);
  for (const [pattern, owned] of Object.entries(PATTERNS)) {
    results[pattern] = {};
    let row = `  ${pattern.padEnd(18)}`;
    for (const { name, module } of designs) {
      const core = new Core(module, { nrFrames, maxContainers: 16, maxPids: 16 });
      core.runOne(Op.CONTAINER_CREATE, 1, 0xffffffff);
      fill(core, nrFrames, owned);
      const bytesPerPage = core.usedIndexBytes() / nrFrames;
      results[pattern][name] = bytesPerPage;
      row += `${bytesPerPage.toFixed(3)} (${((bytesPerPage / 4096) * 100).toFixed(4)} %)`.padStart(22);
    }
    console.log(row);
  }
  keep("memory", { nrFrames }, results);
}

function fill(core, nrFrames, owned) {
  const words = new Uint32Array(4 * 16384);
  let ops = 0;
  for (let frame = 0; frame < nrFrames; frame++) {
    if (owned(frame)) {
      words[ops * 4] = Op.ALLOC_CHARGE | (1 << 16);
      words[ops * 4 + 1] = frame;
      words[ops * 4 + 2] = PageType.ANON;
      ops++;
    }
    if (ops === 16384 || frame === nrFrames - 1) {
      if (core.execute(words, ops, true).code !== "OK") throw new Error("an operation was refused");
      ops = 0;
    }
  }
}
