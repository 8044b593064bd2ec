/** The map of frames while it is moved: what is kept of the last picture, and how fast it is drawn. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { cutReplay } from "./cut-replay.js";
import { openLab } from "./lab-harness.js";
import { beforeWorkers, drawn, goToPfn, legendOf, mapShows, openMap, screenPixels } from "./lab-map-page.js";

const NESTED = join(fileURLToPath(new URL("../../", import.meta.url)), "test/data/captures/nested");
const TEXTURES_MAX = 40_000_000;

let firstOwned = 0;

beforeAll(async () => {
  const { nrFrames, frame } = await cutReplay(NESTED);
  while (firstOwned < nrFrames && frame(firstOwned).owner === "") firstOwned++;
});

/** Has workers count pixels that they draw from frames, and copies of what is held. */
const COUNTED = `{
  const { scissor, blitFramebuffer } = WebGL2RenderingContext.prototype;
  self.pixels = self.copies = 0;
  WebGL2RenderingContext.prototype.scissor = function (x, y, width, height) {
    self.pixels += width * height;
    return scissor.call(this, x, y, width, height);
  };
  WebGL2RenderingContext.prototype.blitFramebuffer = function (...how) {
    self.copies++;
    return blitFramebuffer.apply(this, how);
  };
}`;

interface Counts {
  pixels: number;
  copies: number;
}

/** What was drawn since it was asked last. */
async function drawnPixels(page: Page): Promise<Counts> {
  const all = await Promise.all(
    page.workers().map((worker) =>
      worker.evaluate(() => {
        const counts = self as unknown as Counts;
        const found = { pixels: counts.pixels, copies: counts.copies };
        counts.pixels = counts.copies = 0;
        return found;
      }),
    ),
  );
  return {
    pixels: all.reduce((sum, { pixels }) => sum + pixels, 0),
    copies: all.reduce((sum, { copies }) => sum + copies, 0),
  };
}

async function orderMap(isFit: boolean): Promise<Page> {
  const { page } = await openLab();
  await beforeWorkers(page, COUNTED);
  await openMap(page, "#/map?by=order");
  await mapShows(page, "order");
  await goToPfn(page, firstOwned);
  await page.getByRole("button", { name: "Let go" }).click();
  if (isFit) await page.locator("[data-fit]").click();
  await drawn(page);
  const scale = Number(await page.locator(".map").getAttribute("data-scale"));
  if (isFit) expect(scale).toBeLessThan(1);
  else expect(scale).toBeGreaterThan(6);
  return page;
}

/** The screen when all of the map is drawn from frames. */
async function drawnAnew(page: Page): Promise<Buffer> {
  const blocks = page.locator("input[name=map-blocks]");
  await blocks.check();
  await drawn(page);
  await blocks.uncheck();
  await drawn(page);
  return (await screenPixels(page)).pixels;
}

describe.each([
  ["many frames to a pixel", true],
  ["many pixels to a frame", false],
])("%s", (_, isFit) => {
  test("dragged, the map draws what comes into sight, and shows what it shows when all of it is drawn", async () => {
    const page = await orderMap(isFit);
    const before = await screenPixels(page);
    const box = (await page.locator(".map canvas").boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await drawnPixels(page);
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
    await drawn(page);
    const { pixels, copies } = await drawnPixels(page);
    expect(pixels).toBeGreaterThan(0);
    // A picture poorer than one at rest is drawn again at rest; where a pixel holds no more than a frame none is.
    if (!isFit) expect(pixels).toBeLessThan(before.width * before.height);
    expect(copies).toBeGreaterThan(4);
    await page.mouse.move(0, 0);
    const dragged = await screenPixels(page);
    expect(dragged.pixels.equals(before.pixels)).toBe(false);
    expect(dragged.pixels.equals(await drawnAnew(page))).toBe(true);
  });

  test("zoomed and dragged on, the map is whole again at rest", async () => {
    const page = await orderMap(isFit);
    const box = (await page.locator(".map canvas").boundingBox())!;
    const [x, y] = [box.x + box.width / 3, box.y + box.height / 2];
    await page.mouse.move(x, y);
    for (const delta of [-120, -60, 200, -100]) await page.mouse.wheel(0, delta);
    await page.mouse.down();
    for (let step = 1; step <= 4; step++) await page.mouse.move(x - 9 * step, y + 5 * step);
    await page.mouse.up();
    await page.mouse.move(0, 0);
    await drawn(page);
    const rested = await screenPixels(page);
    expect(rested.pixels.equals(await drawnAnew(page))).toBe(true);
  });
});

test("what is saved in a motion is drawn as at rest", async () => {
  const page = await orderMap(true);
  const button = page.getByRole("button", { name: "Save the map as PNG" });
  const save = async () => {
    const download = page.waitForEvent("download");
    await button.click();
    return readFile((await (await download).path())!);
  };
  const box = (await page.locator(".map canvas").boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -100);
  const moving = await save();
  await drawn(page);
  expect(moving.equals(await save())).toBe(true);
});

test("a canvas too large for the last picture to be held within 40 MB is drawn without", async () => {
  const { page } = await openLab({ hash: "#/map?synthetic=24", viewport: { width: 2600, height: 1500 } });
  await mapShows(page, "owner");
  await drawn(page);
  const bytes = Number(await page.locator(".map").getAttribute("data-texture-bytes"));
  expect(bytes).toBeLessThan(2 * 2 ** 24 + 2 ** 19);
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
