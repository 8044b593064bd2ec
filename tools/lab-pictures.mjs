// lab-pictures: the laboratory's views in both themes, from the page that `pageledger lab` serves.
import { statSync } from "node:fs";
import { join } from "node:path";
import { serveLab } from "../dist/node/lab-server.js";

/** A picture for the documents, not for print. */
const BYTES_MAX = 250_000;
const WIDTH = 1280;

const ready = '#view[data-state="ready"]';

/** Address, how high the picture is, and what to do before it is taken. */
const VIEWS = {
  replay: {
    hash: "#/replay",
    height: 1500,
    async prepare(page) {
      await page.locator("#view [data-drawn]").first().waitFor();
      await page.locator("#differences").waitFor();
    },
  },
  map: {
    hash: "#/map",
    height: 900,
    async prepare(page) {
      await page.locator('[data-state="ready"][data-event]').first().waitFor();
      await page.locator(".map canvas:not([data-busy])").waitFor();
    },
  },
  arguments: {
    hash: "#/arguments",
    height: 1500,
    async prepare(page) {
      await page.locator(ready).waitFor();
      await page.locator(".lookups button[type=submit]").click();
      await page.locator('.lookups[data-state="measured"]').waitFor({ timeout: 300_000 });
    },
  },
  composer: {
    hash: "#/composer?workload=memory-pressure&frames=65536&events=200000&seed=1&run=1",
    height: 900,
    async prepare(page) {
      await page.locator('#composer-result[data-state="ready"]').waitFor();
      await page.locator("#composer-sketch[data-shows]").waitFor();
    },
  },
};

/**
 * Takes one picture of each view and theme, named lab-VIEW-THEME.png, and answers their paths.
 * Throws where one is too large for the documents.
 */
export async function takeLabPictures(browser, folder, capture) {
  const server = await serveLab({ capture, port: 0 });
  const paths = [];
  try {
    for (const [name, { hash, height, prepare }] of Object.entries(VIEWS))
      for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
        const viewport = { width: WIDTH, height: 900 };
        const page = await browser.newPage({ colorScheme, viewport, reducedMotion: "reduce" });
        await page.goto(`${server.origin}/${hash}`);
        // The capture that is served is open; only then is the history of a link run in its place.
        await page.locator('#machine[data-state="ready"]').waitFor({ timeout: 120_000 });
        await prepare(page);
        const path = join(folder, `lab-${name}-${colorScheme}.png`);
        const full = await page.evaluate(() => document.documentElement.scrollHeight);
        const clip = { x: 0, y: 0, width: WIDTH, height: Math.min(height, full) };
        await page.screenshot({ path, clip, fullPage: true });
        await page.close();
        const { size } = statSync(path);
        if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes, more than ${BYTES_MAX}`);
        paths.push(path);
      }
  } finally {
    await server.close();
  }
  return paths;
}
