// main: all benchmarks, or those named.  Results go to out/bench as JSON with CPU, engine, compiler, commit, parameters.
import { parseArgs } from "node:util";
import { selectDesigns } from "../dist/node/modules.js";
import { PATTERN_WORKLOADS } from "../dist/workload/patterns.js";
import { big } from "./big.mjs";
import { cacheLines } from "./cache-lines.mjs";
import { charge } from "./charge.mjs";
import { flat } from "./flat.mjs";
import { gate } from "./gate.mjs";
import { lab } from "./lab.mjs";
import { layouts } from "./layouts.mjs";
import { environment } from "./lib/environment.mjs";
import { checkTwins, nativeTwins } from "./lib/native.mjs";
import { longTrace } from "./long-trace.mjs";
import { lookup } from "./lookup.mjs";
import { memory } from "./memory.mjs";
import { readSide } from "./read-side.mjs";
import { readTrace } from "./read-trace.mjs";
import { recount } from "./recount.mjs";
import { replay } from "./replay.mjs";
import { scaling } from "./scaling.mjs";
import { stock } from "./stock.mjs";
import { versus } from "./versus.mjs";

const USAGE = `npm run bench [-- SUITE …] [--quick | --smoke] [--gate] [--frames 20,24] [--densities 1/64,1]
              [--patterns uniform,zipf] [--designs column,palette] [--questions owner,frame] [--rounds 5] [--keys 22]

  --quick      a part that stands for the whole, in half an hour
  --smoke      every line of code once, measuring nothing
  --gate       holds the results kept so far against what they are to show; exit code 1 where one does not.  With --quick
               or --smoke the results of such runs, which is said, and decides nothing
  --questions  of lookups: the owner alone, or with the frame's record touched
  --densities  shares of the frames that are owned; of charges: before the first, 0 to below 1

--frames, and --keys (lookups in a batch), are powers of two.  Full runs take hours: each suite says how far it is on stderr.`;

const { values: options, positionals: wanted } = parsed();

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        smoke: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        gate: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
        frames: { type: "string" },
        densities: { type: "string" },
        patterns: { type: "string" },
        designs: { type: "string", default: "all" },
        questions: { type: "string" },
        rounds: { type: "string" },
        keys: { type: "string" },
      },
    });
  } catch (error) {
    return refuse(error.message);
  }
}

/** Ends a run that cannot begin.  @param {string} message @returns {never} */
function refuse(message) {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(1);
}

/** Smoke keeps a benchmark from rotting; quick shows what a full run would; full measures. */
const scale = (smoke, quick, full) => (options.smoke ? smoke : options.quick ? quick : full);
const listed = (text, each, otherwise) => text?.split(",").map(each) ?? otherwise;
const powers = (...bits) => bits.map((n) => 2 ** n);
const share = (text) => {
  const [a, b = "1"] = text.split("/");
  return Number(a) / Number(b);
};

