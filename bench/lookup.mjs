// lookup: owners of random frames in batches, each design beside what one would write in plain JavaScript: a Map, and a typed array.
//
// Every frame is owned, by runs of 1 to 8 frames of 64 containers.  All competitors answer the same questions and their sums are
// compared, so that nothing is optimised away and nothing is wrong.
import Benchmark from "benchmark";
import { Op, PageType } from "../dist/abi.js";
import { Core, LOOKUP_BATCH } from "../dist/core/core.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { keep } from "./lib/environment.mjs";

const CONTAINERS = 64;
const MAP_MAX = 2 ** 22;

export async function lookup({ frames, minSeconds }) {
  const batch = Math.min(LOOKUP_BATCH, 65536);
  const results = {};
  for (const nrFrames of frames) {
    const owners = ownersBySeed(nrFrames, 42);
    const pfns = questions(nrFrames, batch, 43);
    const competitors = { "typed array": typedArray(owners, pfns) };
    if (nrFrames <= MAP_MAX) competitors.Map = plainMap(owners, pfns);
    for (const { name, module } of await loadDesigns(selectDesigns("all")))
      competitors[name] = design(module, owners, pfns);
    results[nrFrames] = run(competitors, batch, minSeconds);
    console.log(`lookup of ${batch} random frames of 2^${Math.log2(nrFrames)} in a batch, ns each (± 95 %)`);
    for (const [name, { ns, moe }] of Object.entries(results[nrFrames]))
      console.log(`  ${name.padEnd(12)} ${ns.toFixed(2).padStart(8)} ± ${moe.toFixed(2)}`);
  }
  keep("lookup", { frames, batch, minSeconds, seed: 42 }, results);
}

function run(competitors, batch, minSeconds) {
  const sums = Object.entries(competitors).map(([name, ask]) => [name, ask()]);
  for (const [name, sum] of sums)
    if (sum !== sums[0][1]) throw new Error(`${name} answers ${sum}, not ${sums[0][1]}`);
  const suite = new Benchmark.Suite();
  let sink = 0;
  for (const [name, ask] of Object.entries(competitors))
    suite.add(
      name,
      () => {
        sink ^= ask();
      },
      { minTime: minSeconds, maxTime: minSeconds },
    );
  suite.run({ async: false });
  if (Number.isNaN(sink)) throw new Error("unreachable, but the sums must be used");
  const figures = {};
  suite.forEach((bench) => {
    if (bench.error) throw bench.error;
    figures[bench.name] = { ns: (bench.stats.mean / batch) * 1e9, moe: (bench.stats.moe / batch) * 1e9 };
  });
  return figures;
}

function design(module, owners, pfns) {
  const core = new Core(module, { nrFrames: owners.length, maxContainers: CONTAINERS + 1, maxPids: 16 });
  for (let id = 1; id <= CONTAINERS; id++) core.runOne(Op.CONTAINER_CREATE, id, 0xffffffff);
  const words = new Uint32Array(4 * 16384);
  for (let first = 0; first < owners.length; first += 16384) {
    const count = Math.min(16384, owners.length - first);
    for (let i = 0; i < count; i++) {
      words[i * 4] = Op.ALLOC_CHARGE | (owners[first + i] << 16);
      words[i * 4 + 1] = first + i;
      words[i * 4 + 2] = PageType.ANON;
    }
    if (core.execute(words, count, true).code !== "OK") throw new Error("an operation was refused");
  }
  return () => sumOf(core.ownersInto(pfns));
}

function typedArray(owners, pfns) {
  const out = new Uint16Array(pfns.length);
  return () => {
    for (let i = 0; i < pfns.length; i++) out[i] = owners[pfns[i]];
    return sumOf(out);
  };
}

function plainMap(owners, pfns) {
  const map = new Map();
  for (let pfn = 0; pfn < owners.length; pfn++) map.set(pfn, owners[pfn]);
  const out = new Uint16Array(pfns.length);
  return () => {
    for (let i = 0; i < pfns.length; i++) out[i] = map.get(pfns[i]);
    return sumOf(out);
  };
}

/** A few of the answers: enough to need them all, too few to cost. */
function sumOf(out) {
  let sum = 0;
  for (let i = 0; i < out.length; i += 61) sum += out[i];
  return sum;
}

function ownersBySeed(nrFrames, seed) {
  const random = xorshift(seed);
  const owners = new Uint16Array(nrFrames);
  for (let pfn = 0; pfn < nrFrames; ) {
    const id = 1 + (random() % CONTAINERS);
    for (let run = 1 + (random() & 7); run > 0 && pfn < nrFrames; run--) owners[pfn++] = id;
  }
  return owners;
}

function questions(nrFrames, count, seed) {
  const random = xorshift(seed);
  return Uint32Array.from({ length: count }, () => random() % nrFrames);
}

function xorshift(seed) {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
