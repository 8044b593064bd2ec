// A shared ledger in Chromium: opened by a page, joined by a Web Worker, which in the end is terminated; and by three at once,
// two of which read while one writes.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";
import { retiringDesigns } from "../model/subjects.js";
import { openPage, serve } from "./pages.js";

declare global {
  // Defined by shared-page.mjs.
  function shareInPage(): Promise<unknown>;
  function refusalInPage(): Promise<string>;
  function historyInPage(design: string): Promise<History>;
}

interface History {
  readonly found: readonly {
    readonly wrong: readonly string[];
    readonly changes?: number;
    readonly batches?: number;
  }[];
}

const NAMES = ["shared-page", "shared-worker", "history-worker"];
const LOCK_FREE = ["column", ...retiringDesigns()];
const HTML = '<!doctype html><script type="module" src="/shared-page.js"></script>';

let origin: string;

/** Both scripts with all that they import, by path. */
async function bundled(): Promise<Map<string, string>> {
  const path = (name: string) => fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const input = Object.fromEntries(NAMES.map((name) => [name, path(name)]));
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
  const modules = new Map<string, Buffer>();
  for (const design of LOCK_FREE)
    modules.set(
      `/${design}.wasm`,
      await readFile(new URL(`../../build/shared/${design}.wasm`, import.meta.url)),
    );
  origin = await serve((request, response) => {
    const path = request.url ?? "/";
    if (path !== "/plain") {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    const script = scripts.get(path);
    if (script !== undefined) response.setHeader("content-type", "text/javascript").end(script);
    else if (modules.has(path)) response.setHeader("content-type", "application/wasm").end(modules.get(path));
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

test.each(LOCK_FREE)("%s: two workers read while a third one writes", async (design) => {
  const page = await open("/");
  const { found, ...after } = await page.evaluate((name) => historyInPage(name), design);
  expect(found.flatMap(({ wrong }) => wrong)).toEqual([]);
  const [writer, ...readers] = found;
  expect(writer!.batches).toBeGreaterThan(0);
  for (const { changes } of readers) expect(changes).toBeGreaterThan(0);
  expect(after).toEqual({ audit: 0, usage: 0, left: 0, waiting: 0, agents: [0] });
});

test("a page that is not isolated is told so", async () => {
  const page = await open("/plain");
  expect(await page.evaluate(() => refusalInPage())).toBe("not-isolated");
});