const designNames = options.designs;
const rounds = Number(options.rounds ?? scale(2, 3, 5));
const minSampleMs = scale(0.1, 5, 5);
const keys = options.keys === undefined ? scale(2 ** 14, 2 ** 22, 2 ** 22) : 2 ** Number(options.keys);
const FULL_DENSITIES = [1 / 64, 1 / 16, 1 / 4, 1];
const FULL_PATTERNS = PATTERN_WORKLOADS.map(({ name }) => name);
const SMOKE_PATTERNS = ["uniform"];
const QUICK_PATTERNS = ["sequential", "uniform", "zipf"];
/** What a run of this kind measures where the command line does not choose. */
const GRID = {
  designs: selectDesigns("all").map(({ name }) => name),
  densities: scale([1], [1], FULL_DENSITIES),
  patterns: scale(SMOKE_PATTERNS, QUICK_PATTERNS, FULL_PATTERNS),
  /** Of charges: what others have already, and the order of the rest. */
  chargeDensities: scale([0, 1 / 4], [0], [0, 1 / 4]),
  chargePatterns: scale(["uniform", "sequential"], ["uniform"], ["sequential", "uniform", "zipf"]),
  recountDensities: scale([1 / 4], [1 / 4, 1], [1 / 4, 1]),
  events: scale([1e3, 1e4], [1e5, 1e6, 1e7], [1e5, 1e6, 1e7, 1e8]),
  frames: {
    lookup: powers(...scale([12], [20, 24], [16, 18, 20, 22, 24, 26])),
    versus: powers(...scale([12], [24], [20, 24, 26])),
    "read-side": powers(...scale([12], [20, 24], [20, 24])),
    charge: powers(...scale([12], [22], [16, 20, 24])),
    replay: powers(scale(12, 18, 20)),
    layouts: powers(...scale([12], [20], [20])),
    recount: powers(...scale([14], [24], [20, 24, 26])),
    lab: powers(scale(12, 24, 24)),
  },
};
const framesOf = (suite) => listed(options.frames, (n) => 2 ** Number(n), GRID.frames[suite]);
const densities = (otherwise) => listed(options.densities, share, otherwise);
const patternNames = listed(options.patterns, String, GRID.patterns);
const QUESTIONS = ["owner", "frame"];
const questions = listed(options.questions, String, scale(QUESTIONS, ["owner"], QUESTIONS));
const captureNames = scale(["limits"], ["limits", "nested"], undefined);
/** The designs without frame records; `--designs` chooses among them. */
const flatIndexes = designNames === "all" ? "palette,column" : designNames;

const SUITES = {
  "read-trace": () => readTrace({ rounds: scale(1, 3, 7) }),
  "long-trace": () => longTrace({ textBytes: scale(1, 1, 1e9) }),
  memory: () =>
    memory({
      nrFrames: scale(2 ** 14, 2 ** 20, 2 ** 22),
      densities: densities(scale([1], FULL_DENSITIES, FULL_DENSITIES)),
      designNames,
      captureNames: scale(["limits"], undefined, undefined),
    }),
  "cache-lines": () =>
    cacheLines({
      nrFrames: scale(2 ** 14, 2 ** 20, 2 ** 22),
      densities: densities(scale([1], FULL_DENSITIES, FULL_DENSITIES)),
      designNames,
      samples: scale(200, 10_000, 50_000),
    }),
  layouts: () =>
    layouts({
      frames: framesOf("layouts"),
      patternNames: scale(["uniform"], ["sequential", "uniform"], ["sequential", "uniform"]),
      keys,
      rounds,
      minSampleMs,
    }),
  lookup: () =>
    lookup({
      frames: framesOf("lookup"),
      densities: densities(GRID.densities),
      patternNames,
      designNames,
      keys,
      rounds,
      minSampleMs,
      questions,
      mapFrames: powers(12, 16, 18, 20, 22, 24),
      mapDesigns: scale(undefined, ["palette", "column"], undefined),
    }),
  versus: () =>
    versus({
      frames: framesOf("versus"),
      densities: densities([1]),
      patternNames: ["uniform"],
      designNames: designNames === "all" && !options.smoke ? scale("", "palette,column", "all") : designNames,
      keys,
      rounds,
      minSampleMs,
    }),
  "read-side": () =>
    readSide({
      frames: framesOf("read-side"),
      densities: densities(scale([1], [1 / 4, 1], [1 / 4, 1])),
      patternNames,
      designNames,
      keys,
      rounds,
      minSampleMs,
    }),
  charge: () =>
    charge({
      frames: framesOf("charge"),
      densities: densities(GRID.chargeDensities).filter((share) => share < 1),
      patternNames: listed(options.patterns, String, GRID.chargePatterns),
      pages: scale(2 ** 12, 2 ** 18, 2 ** 20),
      callPages: scale(2 ** 9, 2 ** 13, 2 ** 13),
      designNames,
      rounds,
      minSampleMs,
    }),
  recount: () =>
    recount({
      frames: framesOf("recount"),
      densities: densities(GRID.recountDensities),
      designNames: designNames === "all" ? scale("all", "column,palette", "all") : designNames,
      rounds,
      minSampleMs,
    }),
  replay: () =>
    replay({
      captureNames,
      designNames,
      rounds: scale(2, 3, 7),
      frames: framesOf("replay"),
      warmEvents: scale(4e3, 1e6, 4e6),
      events: scale(6e3, 1e6, 4e6),
    }),
  big: () =>
    big({
      nrFrames: scale(2 ** 16, 2 ** 28, 2 ** 28),
      designNames: flatIndexes,
      keys,
      patternNames: scale(["uniform"], ["uniform"], ["sequential", "uniform", "zipf"]),
      rounds,
      minSampleMs,
    }),
  stock: () => stock({ depths: [1, 4, 8], batches: scale(1, 8, 16), rounds: scale(2, 5, 9), minSampleMs }),
  scaling: () =>
    scaling({
      agents: scale([1, 2], [1, 2], [1, 2, 4, 8, 12, 16]),
      depths: scale([4], [4, 8], [4, 8]),
      designNames: designNames === "all" && options.smoke ? "column" : designNames,
      rounds: scale(2, 31, 61),
      sampleMs: scale(10, 25, 50),
    }),
  lab: () =>
    lab({
      loads: scale(1, 5, 9),
      opens: scale(1, 2, 5),
      seeks: scale(4, 40, 100),
      dragSteps: scale(4, 60, 120),
      mapShift: Math.log2(GRID.frames.lab[0]),
      textBytes: scale(0, 0, 1e9),
      withLarge: scale(false, true, true),
    }),
  flat: () =>
    flat({
      nrFrames: scale(2 ** 13, 2 ** 18, 2 ** 20),
      events: GRID.events,
      warmEvents: scale(1e4, 2e6, 1e7),
      designNames: designNames === "all" ? scale("all", "palette,column", "all") : designNames,
      rounds,
    }),
};

