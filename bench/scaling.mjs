// scaling: the same work by 1, 2 and more agents on threads of their own, over one ledger in shared memory, in one run.
//
//   charge      one page into a random leaf of one tree, all agents the same leaves; or all into one container
//   lookup      owners of random frames, with nobody writing, or with one more thread that charges all the time
//   pages       page frames charged and freed, each agent its own: one lock for all of them
//               without frame records: batches under the lock, or without it, in blocks of its own or together in the same ones
//
// Threads stay for the whole run; a round takes each number of agents in turn, for the same time, at the work and at
// arithmetic alone, chained and abreast: what the machine gives at that moment to threads that mostly wait, and to threads that
// keep a core full, which is less where two of its "cores" are threads of one.  Rates are what all agents together did; ratios
// are of rounds, so a machine that slows down slows both.
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { StockPolicy } from "../dist/abi.js";
import { Core } from "../dist/core/core.js";
import { geometricIntervalOf, median } from "../dist/measure/index.js";
import { loadDesign, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";
import { lockFreeOf, openMachine, ownersOf } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";
import { growTree, leafTree } from "./lib/tree.mjs";

const SEED = 47;
const LEAVES = 256;
const LOOKUP_FRAMES = 2 ** 20;
const PAGES_DESIGNS = ["column", "palette"];
/** Pages of a ledger without frame records: owners that rotate among so many containers. */
const BARE_WAYS = [
  { work: "locked", text: "bare, locked, 3 owners", containers: 3, together: false },
  { work: "lockless", text: "bare, lockless, 3 owners", containers: 3, together: false },
  { work: "lockless", text: "bare, lockless, same blocks, 3 owners", containers: 3, together: true },
  { work: "locked", text: "bare, locked, same blocks, 16 owners", containers: 16, together: true },
  { work: "lockless", text: "bare, lockless, same blocks, 16 owners", containers: 16, together: true },
];
const POLICIES = {
  adaptive: StockPolicy.ADAPTIVE,
  naive: StockPolicy.NAIVE,
  "1 slot": StockPolicy.ONE_SLOT,
  "7 slots": StockPolicy.SEVEN_SLOTS,
};

/** @param {{ agents: number[], depths: number[], designNames: string, rounds: number, sampleMs: number }} parameters */
export async function scaling(parameters) {
  const cores = availableParallelism();
  const agents = parameters.agents.filter((n) => n <= Math.max(2, cores));
  const cells = [];
  const module = await loadDesign("column", true);
  const shapes = [
    ...parameters.depths.map((depth) => ({ shape: "leaves", depth })),
    { shape: "one container", depth: 1 },
  ];
  for (const { shape, depth } of shapes)
    for (const [policy, code] of Object.entries(POLICIES)) {
      table.progress(cells.length, 0, `scaling: ${shape}, depth ${depth}, ${policy}`);
      const { tree, leaves } = leafTree(shape === "leaves" ? LEAVES : 1, depth);
      const core = open(module, tree, Math.max(...agents));
      core.counting.setPolicy(code);
      const rates = await measure(core, { work: "count", leaves }, agents, parameters);
      if (core.audit() !== 0) throw new Error("the books do not balance");
      cells.push({ work: "charge", shape, depth, policy, ...rates, ratios: ratiosOf(rates) });
    }
  for (const { name } of await lockFreeOf(selectDesigns(parameters.designNames)))
    for (const writer of [false, true]) {
      table.progress(cells.length, 0, `scaling: lookups, ${name}${writer ? ", writer" : ""}`);
      const core = openOwned(await loadDesign(name, true), Math.max(...agents) + 1);
      const rates = await measure(core, { work: "lookup", nrFrames: LOOKUP_FRAMES }, agents, {
        ...parameters,
        writer,
      });
      cells.push({ work: "lookup", design: name, writer, ...rates, ratios: ratiosOf(rates) });
    }
  const pagesDesigns = selectDesigns(parameters.designNames).filter(({ name }) =>
    PAGES_DESIGNS.includes(name),
  );
  for (const { name } of pagesDesigns) {
    table.progress(cells.length, 0, `scaling: pages, ${name}`);
    const core = openOwned(await loadDesign(name, true), Math.max(...agents));
    const rates = await measure(core, { work: "write", nrFrames: LOOKUP_FRAMES }, agents, parameters);
    cells.push({ work: "pages", design: name, ...rates, ratios: ratiosOf(rates) });
  }
  for (const { name } of pagesDesigns)
    for (const way of BARE_WAYS) {
      table.progress(cells.length, 0, `scaling: pages, ${name}, ${way.text}`);
      const { tree } = leafTree(way.containers, 1);
      const bare = { nrFrames: LOOKUP_FRAMES, frameRecords: false };
      const core = open(await loadDesign(name, true), tree, Math.max(...agents), bare);
      const rates = await measure(core, { ...way, nrFrames: LOOKUP_FRAMES }, agents, parameters);
      core.counting.drain();
      if (core.audit() !== 0) throw new Error("the books do not balance");
      cells.push({ work: "pages", design: name, way: way.text, ...rates, ratios: ratiosOf(rates) });
    }
  print(cells, agents);
  keep("scaling", { ...parameters, agents, cores, seed: SEED, leaves: LEAVES }, { cells });
}

function open(module, tree, agents, frames = { nrFrames: 1024 }) {
  const core = new Core(module, {
    ...frames,
    maxContainers: Object.keys(tree).length + 1,
    maxPids: 16,
    agents: agents + 1,
  });
  growTree(core, tree);
  return core;
}

/** Frames owned as those of real machines are, all of them but the last 1024, which are a writer's. */
function openOwned(module, agents) {
  const owners = ownersOf({ nrFrames: LOOKUP_FRAMES, density: 1, seed: SEED });
  owners.fill(0, LOOKUP_FRAMES - 1024);
  return openMachine(module, owners, { agents: agents + 1 });
}

/** Operations per second of so many agents together, by their number, one figure a round. */
async function measure(core, task, agents, { rounds, sampleMs, writer = false }) {
  const most = Math.max(...agents) + (writer ? 1 : 0);
  const control = new SharedArrayBuffer(16 + 8 * 128);
  const go = new Int32Array(control, 0, 4);
  const workers = [];
  for (let i = 0; i < most; i++) {
    const ticket = core.agents.reserve();
    const handle = { ...ticket, memory: core.memory, module: core.module };
    const own = writer && i === most - 1 ? { ...task, work: "write" } : task;
    const workerData = { handle, control, index: i, seed: SEED + i, ...own };
    const worker = new Worker(new URL("./lib/scaling-worker.mjs", import.meta.url), { workerData });
    workers.push(worker);
    await once(worker, "message");
  }
  const perAgents = () => Object.fromEntries(agents.map((n) => [n, []]));
  const rates = { rates: perAgents(), chained: perAgents(), abreast: perAgents() };
  for (let round = -1; round < rounds; round++)
    for (let turn = 0; turn < agents.length; turn++) {
      const n = agents[(round + 1 + turn) % agents.length];
      for (const what of Object.keys(rates)) {
        const running = [...workers.slice(0, n), ...(writer ? workers.slice(-1) : [])];
        const done = await runTogether(running, go, what, sampleMs);
        if (round >= 0) rates[what][n].push(done.slice(0, n).reduce((sum, rate) => sum + rate, 0));
      }
    }
  for (const worker of workers) {
    const exit = once(worker, "exit");
    worker.postMessage("end");
    await exit;
  }
  return rates;
}

/** Operations per second of each worker, all from the same moment on.  @returns {Promise<number[]>} */
async function runTogether(running, go, what, sampleMs) {
  const ended = running.map((worker) => once(worker, "message"));
  for (const worker of running) worker.postMessage(what);
  while (Atomics.load(go, 1) < running.length) await new Promise((resolve) => setTimeout(resolve, 1));
  Atomics.store(go, 2, 1);
  await new Promise((resolve) => setTimeout(resolve, sampleMs));
  Atomics.store(go, 2, 2);
  const done = (await Promise.all(ended)).map(([said]) => said);
  Atomics.store(go, 2, 0);
  Atomics.store(go, 1, 0);
  return done.map(({ ops, ms }) => (ops / ms) * 1000);
}

/** Each number of agents against one, round by round; and what arithmetic alone gave, either way. */
function ratiosOf({ rates, chained, abreast }) {
  const ratios = {};
  for (const n of Object.keys(rates).filter((n) => n !== "1")) {
    const over = (of) => of[n].map((rate, round) => rate / of[1][round]);
    ratios[n] = {
      ...geometricIntervalOf(over(rates)),
      median: median(over(rates)),
      chained: geometricIntervalOf(over(chained)),
      abreast: geometricIntervalOf(over(abreast)),
    };
  }
  return ratios;
}

function nameOf({ work, shape, depth, policy, design, writer, way }) {
  if (work === "charge") return `charge, ${shape}, depth ${depth}, ${policy}`;
  if (work === "pages") return `pages, ${design}${way ? `, ${way}` : ""}`;
  return `lookup, ${design}${writer ? ", one more writes" : ""}`;
}

function print(cells, agents) {
  const others = agents.filter((n) => n !== 1);
  console.log(
    "scaling: ns per operation of one agent alone; throughput of n agents over that, 95 % interval; (arithmetic chained, abreast)",
  );
  table.print([
    ["", "1 agent", ...others.map((n) => `${n} agents`)],
    ...cells.map((cell) => [
      nameOf(cell),
      table.short(1e9 / median(cell.rates[1])),
      ...others.map((n) => {
        const { mean, low, high, chained, abreast } = cell.ratios[n];
        const limits = `(${table.short(chained.mean)}, ${table.short(abreast.mean)})`;
        return `${table.short(mean)} [${table.short(low)} ... ${table.short(high)}] ${limits}`;
      }),
    ]),
  ]);
  console.log("");
}
