// replay-page: what the page of replay.test.ts runs.  A file of its own, so that no test runner rewrites its imports.
import { loadScanner } from "/dist/capture/scanner.js";
import { readWebText } from "/dist/capture/source-web.js";
import { verifyCapture } from "/dist/capture/verification.js";

const wasm = async (name) => (await fetch(`/build/${name}.wasm`)).arrayBuffer();

/** Verifies a capture below the server's root under the named designs. */
globalThis.verifyInPage = async (capture, designs) => {
  const file = (name) => ({
    name,
    async *open() {
      yield* readWebText(await fetch(`/${capture}/${name}`), name);
    },
  });
  const files = {
    name: "nested",
    trace: file("trace.txt.gz"),
    groups: file("groups.tsv"),
    stat: file("memory.stat.tsv"),
    frames: file("frames.tsv.gz"),
  };
  const { result } = await verifyCapture(files, {
    scanner: await loadScanner(await wasm("scan")),
    designs: await Promise.all(
      designs.map(async (name) => ({ name, module: await WebAssembly.compile(await wasm(name)) })),
    ),
  });
  return JSON.parse(JSON.stringify(result));
};
document.title = "ready";
