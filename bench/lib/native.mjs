// native: builds the C twins of bench/native with the compiler at hand, and loads them.  Without one there are none.
//
//   gcc | clang ──► out/native/<hash>/scalar.node    no vectors, by the compiler or by hand
//               ──► out/native/<hash>/vector.node    vectorised as the compiler likes, and gathers by hand
//               ──► out/native/<hash>/qsbr.node      scalar, as a reader of liburcu (Debian: liburcu-dev), where that is here
//
// The twins are a library that Node loads, called on the very bytes of a wasm memory: same data, same pages, same process.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isSmoke, ROOT } from "./environment.mjs";

const SOURCES = join(ROOT, "bench/native");
/** Wasm has no aliasing rules: records are read by the type at hand, in both builds. */
const COMMON = "-std=gnu11 -O3 -march=native -fno-strict-aliasing -fPIC -shared -fvisibility=hidden".split(
  " ",
);
const BUILDS = {
  scalar: [...COMMON, "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-DSCALAR_ONLY"],
  vector: COMMON,
};
/** Beside those, with liburcu. */
const QSBR = [...BUILDS.scalar, "-DQSBR"];
const QSBR_LIBRARY = ["-lurcu-qsbr"];

/**
 * @typedef {{ twins: Record<string, number>, run: (twin: number, memory: ArrayBuffer, pfnsPtr: number, outPtr: number,
 *   count: number, a: number, b: number) => number }} Addon
 * @typedef {{ compiler: string, flags: Record<"scalar" | "vector", string>, scalar: Addon, vector: Addon, qsbr?: Addon }} Native
 */

/** @type {{ native: Native | undefined } | undefined} */
let loaded;

/** The twins in both builds, or undefined, and a word on stderr why.  @returns {Native | undefined} */
export function nativeTwins() {
  loaded ??= { native: load() };
  return loaded.native;
}

/** @returns {Native | undefined} */
function load() {
  const compiler = findCompiler();
  if (compiler === undefined) {
    console.error("no C compiler (gcc, clang, cc, or $CC): going on without the native twins");
    return undefined;
  }
  try {
    const [scalar, vector] = ["scalar", "vector"].map((name) => build(compiler, name, BUILDS[name]));
    const flags = { scalar: BUILDS.scalar.join(" "), vector: BUILDS.vector.join(" ") };
    if (!hasHeader(compiler, "urcu/urcu-qsbr.h")) {
      console.error("no liburcu (liburcu-dev): going on without its readers");
      return { compiler: compiler.version, flags, scalar, vector };
    }
    return { compiler: compiler.version, flags, scalar, vector, qsbr: buildQsbr(compiler) };
  } catch (error) {
    // A twin that has gone bad must not pass for a machine without a compiler.
    if (isSmoke()) throw error;
    console.error(
      `${compiler.command} did not build the native twins, going on without them: ${error.message}`,
    );
    return undefined;
  }
}

/** What every design must have beside it.  @param {string} design @returns {string[]} */
export function promisedTwins(design) {
  return ["", " frames", " charge", " uncharge", " recount"].map((suffix) => design + suffix);
}

/** Designs whose lookups are written once more with the processor's gathers, where it has such. */
export const GATHER_TWINS = ["in-page", "column", "page-cgroup", "radix", "section", "palette"];

/** Those written by hand besides.  @param {string} design @param {string} build @param {Native} native @returns {string[]} */
function handTwins(design, build, native) {
  if (build === "scalar") return design === "radix" ? ["radix interleaved"] : [];
  const gathers = Object.keys(native.vector.twins).some((twin) => twin.endsWith(" gather"));
  return gathers && GATHER_TWINS.includes(design) ? [`${design} gather`] : [];
}

/** Throws where a design lacks a twin in one of the builds.  @param {string[]} designs @param {Native} native */
export function checkTwins(designs, native) {
  const missing = ["scalar", "vector"].flatMap((build) =>
    designs
      .flatMap((design) => [...promisedTwins(design), ...handTwins(design, build, native)])
      .filter((twin) => !(twin in native[build].twins))
      .map((twin) => `"${twin}" (${build})`),
  );
  if (missing.length > 0)
    throw new Error(
      `no native twin ${missing.join(", ")}: write it in bench/native, and its line in addon.c`,
    );
}

function findCompiler() {
  for (const command of [process.env.CC, "gcc", "clang", "cc"]) {
    if (!command) continue;
    try {
      const [version] = execFileSync(command, ["--version"], { stdio: ["ignore", "pipe", "ignore"] })
        .toString()
        .split("\n");
      return { command, version };
    } catch {
      // Not here: the next one.
    }
  }
  return undefined;
}

/** Undefined, with a word why, where the library is not what its header promises. */
function buildQsbr(compiler) {
  try {
    return build(compiler, "qsbr", QSBR, QSBR_LIBRARY);
  } catch (error) {
    console.error(`liburcu cannot be linked, going on without its readers: ${error.message}`);
    return undefined;
  }
}

/** @param {{ command: string }} compiler @param {string} header */
function hasHeader({ command }, header) {
  try {
    execFileSync(command, ["-E", "-x", "c", "-"], {
      input: `#include <${header}>\n`,
      stdio: ["pipe", "ignore", "ignore"],
    });
    return true;
  } catch {
    return false;
  }
}

/** @returns {Addon} */
function build({ command, version }, name, flags, libraries = []) {
  const files = readdirSync(SOURCES).sort();
  const hash = createHash("sha256").update(`${version} ${flags.join(" ")} ${process.arch}`);
  for (const file of files) hash.update(file).update(readFileSync(join(SOURCES, file)));
  const folder = join(ROOT, "out/native", hash.digest("hex").slice(0, 16));
  const target = join(folder, `${name}.node`);
  if (!existsSync(target)) {
    mkdirSync(folder, { recursive: true });
    const platform = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
    const sources = files.filter((file) => file.endsWith(".c")).map((file) => join(SOURCES, file));
    // Under another name first: a build that was cut off, or one beside it, leaves no half library.
    const fresh = `${target}.${process.pid}`;
    execFileSync(command, [...flags, ...platform, ...sources, ...libraries, "-o", fresh], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    renameSync(fresh, target);
  }
  return createRequire(import.meta.url)(target);
}
