// A shared ledger in Chromium: opened by a page, joined by a Web Worker, which in the end is terminated.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";
import { openPage, serve } from "./pages.js";

declare global {
  // Defined by shared-page.mjs.
  function shareInPage(): Promise<unknown>;
  function refusalInPage(): Promise<string>;
}

const HTML = '<!doctype html><script type="module" src="/shared-page.js"></script>';

let origin: string;

/** Both scripts with all that they import, by path. */
async function bundled(): Promise<Map<string, string>> {
  const path = (name: string) => fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const input = { "shared-page": path("shared-page"), "shared-worker": path("shared-worker") };
  const output = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rollupOptions: { input, output: { entryFileNames: "[name].js" } },
    },
  });
  const files = new Map<string, string>();
  for (const part of [output].flat())
    for (const chunk of "output" in part ? part.output : [])
      if (chunk.type === "chunk") files.set(`/${chunk.fileName}`, chunk.code);
  return files;
}

beforeAll(async () => {
  const scripts = await bundled();
  const wasm = await readFile(new URL("../../build/shared/column.wasm", import.meta.url));
  origin = await serve((request, response) => {
    const path = request.url ?? "/";
    if (path !== "/plain") {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    const script = scripts.get(path);
    if (script !== undefined) response.setHeader("content-type", "text/javascript").end(script);
    else if (path === "/column.wasm") response.setHeader("content-type", "application/wasm").end(wasm);
    else response.setHeader("content-type", "text/html").end(HTML);
  });
});

async function open(path: string) {
  const page = await openPage(`${origin}${path}`);
  await page.waitForFunction(() => typeof shareInPage === "function");
  return page;
}

test("a worker joins, works, leaves; another one is terminated in the middle and recovered", async () => {
  const page = await open("/");
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(await page.evaluate(() => shareInPage())).toEqual({
    seen: { agent: 1, owner: "/tenant" },
    after: { owner: "/tenant", usage: 16 },
    agents: [0],
    left: [0],
    audit: 0,
  });
});

test("a page that is not isolated is told so", async () => {
  const page = await open("/plain");
  expect(await page.evaluate(() => refusalInPage())).toBe("not-isolated");
});
