/** The page with and without cross-origin isolation: the one line, and a page that works all the same. */
import { expect, test } from "vitest";
import { openLab } from "./lab-harness.js";

test("isolated: nothing to say", async () => {
  const { page } = await openLab({ headers: "isolated" });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(await page.locator("#isolation").isHidden()).toBe(true);
});

test("not isolated: one line with the remedy, every view is drawn", async () => {
  const { page } = await openLab({ headers: "plain" });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  const line = page.locator("#isolation");
  expect(await line.isVisible()).toBe(true);
  expect(await line.textContent()).toMatch(
    /each in one worker.*coarser clock.*cannot share memory.*pageledger lab.*Cross-Origin-Embedder-Policy/,
  );
  for (const view of ["map", "arguments", "composer", "replay"]) {
    await page.evaluate((name) => {
      location.hash = `#/${name}`;
    }, view);
    await page.locator(`#view[data-view="${view}"] > *`).first().waitFor({ state: "attached" });
  }
});