if (options.help) {
  console.log(`${USAGE}\n\nSuites: ${Object.keys(SUITES).join(", ")}`);
  process.exit(0);
}
const unknown = [
  ...wanted.filter((name) => !(name in SUITES)),
  ...patternNames.filter((name) => !FULL_PATTERNS.includes(name)),
  ...questions.filter((name) => !QUESTIONS.includes(name)),
];
const isCount = (n) => Number.isInteger(n) && n > 0;
/** Nothing can be owned before charges only, and then not all. */
const isDensity = (n) => (wanted.includes("charge") ? n >= 0 && n < 1 : n > 0 && n <= 1);
const isPower = (n) => Number.isInteger(n) && n >= 6 && n <= 30;
const numbers = {
  rounds: (text) => isCount(Number(text)),
  keys: (text) => isPower(Number(text)),
  frames: (text) => isPower(Number(text)),
  densities: (text) => isDensity(share(text)),
};
for (const [option, isRight] of Object.entries(numbers))
  for (const text of options[option]?.split(",") ?? [])
    if (!isRight(text)) refuse(`--${option} ${text}: not a number that it can be`);
if (unknown.length > 0) refuse(`unknown: ${unknown.join(", ")}.  Suites: ${Object.keys(SUITES).join(", ")}`);
const { cpu, cores, node, v8, commit } = environment();
console.log(`${cpu}, ${cores} cores; Node ${node}, V8 ${v8}; commit ${commit}\n`);
if (options.smoke) {
  const native = nativeTwins();
  if (native) checkTwins(GRID.designs, native);
}
const onlyGate = options.gate && wanted.length === 0 && !options.quick && !options.smoke;
for (const [name, run] of Object.entries(SUITES))
  if (!onlyGate && (wanted.length === 0 || wanted.includes(name))) await run();
if (options.gate && !gate(GRID)) process.exitCode = 1;
