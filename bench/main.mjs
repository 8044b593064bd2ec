// main: all benchmarks, or those named.  Results go to out/bench as JSON with CPU, engine and commit.
//   npm run bench [-- read-trace long-trace memory lookup] [--smoke]
import { environment } from "./lib/environment.mjs";
import { longTrace } from "./long-trace.mjs";
import { lookup } from "./lookup.mjs";
import { memory } from "./memory.mjs";
import { readTrace } from "./read-trace.mjs";

const smoke = process.argv.includes("--smoke");
/** A parameter's small value keeps a benchmark from rotting; its full one measures. */
const parameter = (small, full) => (smoke ? small : full);

const SUITES = {
  "read-trace": () => readTrace({ rounds: parameter(1, 7) }),
  "long-trace": () => longTrace({ textBytes: parameter(1, 1e9) }),
  memory: () => memory({ nrFrames: parameter(2 ** 16, 2 ** 22) }),
  lookup: () =>
    lookup({
      frames: parameter([2 ** 12], [2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24]),
      minSeconds: parameter(0.01, 1),
    }),
};

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const { cpu, cores, node, v8, commit } = environment();
console.log(`${cpu}, ${cores} cores; Node ${node}, V8 ${v8}; commit ${commit}\n`);
for (const [name, run] of Object.entries(SUITES))
  if (wanted.length === 0 || wanted.includes(name)) await run();
for (const name of wanted) if (!(name in SUITES)) throw new Error(`no benchmark "${name}"`);
