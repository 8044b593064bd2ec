/** The map of frames while it is moved: what is kept of the last picture, and how fast it is drawn. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cutReplay } from "./cut-replay.js";
import { openLab } from "./lab-harness.js";
import { drawn, goToPfn, legendOf, mapShows, newMap, screenPixels } from "./lab-map-page.js";

const NESTED = join(fileURLToPath(new URL("../../", import.meta.url)), "test/data/captures/nested");
const TEXTURES_MAX = 40_000_000;

async function firstOwned(): Promise<number> {
  const { nrFrames, frame } = await cutReplay(NESTED);
  let pfn = 0;
  while (pfn < nrFrames && frame(pfn).owner === "") pfn++;
  return pfn;
}

test.each([
  ["many frames to a pixel", true],
  ["many pixels to a frame", false],
])("dragged, the map shows what it shows when all of it is drawn: %s", async (_, isFit) => {
  const page = await newMap({}, "#/map?by=order");
  await mapShows(page, "order");
  await goToPfn(page, await firstOwned());
  await page.getByRole("button", { name: "Let go" }).click();
  if (isFit) await page.locator("[data-fit]").click();
  await drawn(page);
  const scale = Number(await page.locator(".map").getAttribute("data-scale"));
  if (isFit) expect(scale).toBeLessThan(1);
  else expect(scale).toBeGreaterThan(6);
  const before = await screenPixels(page);
  const box = (await page.locator(".map canvas").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const [dx, dy] of [
    [7, 3],
    [-40, 11],
    [-41, -60],
    [30, -25],
  ] as const) {
    await page.mouse.move(x + dx, y + dy);
    await drawn(page);
  }
  await page.mouse.up();
  await page.mouse.move(0, 0);
  await page.waitForTimeout(250);
  await drawn(page);
  const dragged = await screenPixels(page);
  expect(dragged.pixels.equals(before.pixels)).toBe(false);
  const blocks = page.locator("input[name=map-blocks]");
  await blocks.check();
  await drawn(page);
  await blocks.uncheck();
  await drawn(page);
  const anew = await screenPixels(page);
  expect(dragged.pixels.equals(anew.pixels)).toBe(true);
});

test("2^24 frames take at most 40 MB of textures, and the page measures its own speed", async () => {
  const { page } = await openLab({ hash: "#/map?synthetic=24", viewport: { width: 420, height: 500 } });
  await mapShows(page, "owner");
  const pages = (await legendOf(page)).reduce((sum, each) => sum + each.pages, 0);
  expect(pages).toBeLessThanOrEqual(2 ** 24);
  const bytes = Number(await page.locator(".map").getAttribute("data-texture-bytes"));
  expect(bytes).toBeGreaterThanOrEqual(2 * 2 ** 24);
  expect(bytes).toBeLessThanOrEqual(TEXTURES_MAX);
  await page.locator("[data-measure]").click();
  await page.locator(".map[data-fps]").waitFor();
  for (const motion of ["data-fps", "data-zoom-fps"])
    expect(Number(await page.locator(".map").getAttribute(motion))).toBeGreaterThan(0);
  expect(await page.locator(".map-status").textContent()).toContain("frames per second");
});
