// build: the matrix of wasm modules, one per owner design, each in a release and a debug variant.
//
//   node tools/build.mjs [NAME …] [--force]        everything that was made from other sources, or only the designs named
//   node tools/build.mjs NAME … --torture=N        only builds for torture tests, with mutation N of tools/mutations.json, 0 = none
//
//   build/<design>.wasm, .wat         what ships: no assertions, optimised
//   build/debug/<design>.wasm         assertions on, names kept: what tests run first
//   build/shared/<design>.wasm, .wat  the same sources for a memory that several agents share; build/debug/shared-<design>.wasm
//   build/layout/<layout>-<design>.wasm, .wat   the engine on the page descriptor of another kernel, for benchmarks
//   build/one-by-one/<design>.wasm    what ships, but for batches that go page by page: what interleaving gains, for benchmarks
//   build/torture/<N>-<design>.wasm   like debug/shared, with freed objects poisoned and readers that dawdle
//   build/scan.wasm, .wat             the scanner of traces, which knows no design
//
// One compiler per core: each is a worker thread with this very file.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { classOf } from "./abi/frame-layouts.mjs";
import { faultsOf } from "./check-module.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
if (isMainThread) process.chdir(ROOT);

// The runtime is never used: no managed object exists.  Memory comes from the host, and static data could begin no
// lower than the region table; `abort=` makes a failed assertion a plain trap, without strings that would be data.
const COMMON = [
  ..."--runtime stub --importMemory --initialMemory 1 --maximumMemory 65536 --memoryBase 1024".split(" "),
  ..."--enable simd --use abort=".split(" "),
];
const SOUND = " --use TORTURE=0 --use MUTATE=0";
const INTERLEAVED = ["--use", "ONE_BY_ONE=0"];
/** Designs whose interleaved batches stand for the prefetch that their original has. */
const PREFETCHING = ["page-cgroup-rcu"];
const RELEASE = `-O3 --converge --noAssert --use DEBUG=0${SOUND}`.split(" ");
// In shared memory each store has its note: copied to wherever it is called, that doubles a module and makes nothing faster.
const RELEASE_SHARED = `-O3s --converge --noAssert --use DEBUG=0${SOUND}`.split(" ");
const CHECKED = `-O1 --debug --use DEBUG=1${SOUND}`.split(" ");
const SINGLE = ["--use", "SHARED=0"];
const SHARED = "--enable threads --sharedMemory --use SHARED=1".split(" ");

const jobs = [];
const force = process.argv.includes("--force");
/** Number of a mutation; undefined in the usual builds. */
const torture = process.argv.find((arg) => arg.startsWith("--torture="))?.slice("--torture=".length);
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));

/** Every file below `folder`, in a fixed order. */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

/** Hash of names and contents: times of files say little after a checkout, or while two builds run at once. */
function hashOf(files) {
  const hash = createHash("sha256");
  for (const path of files) hash.update(path).update("\0").update(readFileSync(path));
  return hash.digest("hex");
}

/** Notes a module to compile, unless its outputs were made from these very sources. */
function compile(entries, flags, outputs, sources) {
  const stampPath = `${outputs[0]}.stamp`;
  const stamp = `${sources} ${[...entries, ...flags].join(" ")}\n`;
  const fresh =
    [...outputs, stampPath].every((path) => existsSync(path)) && readFileSync(stampPath, "utf8") === stamp;
  if (force || !fresh) jobs.push({ args: [...entries, ...COMMON, ...flags], outputs, stampPath, stamp });
}

/** Keeps the optimiser from copying the one function that sleeps into others: assembly/prim/futex says why. */
class KeepsWaitApart {
  /** @this {any} the compiler gives it what it works with */
  afterCompile(module) {
    this.binaryen.setPassArgument("no-inline", "assembly/prim/futex/futexWait");
    module.runPasses(["no-inline"]);
  }
}

/** Throws with the compiler's words. */
async function run(asc, { args, outputs, stampPath, stamp }) {
  for (const path of outputs) mkdirSync(dirname(path), { recursive: true });
  const outFlags = outputs.flatMap((path) => [path.endsWith(".wat") ? "--textFile" : "--outFile", path]);
  const { error, stdout, stderr } = await asc.main([...args, ...outFlags], { transforms: [KeepsWaitApart] });
  const said = `${stdout}${stderr}`.replace(/^Last converge was suboptimal\.\n/gm, "");
  if (said) console.error(said);
  if (error) throw new Error(`${outputs[0]}: ${error.message}`);
  const faults = faultsOf(readFileSync(outputs[0]), args.includes("--sharedMemory"));
  if (faults.length) {
    for (const path of outputs) rmSync(path);
    throw new Error(`${outputs[0]} has ${faults.join(", ")}: no module of the core may`);
  }
  writeFileSync(stampPath, stamp);
  console.log(`${outputs[0]}  ${statSync(outputs[0]).size} bytes`);
}

