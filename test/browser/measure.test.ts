// The measuring harness bundled for a browser, where the benchmark package would not survive and must not be loaded.
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, test } from "vitest";
import type { Estimate, RatioEstimate } from "../../src/measure/index.js";
import { newPage } from "./pages.js";

declare global {
  // Defined by measure-page.mjs.
  function measureInPage(): { estimates: Estimate[]; ratio: RatioEstimate };
}

/** The bundle's files by path; the page is "/". */
async function bundled(): Promise<Map<string, { contentType: string; body: string }>> {
  const input = fileURLToPath(new URL("./measure-page.mjs", import.meta.url));
  const output = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, target: "es2022", rollupOptions: { input } },
  });
  const files = new Map<string, { contentType: string; body: string }>();
  for (const part of [output].flat())
    for (const chunk of "output" in part ? part.output : []) {
      if (chunk.type !== "chunk") continue;
      files.set(`/${chunk.fileName}`, { contentType: "text/javascript", body: chunk.code });
      const body = `<!doctype html><script type="module" src="/${chunk.fileName}"></script>`;
      if (chunk.isEntry) files.set("/", { contentType: "text/html", body });
    }
  return files;
}

test("competitors are timed in Chromium by its own clock", async () => {
  const page = await newPage(({ host }) => host === "measure.test");
  const files = await bundled();
  const requests: string[] = [];
  await page.route("http://measure.test/**", (route) => {
    const path = new URL(route.request().url()).pathname;
    requests.push(path);
    const file = files.get(path);
    return file === undefined ? route.fulfill({ status: 404 }) : route.fulfill(file);
  });
  await page.goto("http://measure.test/");
  await page.waitForFunction(() => typeof measureInPage === "function");
  const { estimates, ratio } = await page.evaluate(() => measureInPage());
  expect(estimates.map(({ name, samplesNs }) => [name, samplesNs.length])).toEqual([
    ["once", 3],
    ["four times", 3],
  ]);
  for (const { samplesNs } of estimates) expect(Math.min(...samplesNs)).toBeGreaterThan(0);
  expect(Number.isFinite(ratio.mean)).toBe(true);
  expect(requests).toContain("/");
  expect(requests.filter((path) => path.includes("benchmark"))).toEqual([]);
});
