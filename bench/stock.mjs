// stock: counted charges by one agent, into 256 containers at random, at several depths and by several policies.
//
// All depths take turns in one run, so that they can be held against each other.  A round charges so many pages and
// uncharges them; each half is timed by itself.
import { COUNT_UNCHARGE, Container, Core as CoreRecord, StockPolicy } from "../dist/abi.js";
import { Core } from "../dist/core/core.js";
import { ratioOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";
import { PHASES, timeHalf } from "./lib/halves.mjs";
import { nativeTwins } from "./lib/native.mjs";
import { xorshift } from "./lib/random.mjs";
import * as table from "./lib/table.mjs";
import { growTree, leafTree } from "./lib/tree.mjs";
import { mapTree, typedArrayStocks } from "./twins/stock.mjs";

const SEED = 46;
const LEAVES = 256;
/** Entries of a batch of charges; as many of uncharges lie behind them. */
const BATCH = 2 ** 15;
const POLICIES = {
  wasm: StockPolicy.ADAPTIVE,
  "wasm, naive": StockPolicy.NAIVE,
  "wasm, 1 slot": StockPolicy.ONE_SLOT,
  "wasm, 7 slots": StockPolicy.SEVEN_SLOTS,
};
const NATIVE = { "C scalar": "scalar", "C auto": "vector" };
const SCRIPT = { "JS typed arrays": typedArrayStocks, "JS Map": mapTree };

/** @param {{ depths: number[], batches: number, rounds: number, minSampleMs: number }} parameters */
export async function stock(parameters) {
  const { depths, batches } = parameters;
  const [{ module }] = await loadDesigns(selectDesigns("column"));
  const native = nativeTwins();
  const subjects = depths.flatMap((depth) => subjectsAt(depth, module, native));
  const cells = [];
  const contenders = subjects.map((subject) => inHalves(subject, batches));
  const items = BATCH * batches;
  for (const phase of PHASES) {
    const estimates = timeHalf(contenders, phase, { ...parameters, items });
    const of = (name) => estimates.find((estimate) => estimate.name === name);
    for (const depth of depths) {
      const own = of(`wasm ${depth}`);
      const others = subjects.filter((s) => s.depth === depth).map(({ name }) => name);
      const ratios = Object.fromEntries(
        others.map((name) => [name.replace(/ \d+$/, ""), ratioOf(own, of(name))]),
      );
      cells.push({
        phase,
        depth,
        estimates: others.map((name) => ({ ...of(name), name: name.replace(/ \d+$/, "") })),
        ratios,
        overFirst: ratioOf(own, of(`wasm ${depths[0]}`)),
      });
    }
  }
  for (const { audit } of subjects) audit();
  print(cells);
  const compiler = native && { compiler: native.compiler, flags: native.flags };
  keep("stock", { ...parameters, seed: SEED, leaves: LEAVES, items, native: compiler }, { cells });
}

/** Charges of one page in the first half, uncharges of the same in the second. */
function fillEntries(entries, leaves) {
  const random = xorshift(SEED);
  for (let i = 0; i < BATCH; i++) {
    const leaf = leaves[random() % leaves.length];
    entries.set([leaf, 1], i * 2);
    entries.set([(leaf | COUNT_UNCHARGE) >>> 0, 1], (BATCH + i) * 2);
  }
}

function subjectsAt(depth, module, native) {
  const { tree, leaves } = leafTree(LEAVES, depth);
  const open = (policy) => {
    const size = { nrFrames: 64, maxContainers: Object.keys(tree).length + 1, maxPids: 16 };
    const core = new Core(module, size);
    growTree(core, tree);
    core.counting.setPolicy(policy);
    fillEntries(core.counting.entries(), leaves);
    return core;
  };
  const overCore = (name, core, run) => ({
    name: `${name} ${depth}`,
    depth,
    run,
    counted: () =>
      leaves.reduce((sum, leaf) => sum + core.containerWord(leaf, Container.usagePages), 0) -
      core.counting.stocked(0),
    audit() {
      if (core.audit() !== 0) throw new Error(`${name}: the books do not balance`);
    },
  });
  const wasm = Object.entries(POLICIES).map(([name, policy]) => {
    const core = open(policy);
    return overCore(name, core, (first) => {
      if (core.counting.runEntries(first, BATCH).done !== BATCH) throw new Error(`${name}: refused`);
    });
  });
  const twins = Object.entries(native === undefined ? {} : NATIVE).map(([name, build]) => {
    const core = open(StockPolicy.ADAPTIVE);
    const addon = native[build];
    const at = core.coreWord(CoreRecord.transferPtr);
    return overCore(name, core, (first) => {
      if (addon.run(addon.twins.stock, core.memory.buffer, at + first * 8, 0, BATCH, 0, 0) !== 0)
        throw new Error(`${name}: refused`);
    });
  });
  const scripts = Object.entries(SCRIPT).map(([name, make]) => {
    const twin = make(tree);
    const entries = new Uint32Array(BATCH * 4);
    fillEntries(entries, leaves);
    return {
      name: `${name} ${depth}`,
      depth,
      run: (first) => twin.run(entries, first, BATCH),
      counted: () => leaves.reduce((sum, leaf) => sum + twin.usagePages(leaf), 0) - twin.stocked(),
      audit: () => undefined,
    };
  });
  return [...wasm, ...twins, ...scripts];
}

/** A subject's batches in two halves: BATCH charges from entry 0 on, as many uncharges behind them. */
function inHalves({ name, run, counted }, batches) {
  const half = (first) => () => {
    for (let i = 0; i < batches; i++) run(first);
  };
  return { name, charge: half(0), uncharge: half(BATCH), chargedPages: counted };
}

function print(cells) {
  const columns = cells[0].estimates.map(({ name }) => name);
  console.log(
    `stock: one page into one of ${LEAVES} containers, one agent, ns each ± 95 % (× of wasm's time)`,
  );
  table.print([
    ["", ...columns, "wasm, over depth 1"],
    ...cells.map((cell) => [
      `${cell.phase}, depth ${cell.depth}`,
      ...cell.estimates.map((estimate) => {
        const ratio = 1 / cell.ratios[estimate.name].mean;
        return table.figure(estimate) + (estimate.name === "wasm" ? "" : ` (${table.short(ratio)})`);
      }),
      table.short(cell.overFirst.mean),
    ]),
  ]);
  console.log("");
}
