// torture: agents on one shared memory until so many operations are done, or an answer is wrong.
//
//   this thread    containers, pages that always have an owner │ starts, kills and recovers │ laws.mjs
//   workers        worker.mjs, one agent each: writer.mjs, marker.mjs, counted.mjs
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Op, PAGES_MAX, PageType } from "../../dist/abi.js";
import { Core } from "../../dist/core/core.js";
import { recoverPatiently } from "../../dist/node/recover-on-exit.js";
import { Figures, GONE } from "./figures.mjs";
import { Laws } from "./laws.mjs";
import { LIMITED, LIMITED_PAGES, MAX_CONTAINERS, NR_FRAMES, PAGES, Random, TREE } from "./plan.mjs";

const ROOT = new URL("../../", import.meta.url);
const POLL_MS = 2;
/** Agents that have not ended so long after the end are in a loop without one. */
const LATE_MS = 30_000;
/** A worker that is to be terminated lives less long than this. */
const KILL_MS = 24;

/**
 * @typedef {object} Options
 * @property {string} design
 * @property {number} ops lookups and operations together
 * @property {number} agents 2 at least; all of them write and read, in turns
 * @property {number} seed
 * @property {"release" | "debug" | "torture"} [build]
 * @property {number} [mutation] of tools/mutations.json; implies the build for torture
 * @property {boolean} [kill] workers are terminated at random, recovered and started again; the laws are asked each time
 * @property {boolean} [counting] pages are charged by number as well
 * @property {boolean} [lockless] pages are charged without the ledger lock, in a ledger without frame records
 * @property {number} [deathsMax] ends after so many were
 * @property {number} [limitMs] ends sooner
 */

/** Compiles what is lacking; answers the module. @param {Options} options */
export function moduleFor({ design, build = "release", mutation }) {
  let path = `build/shared/${design}.wasm`;
  if (build === "debug") path = `build/debug/shared-${design}.wasm`;
  if (build === "torture" || mutation !== undefined) {
    path = `build/torture/${mutation ?? 0}-${design}.wasm`;
    const builder = fileURLToPath(new URL("tools/build.mjs", ROOT));
    execFileSync(process.execPath, [builder, design, `--torture=${mutation ?? 0}`], {
      cwd: fileURLToPath(ROOT),
    });
  }
  if (!existsSync(new URL(path, ROOT))) throw new Error(`${path} is missing: npm run build`);
  return new WebAssembly.Module(readFileSync(new URL(path, ROOT)));
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Core} core @param {boolean} lockless */
function prepare(core, lockless) {
  for (const { id, parent } of TREE)
    core.runOne(Op.CONTAINER_CREATE | (parent << 16), id, id === LIMITED ? LIMITED_PAGES : PAGES_MAX);
  for (const { pfn, owners, always } of PAGES)
    if (always && !lockless) core.runOne(Op.ALLOC_CHARGE | (owners[0] << 16), pfn, PageType.ANON);
    else if (always) {
      core.placePfns(Uint32Array.of(pfn));
      core.lockless.charge(1, owners[0]);
    }
}

/**
 * Runs one torture; answers what went wrong, if anything did, and how much was done.
 * @param {Options} options
 */
export async function torture(options) {
  const {
    ops,
    agents,
    seed,
    kill = false,
    counting = false,
    lockless = false,
    deathsMax = Number.POSITIVE_INFINITY,
    limitMs = Number.POSITIVE_INFINITY,
  } = options;
  const module = moduleFor(options);
  const size = { nrFrames: NR_FRAMES, maxContainers: MAX_CONTAINERS, maxPids: 16, agents: agents + 2 };
  const core = new Core(module, { ...size, frameRecords: !lockless });
  prepare(core, lockless);
  const random = new Random(seed);
  const figures = Figures.for(agents);
  const laws = new Laws(core, figures);
  const violations = /** @type {string[]} */ ([]);
  let deaths = 0;
  const workers = /** @type {Set<Worker>} */ (new Set());
  let turns = Promise.resolve();

  /** @param {readonly string[]} found */
  function fail(found) {
    violations.push(...found);
    if (found.length) figures.stop();
  }

  /** Lets all agents pause, and looks whether the laws hold. */
  async function look() {
    figures.pause();
    while (!figures.allParked && !figures.stopped) await pause(1);
    if (!figures.stopped) fail(laws.faults());
    figures.resume();
  }

  function inTurn() {
    turns = turns.then(look);
    return turns;
  }

  /** One place for a worker; whoever is terminated is followed by another one. */
  async function place(slot) {
    const share = { number: slot - 1, of: agents };
    while (!figures.stopped) {
      const ticket = core.agents.reserve();
      const handle = { ...ticket, memory: core.memory, module };
      const workerData = {
        ...{ handle, slot, share, counting, lockless },
        figures: figures.buffer,
        seed: random.below(2 ** 31) + 1,
      };
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
      const exit = once(worker, "exit");
      workers.add(worker);
      void exit.then(() => workers.delete(worker));
      const started = new Promise((resolve) => {
        worker.on("message", ({ violation }) => {
          if (violation) fail([violation]);
          resolve(undefined);
        });
        worker.on("error", (error) => fail([`agent ${slot}: ${error.message}`]));
        void exit.then(resolve);
      });
      if (kill) {
        await started;
        await pause(random.below(KILL_MS));
        if (!figures.stopped) {
          await worker.terminate();
          if (++deaths >= deathsMax) figures.stop();
        }
      }
      await exit;
      await recoverPatiently(() => core.recover(ticket), POLL_MS);
      figures.say(slot, GONE);
      if (kill) await inTurn();
    }
  }

  const began = performance.now();
  const all = Promise.all(Array.from({ length: agents }, (_, i) => place(i + 1)));
  let ended = false;
  const end = all.finally(() => {
    ended = true;
  });
  let done = 0;
  while (!ended && !figures.stopped) {
    await Promise.race([end, pause(POLL_MS * 5)]);
    done += figures.counted();
    if (done >= ops || performance.now() - began > limitMs) figures.stop();
  }
  const late = setTimeout(() => {
    fail(["agents do not come back"]);
    for (const worker of workers) void worker.terminate();
  }, LATE_MS);
  await end;
  clearTimeout(late);
  done += figures.counted();
  if (!violations.length) violations.push(...laws.faultsAtTheEnd());
  return { violations, done, deaths, ms: performance.now() - began };
}
