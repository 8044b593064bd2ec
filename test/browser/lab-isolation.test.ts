/** The page with and without cross-origin isolation: the one line, and a page that works all the same. */
import { expect, test } from "vitest";
import { openLab } from "./lab-harness.js";

test("isolated: nothing to say", async () => {
  const lab = await openLab({ headers: "isolated" });
  expect(await lab.page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(await lab.page.locator("#isolation").isHidden()).toBe(true);
  expect(lab.problems).toEqual([]);
  await lab.close();
});

test("not isolated: one line with the remedy, every view is drawn", async () => {
  const lab = await openLab({ headers: "plain" });
  expect(await lab.page.evaluate(() => crossOriginIsolated)).toBe(false);
  const line = lab.page.locator("#isolation");
  expect(await line.isVisible()).toBe(true);
  expect(await line.textContent()).toMatch(
    /each in one worker.*coarser clock.*cannot share memory.*pageledger lab.*Cross-Origin-Embedder-Policy/,
  );
  for (const view of ["map", "arguments", "composer", "replay"]) {
    await lab.page.evaluate((name) => {
      location.hash = `#/${name}`;
    }, view);
    await lab.page.locator(`#view[data-view="${view}"] > *`).first().waitFor({ state: "attached" });
  }
  expect(lab.problems).toEqual([]);
  await lab.close();
});