/** Hands the jobs out to one compiler per core.  Rejects with the first that failed. */
function runAll() {
  const workers = Array.from({ length: Math.min(availableParallelism(), jobs.length) }, () => {
    const worker = new Worker(fileURLToPath(import.meta.url));
    return new Promise((resolve, reject) => {
      const next = () => (jobs.length ? worker.postMessage(jobs.shift()) : resolve(worker.terminate()));
      worker.on("message", next);
      worker.on("error", reject);
      next();
    });
  });
  return Promise.all(workers);
}

const COMPILER = "node_modules/assemblyscript/package.json";
const coreSources = hashOf([
  COMPILER,
  "tools/build.mjs",
  "tools/check-module.mjs",
  "tools/wasm-reader.mjs",
  ...filesBelow("assembly"),
]);
const designs = JSON.parse(readFileSync("tools/designs.json", "utf8"));

/** Entry files and flags that put a design and a page descriptor in place. */
function choose({ file, className }, frameClass, batches = INTERLEAVED) {
  return {
    // The design first: the entry file's constants read its DESIGN.  Warning 235 is about its class, no export.
    entries: [file, "assembly/index.ts", "--disableWarning", "235"],
    chosen: [
      ...["--use", `OwnerLookup=${file.replace(/\.ts$/, "")}/${className}`],
      ...["--use", `FrameRecord=assembly/abi/${frameClass}`],
      ...batches,
    ],
  };
}

/** Everything that is to be made. */
function plan() {
  for (const design of designs) {
    const { name } = design;
    if (wanted.length && !wanted.includes(name)) continue;
    const { entries, chosen } = choose(design, "CompactFrame");
    if (torture !== undefined) {
      const flags = `-O1 --debug --use DEBUG=1 --use TORTURE=1 --use MUTATE=${Number(torture)}`.split(" ");
      const output = `build/torture/${Number(torture)}-${name}.wasm`;
      compile(entries, [...flags, ...SHARED, ...chosen], [output], coreSources);
      continue;
    }
    const outputs = (path) => [`build/${path}.wasm`, `build/${path}.wat`];
    compile(entries, [...RELEASE, ...SINGLE, ...chosen], outputs(name), coreSources);
    compile(entries, [...CHECKED, ...SINGLE, ...chosen], [`build/debug/${name}.wasm`], coreSources);
    compile(entries, [...RELEASE_SHARED, ...SHARED, ...chosen], outputs(`shared/${name}`), coreSources);
    compile(entries, [...CHECKED, ...SHARED, ...chosen], [`build/debug/shared-${name}.wasm`], coreSources);
    if (!PREFETCHING.includes(name)) continue;
    const plain = choose(design, "CompactFrame", ["--use", "ONE_BY_ONE=1"]).chosen;
    compile(entries, [...RELEASE, ...SINGLE, ...plain], [`build/one-by-one/${name}.wasm`], coreSources);
  }
  if (torture !== undefined) return;
  for (const variant of JSON.parse(readFileSync("tools/layouts.json", "utf8"))) {
    const name = `layout/${variant.layout}-${variant.design}`;
    if (wanted.length && !wanted.includes(name)) continue;
    const design = designs.find((row) => row.name === variant.design);
    const { entries, chosen } = choose(design, classOf(variant.layout));
    const outputs = [`build/${name}.wasm`, `build/${name}.wat`];
    compile(entries, [...RELEASE, ...SINGLE, ...chosen], outputs, coreSources);
  }
  const scan = "assembly/scan/index.ts";
  if (existsSync(scan) && (!wanted.length || wanted.includes("scan"))) {
    const scanSources = hashOf([
      COMPILER,
      "tools/build.mjs",
      ...filesBelow("assembly/scan"),
      ...filesBelow("assembly/prim"),
    ]);
    compile([scan], [...RELEASE, ...SINGLE], ["build/scan.wasm", "build/scan.wat"], scanSources);
  }
}

if (isMainThread) {
  plan();
  await runAll();
} else {
  const { default: asc } = await import("assemblyscript/asc");
  parentPort.on("message", async (job) => {
    await run(asc, job);
    parentPort.postMessage("done");
  });
}
