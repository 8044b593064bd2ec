// The reader, attribution, verification and every design in a real browser: same code, same figures as in Node.
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { type VerifyResult, verifyCapture } from "../../src/capture/verification.js";
import { DESIGNS } from "../../src/designs.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { loadDesigns, loadTraceScanner } from "../../src/node/modules.js";
import { openPage, serve } from "./pages.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CAPTURE = "test/data/captures/nested";
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Loads the compiled modules as they are; bare specifiers go through the import map. */
const PAGE = `<!doctype html><title>replay</title><script type="importmap">
{ "imports": { "@assemblyscript/loader": "/node_modules/@assemblyscript/loader/index.js" } }</script>
<script type="module" src="/test/browser/replay-page.mjs"></script>`;

declare global {
  // Defined by replay-page.mjs.
  function verifyInPage(capture: string, designs: readonly string[]): Promise<VerifyResult>;
}

let origin: string;

beforeAll(async () => {
  origin = await serve(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname));
    if (path === "/favicon.ico") return void response.writeHead(204).end();
    if (path === "/") return void response.setHeader("content-type", "text/html").end(PAGE);
    try {
      const body = await readFile(join(ROOT, path));
      response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream").end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
});

/** What must be equal: all but times. */
function comparable(result: VerifyResult) {
  return { ...result, designs: result.designs.map(({ nsPerEvent: _, ...rest }) => rest) };
}

test("a capture replayed in Chromium ends as in Node, frame by frame and counter by counter", async () => {
  const page = await openPage(origin);
  await page.waitForFunction(() => document.title === "ready");
  const inBrowser = await page.evaluate(([capture, designs]) => globalThis.verifyInPage(capture, designs), [
    CAPTURE,
    DESIGNS.map((d) => d.name),
  ] as const);
  const { result } = await verifyCapture(await openCapture(join(ROOT, CAPTURE)), {
    scanner: await loadTraceScanner(),
    designs: await loadDesigns(DESIGNS),
  });
  expect(inBrowser.verdict).toBe("exact");
  expect(comparable(inBrowser)).toEqual(JSON.parse(JSON.stringify(comparable(result))));
});
