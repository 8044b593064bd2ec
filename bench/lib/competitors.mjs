// competitors: one question, several who answer it: the core, its C twins on the same bytes, its JavaScript twins.
//
// A batch is cut into calls of CHUNK keys for all of them: what begins in the engine's first compiler is replaced between
// two calls, never within one.  Before anything is timed, every answer of every competitor is compared.
import { existsSync, readFileSync } from "node:fs";
import { rotate } from "../../dist/measure/index.js";
import { typedArrayTwins } from "../twins/typed-arrays.mjs";
import { transferOf } from "./machine.mjs";

export const CHUNK = 65536;
/** A prime: a checksum that looks at each of a handful of answers would cost as much as a fast lookup. */
const CHECK_STRIDE = 509;

/**
 * @typedef {{ name: string, ask: () => void, answers: () => Uint16Array | Uint32Array }} Contender
 * @typedef {import("./native.mjs").Native} Native
 */

/** The twins of a design among those of an addon: "column", "column gather", "radix interleaved" … */
function twinsOf(addon, design, suffixes) {
  return suffixes.filter((suffix) => `${design}${suffix}` in addon.twins);
}

/** Calls a twin for all placed keys.  @returns {Contender} */
function nativeContender(core, addon, twin, name, { count, outPtr, outBytes, answers }) {
  const { pfnsPtr } = transferOf(core);
  const number = addon.twins[twin];
  return {
    name,
    answers,
    ask() {
      const { buffer } = core.memory;
      for (let first = 0; first < count; first += CHUNK) {
        const n = Math.min(CHUNK, count - first);
        if (addon.run(number, buffer, pfnsPtr + first * 4, outPtr + first * outBytes, n, 0, 0) !== 0)
          throw new Error(`${name} refused`);
      }
    },
  };
}

/** Where the owners of the placed keys are written. */
function ownersOut(core, count) {
  return {
    count,
    outPtr: transferOf(core).outPtr,
    outBytes: 2,
    answers: () => core.ownersPlaced(0, count),
  };
}

/**
 * Owners of the keys, by wasm and by C.  Places the keys.
 * @param {import("../../dist/core/core.js").Core} core
 * @param {Native | undefined} native
 * @returns {Contender[]}
 */
export function ownerContenders(core, design, pfns, native) {
  const count = pfns.length;
  core.placePfns(pfns);
  const { answers } = ownersOut(core, count);
  /** @type {Contender[]} */
  const all = [
    {
      name: "wasm",
      answers,
      ask() {
        for (let first = 0; first < count; first += CHUNK)
          core.lookupPlaced(first, Math.min(CHUNK, count - first));
      },
    },
  ];
  if (native === undefined) return all;
  const out = ownersOut(core, count);
  const named = { "": "C scalar", " interleaved": "C interleaved" };
  for (const suffix of twinsOf(native.scalar, design, Object.keys(named)))
    all.push(nativeContender(core, native.scalar, `${design}${suffix}`, named[suffix], out));
  const vector = { "": "C auto", " gather": "C gathers" };
  for (const suffix of twinsOf(native.vector, design, Object.keys(vector)))
    all.push(nativeContender(core, native.vector, `${design}${suffix}`, vector[suffix], out));
  return all;
}

/**
 * The same module but for batches that go page by page, where one is built, on the same bytes; keys as placed by ownerContenders.
 * @param {import("../../dist/core/core.js").Core} core  of the single-agent build
 * @returns {Contender[]}
 */
export function oneByOneContenders(core, design, count) {
  const url = new URL(`../../build/one-by-one/${design}.wasm`, import.meta.url);
  if (!existsSync(url)) return [];
  const env = { memory: core.memory };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(url)), { env });
  const ownersInto = /** @type {(pfns: number, out: number, count: number) => number} */ (exports.ownersInto);
  const { pfnsPtr, outPtr } = transferOf(core);
  return [
    {
      name: "one by one",
      answers: ownersOut(core, count).answers,
      ask() {
        for (let first = 0; first < count; first += CHUNK)
          if (ownersInto(pfnsPtr + first * 4, outPtr + first * 2, Math.min(CHUNK, count - first)) !== 0)
            throw new Error("one by one refused");
      },
    },
  ];
}

/** The scalar twin as a reader of liburcu, where that is here; keys as placed by ownerContenders.  @returns {Contender[]} */
export function qsbrContenders(core, design, count, native) {
  if (native?.qsbr === undefined) return [];
  return [nativeContender(core, native.qsbr, design, "C QSBR", ownersOut(core, count))];
}

/** Flags and owner of the keys' frames, by wasm and by C.  Places the keys.  @returns {Contender[]} */
export function frameContenders(core, design, pfns, native) {
  const count = pfns.length;
  core.placePfns(pfns);
  const { byteOffset: outPtr } = core.framesPlaced(0, 1);
  const answers = () => core.u32.subarray(outPtr >>> 2, (outPtr >>> 2) + count);
  /** @type {Contender[]} */
  const all = [
    {
      name: "wasm",
      answers,
      ask() {
        for (let first = 0; first < count; first += CHUNK)
          core.framesPlaced(first, Math.min(CHUNK, count - first));
      },
    },
  ];
  if (native === undefined || !(`${design} frames` in native.scalar.twins)) return all;
  const out = { count, outPtr, outBytes: 4, answers };
  all.push(nativeContender(core, native.scalar, `${design} frames`, "C scalar", out));
  all.push(nativeContender(core, native.vector, `${design} frames`, "C auto", out));
  return all;
}

/**
 * A twin in JavaScript, whose answers are as wide as those it is compared with.
 * @param {(pfns: Uint32Array, out: Uint16Array | Uint32Array) => () => void} lookupOf
 * @param {Uint16ArrayConstructor | Uint32ArrayConstructor} Answers
 * @returns {Contender}
 */
export function scriptContender(name, lookupOf, pfns, Answers = Uint16Array) {
  const out = new Answers(pfns.length);
  const parts = [];
  for (let first = 0; first < pfns.length; first += CHUNK)
    parts.push(lookupOf(pfns.subarray(first, first + CHUNK), out.subarray(first, first + CHUNK)));
  return {
    name,
    answers: () => out,
    ask() {
      for (const part of parts) part();
    },
  };
}

/** The typed-array twin of a design where it has one.  @param {Uint16Array} owners */
export function typedArrayTwin(design, owners) {
  return typedArrayTwins[design]?.(owners);
}

/** Compares all answers, then lets them run in turns.  @param {Contender[]} contenders */
export function compete(contenders, options) {
  contenders[0].ask();
  const expected = contenders[0].answers().slice();
  for (const { name, ask, answers } of contenders.slice(1)) {
    answers().fill(1);
    ask();
    const found = answers();
    for (let i = 0; i < expected.length; i++)
      if (found[i] !== expected[i])
        throw new Error(`${name}: answer ${i} is ${found[i]}, but ${contenders[0].name} says ${expected[i]}`);
  }
  const competitors = contenders.map(({ name, ask, answers }) => ({
    name,
    run() {
      ask();
      return checksum(answers());
    },
  }));
  return rotate(competitors, options);
}

function checksum(answers) {
  let sum = answers.length;
  for (let i = 0; i < answers.length; i += CHECK_STRIDE) sum = (Math.imul(sum, 31) + answers[i]) | 0;
  return sum;
}
