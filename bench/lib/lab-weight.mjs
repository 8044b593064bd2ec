// lab-weight: how much code a visitor loads, packed by gzip, from what the page asks its server for.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { LAB_PAGE } from "../../dist/node/lab-files.js";
import { openBy, withPage, withServer } from "./lab-browser.mjs";

const CODE = /\.(js|css|html)$/;
const VIEWS = ["replay", "map", "arguments", "composer"];

/**
 * Bytes: of the code that is fetched until a built-in capture is replayed, of that for each view opened first, and of all
 * code there is; `wasm` of the modules fetched for the replay.  @param {import("playwright-core").Browser} browser @param {string} builtIn
 */
export async function codeOfPage(browser, builtIn) {
  return withServer(undefined, async (origin) => {
    const replayed = await filesOf(browser, origin, "", async (page) => {
      await openBy(page, `#view [data-capture="${builtIn}"]`);
      await page.locator(".time-chart[data-drawn]").waitFor();
    });
    const views = {};
    for (const view of VIEWS) {
      const files = await filesOf(browser, origin, `#/${view}`, () => Promise.resolve());
      views[view] = packedBytes(files.filter((name) => CODE.test(name)));
    }
    const all = ["index.html", ...readdirSync(join(LAB_PAGE, "assets")).map((name) => `assets/${name}`)];
    return {
      replay: packedBytes(replayed.filter((name) => CODE.test(name))),
      views,
      all: packedBytes(all.filter((name) => CODE.test(name))),
      wasm: packedBytes(replayed.filter((name) => name.endsWith(".wasm"))),
      files: replayed,
    };
  });
}

/** Names of the files that a page asks for, its workers too. */
function filesOf(browser, origin, hash, use) {
  return withPage(browser, async (page) => {
    const names = new Set();
    page.context().on("request", (request) => {
      const { origin: from, pathname } = new URL(request.url());
      if (from === origin) names.add(decodeURIComponent(pathname.slice(1)) || "index.html");
    });
    await page.goto(`${origin}/${hash}`);
    await page.locator("html[data-ready]").waitFor({ state: "attached" });
    await use(page);
    await page.waitForLoadState("networkidle");
    return [...names].sort();
  });
}

function packedBytes(names) {
  return names.reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(LAB_PAGE, name)), { level: 9 }).length,
    0,
  );
}
