// instrumented: a design's shipped module with a call before each load and store, so that what it touches can be counted.
//
//   build/<design>.wasm ──binaryen, instrument-memory──► the same code, which tells each address before it uses it
//
// The module keeps nothing of its own (no globals, no data), so an instrumented one runs on the memory of a ledger that the
// shipped one has filled.  memory.fill and memory.copy are turned into loops before, lest they go unseen.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./environment.mjs";

const LINE_SHIFT = 6;
const PASSES = ["llvm-memory-copy-fill-lowering", "instrument-memory"];
const FEATURES = [
  "SIMD128",
  "BulkMemory",
  "BulkMemoryOpt",
  "SignExt",
  "MutableGlobals",
  "NontrappingFPToInt",
  "Atomics",
];

/** The optimizer that the compiler of the core brings along. */
async function loadBinaryen() {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve("assemblyscript/package.json"));
  const { default: binaryen } = await import(pathToFileURL(theirs.resolve("binaryen")).href);
  return binaryen;
}

/** @returns {Promise<WebAssembly.Module>} */
export async function instrumentedModule(design) {
  const binaryen = await loadBinaryen();
  const features = FEATURES.reduce((bits, name) => bits | binaryen.Features[name], 0);
  const module = binaryen.readBinaryWithFeatures(readFileSync(join(ROOT, `build/${design}.wasm`)), features);
  module.runPasses(PASSES);
  const bytes = module.emitBinary();
  module.dispose();
  return new WebAssembly.Module(bytes);
}

/** Runs calls of an instrumented module on a ledger's memory and counts what each one touches. */
export class LineCounter {
  /** Lines of 64 bytes touched since the last reset. */
  #lines = new Set();
  #loads = 0;
  #stores = 0;
  /** @type {Record<string, (...args: number[]) => number>} */
  calls;

  /** @param {WebAssembly.Module} module @param {WebAssembly.Memory} memory */
  constructor(module, memory) {
    const touch = (bytes, offset, pointer) => {
      const first = (pointer >>> 0) + (offset >>> 0);
      for (let line = first >>> LINE_SHIFT; line <= (first + bytes - 1) >>> LINE_SHIFT; line++)
        this.#lines.add(line);
      return pointer;
    };
    const value = (_site, value) => value;
    const env = {
      memory,
      load_ptr: (_site, bytes, offset, pointer) => {
        this.#loads++;
        return touch(bytes, offset, pointer);
      },
      store_ptr: (_site, bytes, offset, pointer) => {
        this.#stores++;
        return touch(bytes, offset, pointer);
      },
      memory_grow_pre: value,
      memory_grow_post: value,
    };
    for (const type of ["i32", "i64", "f32", "f64"]) {
      env[`load_val_${type}`] = value;
      env[`store_val_${type}`] = value;
    }
    this.calls = /** @type {any} */ (new WebAssembly.Instance(module, { env }).exports);
  }

  /** What one call touches; `hot` says of a line's first byte whether every operation touches it anyway. */
  count(call, hot) {
    this.#lines.clear();
    this.#loads = 0;
    this.#stores = 0;
    const answer = call(this.calls);
    const cold = [...this.#lines].filter((line) => !hot((line << LINE_SHIFT) >>> 0)).length;
    return { answer, lines: this.#lines.size, cold, loads: this.#loads, stores: this.#stores };
  }
}
