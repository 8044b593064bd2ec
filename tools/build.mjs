// build: the matrix of wasm modules, one per owner design, each in a release and a debug variant.
//
//   node tools/build.mjs [NAME …] [--force]        everything that is older than its sources, or only the designs named
//
//   build/<design>.wasm, .wat         what ships: no assertions, optimised
//   build/debug/<design>.wasm         assertions on, names kept: what tests run first
//   build/scan.wasm, .wat             the scanner of traces, which knows no design
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(ROOT);

// The runtime is never used: no managed object exists.  Memory comes from the host, and static data could begin no
// lower than the region table; `abort=` makes a failed assertion a plain trap, without strings that would be data.
const COMMON = [
  ..."--runtime stub --importMemory --initialMemory 1 --maximumMemory 65536 --memoryBase 1024".split(" "),
  ..."--enable simd --use abort=".split(" "),
];
const RELEASE = "-O3 --converge --noAssert --use DEBUG=0".split(" ");
const CHECKED = "-O1 --debug --use DEBUG=1".split(" ");

const force = process.argv.includes("--force");
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));

/** Newest modification time among the files below `folder`. */
function newestBelow(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestBelow(path) : statSync(path).mtimeMs);
  }
  return newest;
}

/** Compiles unless every output is newer than all sources.  Throws with the compiler's words. */
async function compile(entries, flags, outputs, sourcesMs) {
  const oldest = Math.min(...outputs.map((path) => (existsSync(path) ? statSync(path).mtimeMs : 0)));
  if (!force && oldest > sourcesMs) return;
  for (const path of outputs) mkdirSync(dirname(path), { recursive: true });
  const outFlags = outputs.flatMap((path) => [path.endsWith(".wat") ? "--textFile" : "--outFile", path]);
  const { error, stdout, stderr } = await asc.main([...entries, ...COMMON, ...flags, ...outFlags]);
  const said = `${stdout}${stderr}`.replace(/^Last converge was suboptimal\.\n/gm, "");
  if (said) console.error(said);
  if (error) throw new Error(`${outputs[0]}: ${error.message}`);
  console.log(`${outputs[0]}  ${statSync(outputs[0]).size} bytes`);
}

const toolMs = Math.max(statSync("tools/build.mjs").mtimeMs, statSync("tools/designs.json").mtimeMs);
const coreMs = Math.max(toolMs, newestBelow("assembly"));
const designs = JSON.parse(readFileSync("tools/designs.json", "utf8"));
for (const { name, file, className } of designs) {
  if (wanted.length && !wanted.includes(name)) continue;
  // The design first: the entry file's constants read its DESIGN.  Warning 235 is about its class, no export.
  const entries = [file, "assembly/index.ts", "--disableWarning", "235"];
  const owner = ["--use", `OwnerLookup=${file.replace(/\.ts$/, "")}/${className}`];
  await compile(entries, [...RELEASE, ...owner], [`build/${name}.wasm`, `build/${name}.wat`], coreMs);
  await compile(entries, [...CHECKED, ...owner], [`build/debug/${name}.wasm`], coreMs);
}
const scan = "assembly/scan/index.ts";
if (existsSync(scan) && (!wanted.length || wanted.includes("scan"))) {
  const scanMs = Math.max(toolMs, newestBelow("assembly/scan"), newestBelow("assembly/prim"));
  await compile([scan], RELEASE, ["build/scan.wasm", "build/scan.wat"], scanMs);
}
