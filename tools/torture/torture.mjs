// torture: writers and readers on one shared memory until so many operations are done, or an answer is wrong.
//
//   this thread    containers, pages that always have an owner │ starts, kills and recovers │ audit, drain, counters
//   workers        worker.mjs, one agent each
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Container, Core as CoreRecord, Op, PAGES_MAX, PageType } from "../../dist/abi.js";
import { Core } from "../../dist/core/core.js";
import { recoverPatiently } from "../../dist/node/recover-on-exit.js";
import { NR_CONTAINERS, NR_FRAMES, PAGES, Random } from "./plan.mjs";

const ROOT = new URL("../../", import.meta.url);
const POLL_MS = 2;

/**
 * @typedef {object} Options
 * @property {string} design
 * @property {number} ops lookups and operations together
 * @property {number} agents 2 at least; half of them write
 * @property {number} seed
 * @property {"release" | "debug" | "torture"} [build]
 * @property {number} [mutation] of tools/mutations.json; implies the build for torture
 * @property {boolean} [kill] workers are terminated at random, recovered and started again
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

/** @param {Core} core */
function prepare(core) {
  for (let id = 1; id <= NR_CONTAINERS; id++) core.runOne(Op.CONTAINER_CREATE, id, PAGES_MAX);
  for (const { pfn, owners, always } of PAGES)
    if (always) core.runOne(Op.ALLOC_CHARGE | (owners[0] << 16), pfn, PageType.ANON);
}

/** What must hold once all is quiet; releases all pages. @param {Core} core */
function faultsAfter(core) {
  const faults = [];
  const differences = core.audit();
  if (differences !== 0) faults.push(`audit: ${differences} differences`);
  const owned = PAGES.filter(({ pfn }) => core.ownerOf(pfn) !== 0);
  const charged = () => {
    let sum = 0;
    for (let id = 1; id <= NR_CONTAINERS; id++) sum += core.containerWord(id, Container.usagePages);
    return sum;
  };
  if (charged() !== owned.length)
    faults.push(`containers have ${charged()} pages, ${owned.length} pages have an owner`);
  for (const { pfn } of owned) core.runOne(Op.RELEASE, pfn, 0);
  // Announced by batches: a few of them, and nothing waits any more.
  for (let i = 0; i < 4; i++) core.execute(new Uint32Array(4), 1, true);
  if (charged() !== 0) faults.push(`${charged()} pages are charged to containers after the last one went`);
  const waiting = core.coreWord(CoreRecord.nrRetired);
  if (waiting !== 0) faults.push(`${waiting} retired objects are never freed`);
  if (core.audit() !== 0) faults.push("audit after the end");
  return faults;
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
    deathsMax = Number.POSITIVE_INFINITY,
    limitMs = Number.POSITIVE_INFINITY,
  } = options;
  const module = moduleFor(options);
  const size = { nrFrames: NR_FRAMES, maxContainers: NR_CONTAINERS + 1, maxPids: 16, agents: agents + 2 };
  const core = new Core(module, size);
  prepare(core);
  const random = new Random(seed);
  const figures = new SharedArrayBuffer(4 * (agents + 1) * 16);
  const counts = new Int32Array(figures);
  const writers = Math.max(1, Math.floor(agents / 2));
  const violations = /** @type {string[]} */ ([]);
  let done = 0;
  let deaths = 0;
  const stop = () => Atomics.store(counts, 0, 1);

  /** One place for a worker; whoever is terminated is followed by another one. */
  async function place(slot) {
    const role = slot <= writers ? "writer" : "reader";
    const share = { number: slot - 1, of: writers };
    while (Atomics.load(counts, 0) === 0) {
      const ticket = core.agents.reserve();
      const handle = { ...ticket, memory: core.memory, module };
      const workerData = { handle, role, slot, share, figures, seed: random.below(2 ** 31) + 1 };
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
      const exit = once(worker, "exit");
      const started = new Promise((resolve) => {
        worker.on("message", ({ violation }) => {
          if (violation) violations.push(violation);
          if (violation) stop();
          resolve(undefined);
        });
        worker.on("error", (error) => {
          violations.push(`${role}: ${error.message}`);
          stop();
        });
        void exit.then(resolve);
      });
      if (kill) {
        await started;
        await pause(random.below(24));
        if (Atomics.load(counts, 0) === 0) {
          await worker.terminate();
          if (++deaths >= deathsMax) stop();
        }
      }
      await exit;
      await recoverPatiently(() => core.recover(ticket), POLL_MS);
    }
  }

  const began = performance.now();
  const places = Array.from({ length: agents }, (_, i) => place(i + 1));
  const all = Promise.all(places);
  let ended = false;
  const end = all.finally(() => {
    ended = true;
  });
  while (!ended && Atomics.load(counts, 0) === 0) {
    await Promise.race([end, pause(POLL_MS * 5)]);
    for (let slot = 1; slot <= agents; slot++) done += Atomics.exchange(counts, slot * 16, 0);
    if (done >= ops || performance.now() - began > limitMs) stop();
  }
  await end;
  for (let slot = 1; slot <= agents; slot++) done += Atomics.exchange(counts, slot * 16, 0);
  if (!violations.length) violations.push(...faultsAfter(core));
  return { violations, done, deaths, ms: performance.now() - began };
}
