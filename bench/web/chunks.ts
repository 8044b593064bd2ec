/**
 * chunks: page and workers as one bundle, so that what they share is built, fetched and kept once.
 *
 *   index ─► replay, map, page, composer          parts of the page       what two of them share ─► common
 *   worker ─► session, bench, history, painter    parts of the worker     what only they share ──► engine
 *
 * `page` is that of the arguments.  In few pieces, since small ones do not pack well; and the page, which shows the first
 * picture, does not wait for the engine.
 */
import { fileURLToPath } from "node:url";
import type { Plugin, Rolldown } from "vite";

const WORKER_URL = /\?worker&url$/;
const PAGE_MODULE = /\/bench\/web\/(app|charts|views)\//;
/** The page has their numbers in the place of the names (lean.ts); in the engine they are faster for being in one piece with it. */
const NUMBERS = /\/src\/(abi|capture\/records)\.ts$/;
/** The map's painter works in a worker, or in the page. */
const MAP_MODULE = /\/bench\/web\/views\/map\//;
const WORKER_MODULE = /\/bench\/web\/workers\/[^?]*$/;

/** Answers `?worker&url` with the address of a further entry of the same bundle. */
export function workerInBundle(): Plugin {
  return {
    name: "worker-in-bundle",
    enforce: "pre",
    apply: "build",
    load(id) {
      if (!WORKER_URL.test(id)) return null;
      const entry = this.emitFile({ type: "chunk", id: id.replace(WORKER_URL, ""), name: "worker" });
      return `export default import.meta.ROLLUP_FILE_URL_${entry};`;
    },
  };
}

const FETCH_BESIDE = fileURLToPath(new URL("app/fetch-beside.ts", import.meta.url));

/** Puts fetch-beside.ts in the place of what Vite calls around each `import()`. */
export function lighterPreload(): Plugin {
  return {
    name: "lighter-preload",
    enforce: "pre",
    apply: "build",
    load: (id) =>
      id === "\0vite/preload-helper.js"
        ? `export { fetchBeside as __vitePreload } from ${JSON.stringify(FETCH_BESIDE)};`
        : null,
  };
}

/** Which of the two shared pieces a module goes to. */
export function sharedPiece(): Rolldown.CodeSplittingNameFunction {
  const known = new Map<string, boolean>();
  return (id, bundle) => {
    const isOfPage = (module: string): boolean => {
      let answer = known.get(module);
      if (answer !== undefined) return answer;
      // For imports in a circle.
      known.set(module, false);
      answer =
        PAGE_MODULE.test(module) ||
        (!WORKER_MODULE.test(module) && (bundle.getModuleInfo(module)?.importers ?? []).some(isOfPage));
      known.set(module, answer);
      return answer;
    };
    if (MAP_MODULE.test(id)) return "plane";
    return isOfPage(id) && !NUMBERS.test(id) ? "common" : "engine";
  };
}

const WORKER_CHUNK = /^assets\/(worker|session|bench|history|painter)-/;

/** What is to be fetched beside a part that is loaded: by a worker nothing, which has no document to put links into. */
export function fetchedBeside(
  _: string,
  chunks: string[],
  { hostId }: { readonly hostId: string },
): string[] {
  // fetch-beside.ts asks for scripts alone.
  const other = chunks.find((name) => !name.endsWith(".js"));
  if (other !== undefined) throw new Error(`${hostId} needs ${other}, which is no script`);
  return WORKER_CHUNK.test(hostId) ? [] : chunks;
}
