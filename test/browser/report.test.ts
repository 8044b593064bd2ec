/** The HTML report in a real browser, opened from a file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readReportAssets } from "../../src/node/report-assets.js";
import { renderHtml } from "../../src/report/html.js";
import { weakestContrast } from "./contrast.js";
import { openPage } from "./pages.js";
import { emptyReport, FIRST_PFN, madeOwners, madeReport, NASTY_PATH } from "./report-fixture.js";

let folder: string;
let html: string;

beforeAll(async () => {
  const assets = await readReportAssets();
  folder = await mkdtemp(join(tmpdir(), "pageledger-report-"));
  html = renderHtml(madeReport(), assets);
  await writeFile(join(folder, "full.html"), html);
  await writeFile(join(folder, "empty.html"), renderHtml(emptyReport(), assets));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(name: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await openPage(pathToFileURL(join(folder, name)).href, options);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return page;
}

/** Colour of the swatch beside an owner, and of no owner, as [r, g, b]. */
function legendColours(page: Page): Promise<Record<string, number[]>> {
  return page.evaluate(() => {
    const rgb = (swatch: Element | null) =>
      (getComputedStyle(swatch!).backgroundColor.match(/\d+/g) ?? []).slice(0, 3).map(Number);
    const colours: Record<string, number[]> = { 0: rgb(document.querySelector("#map-legend .free .swatch")) };
    for (const button of document.querySelectorAll<HTMLElement>("#map-legend button"))
      colours[button.dataset.owner!] = rgb(button.querySelector(".swatch"));
    return colours;
  });
}

/** Goes to a frame; returns the pixel under the pointer and what the page says of it. */
function frameAt(page: Page, pfn: number): Promise<{ pixel: number[]; text: string }> {
  return page.evaluate(
    (text) => {
      const jump = document.querySelector<HTMLInputElement>("#map-jump")!;
      jump.value = text;
      jump.dispatchEvent(new Event("change"));
      const { left, top, width } = document.querySelector<HTMLElement>("#map-pointer")!.style;
      const zoom = Number.parseFloat(width);
      const context = document.querySelector<HTMLCanvasElement>("#map")!.getContext("2d")!;
      const { data } = context.getImageData(
        Number.parseFloat(left) / zoom,
        Number.parseFloat(top) / zoom,
        1,
        1,
      );
      return {
        pixel: [...data.slice(0, 3)],
        text: document.querySelector("#map-readout")!.textContent ?? "",
      };
    },
    `0x${pfn.toString(16)}`,
  );
}

test("verdict, tables and hostile names", async () => {
  const page = await open("full.html");
  expect(await page.textContent("#verdict")).toBe("wrong");
  expect(await page.locator(".because li").count()).toBe(2);
  expect(await page.evaluate(() => "broken" in window)).toBe(false);
  expect(await page.locator("main img, main b b").count()).toBe(0);
  expect(
    await page.locator(`th[title]`).evaluateAll((all) => all.map((th) => (th as HTMLElement).title)),
  ).toContain(NASTY_PATH);
  expect(html).not.toContain("\u202e");

  const table = page.locator("table.counters").first();
  const heads = await table.locator("thead th").allTextContents();
  expect(heads.slice(0, 5)).toEqual(["group", "frames held", "usage", "kmem", "cache"]);
  const cell = (row: number, name: string) =>
    table.locator("tbody tr").nth(row).locator("th,td").nth(heads.indexOf(name));
  expect(await cell(1, "rss").textContent()).toBe("32,660 ≠ 32,648b");
  expect(await cell(1, "cache").textContent()).toBe("7,919 =");
  expect(await cell(0, "usage").textContent()).toBe("50,000 ≠ 50,064.25a");
  expect(await cell(5, "inactive_file").locator(".bad sup").textContent()).toBe("!");
  expect(await cell(3, "group").textContent()).toBe("batch removed");
  expect(await cell(3, "rss").textContent()).toBe("–");
  expect(await page.locator("#reason-1").textContent()).toContain("between allocation, mapping and LRU list");
  expect(await page.locator("#designs tbody tr").count()).toBe(4);
  expect(await page.locator("#designs tbody tr").nth(2).textContent()).toContain("0.4883 %");
  expect(await page.locator("#leftovers table").nth(2).locator("tbody tr").count()).toBe(20);
});

test("the chart is drawn, follows pointer and keys, zooms, and hides a group", async () => {
  const page = await open("full.html");
  const inked = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#chart canvas")!;
      const copy = document.createElement("canvas");
      copy.width = canvas.width;
      copy.height = canvas.height;
      const context = copy.getContext("2d", { willReadFrequently: true })!;
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const colours = new Map<string, number>();
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] === 255) {
          const key = `${data[i]},${data[i + 1]},${data[i + 2]}`;
          colours.set(key, (colours.get(key) ?? 0) + 1);
        }
      return Object.fromEntries([...colours].filter(([, n]) => n > 500));
    });
  const swatch = page.locator("#chart-legend .swatch");
  const colour = async (i: number) =>
    (await swatch.nth(i).evaluate((s) => getComputedStyle(s).backgroundColor)).replace(/[^\d,]/g, "");
  const before = await inked();
  expect(await swatch.count()).toBe(12);
  for (let i = 0; i < 12; i++) expect(before[await colour(i)], `area ${i}`).toBeGreaterThan(500);

  const first = page.locator("#chart-legend button").first();
  const hidden = await colour(0);
  await first.click();
  expect(await first.getAttribute("aria-pressed")).toBe("false");
  await expect.poll(async () => (await inked())[hidden]).toBeUndefined();
  await first.click();
  await expect.poll(async () => (await inked())[hidden]).toBe(before[hidden]);

  const readout = page.locator("#chart-readout");
  expect(await readout.textContent()).toMatch(/^At the last sample, 61\.250 s: .* MiB in all/);
  await page.locator("#chart").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  expect(await readout.textContent()).toMatch(/^At 0\.245 s/);

  const over = (await page.locator("#chart .u-over").boundingBox())!;
  await page.mouse.move(over.x + over.width * 0.25, over.y + 50);
  await page.mouse.down();
  await page.mouse.move(over.x + over.width * 0.5, over.y + 60, { steps: 4 });
  expect(await readout.textContent()).toMatch(/^At 30\.\d+ s/);
  await page.mouse.up();
  await expect.poll(() => page.locator("#chart-reset").isEnabled()).toBe(true);
  await page.mouse.dblclick(over.x + 100, over.y + 50);
  await expect.poll(() => page.locator("#chart-reset").isEnabled()).toBe(false);
});

test.each(["light", "dark"] as const)(
  "each pixel of the map has its owner's colour (%s)",
  async (colorScheme) => {
    const page = await open("full.html", { colorScheme });
    const owners = madeOwners();
    const colours = await legendColours(page);
    for (let i = 3000; i < owners.length; i += 4999) {
      const pfn = FIRST_PFN + i;
      const { pixel, text } = await frameAt(page, pfn);
      if (text.includes("left out")) {
        expect(owners.subarray(i - (pfn % 1024), i - (pfn % 1024) + 1024).every((owner) => owner === 0)).toBe(
          true,
        );
        continue;
      }
      expect(text).toContain(`pfn 0x${pfn.toString(16)} `);
      expect(pixel, `pfn ${pfn}`).toEqual(colours[owners[i]!]);
    }
  },
);

test("the map answers to pointer, keys, zoom and filter", async () => {
  const page = await open("full.html");
  const owners = madeOwners();
  const readout = page.locator("#map-readout");
  const canvas = page.locator("#map");
  const name = (i: number) =>
    page.locator(`#map-legend button[data-owner="${owners[i]}"] .name`).textContent();
  const at = owners.findIndex((owner, i) => i > 5000 && owner !== 0);

  await frameAt(page, FIRST_PFN + at);
  expect(await readout.textContent()).toContain(`: ${await name(at)}, a run of`);
  await canvas.focus();
  await page.keyboard.press("ArrowRight");
  expect(await readout.textContent()).toContain(`pfn 0x${(FIRST_PFN + at + 1).toString(16)} `);
  await page.keyboard.press("ArrowDown");
  expect(await readout.textContent()).toContain(`pfn 0x${(FIRST_PFN + at + 1025).toString(16)} `);
  await page.keyboard.press("Home");
  const row = Math.floor((FIRST_PFN + at + 1025) / 1024) * 1024;
  expect(await readout.textContent()).toContain(`pfn 0x${row.toString(16)} `);

  for (const [button, zoom] of [
    [0, 1],
    [3, 8],
  ] as const) {
    await page.locator("#map-zoom button").nth(button).click();
    await frameAt(page, FIRST_PFN + 130_000);
    const pointer = (await page.locator("#map-pointer").boundingBox())!;
    expect(pointer.width).toBe(zoom);
    await page.mouse.move(pointer.x + zoom * 3.5, pointer.y + zoom / 2);
    expect(await readout.textContent()).toContain(`pfn 0x${(FIRST_PFN + 130_003).toString(16)} `);
  }

  const chosen = owners[at]!;
  const other = owners.findIndex((owner) => owner !== 0 && owner !== chosen);
  const colours = await legendColours(page);
  await page.locator(`#map-legend button[data-owner="${chosen}"]`).click();
  expect((await frameAt(page, FIRST_PFN + at)).pixel).toEqual(colours[chosen]);
  expect((await frameAt(page, FIRST_PFN + other)).pixel).toEqual([0xd3, 0xd8, 0xde]);
  await page.locator(`#map-legend button[data-owner="${chosen}"]`).click();
  expect((await frameAt(page, FIRST_PFN + other)).pixel).toEqual(colours[owners[other]!]);
});

test("figures beside the map are those of a plain count", async () => {
  const page = await open("full.html");
  const owners = madeOwners();
  const blocks = [0, 0, 0, 0, 0];
  for (let at = 0; at < owners.length; at += 64) {
    const different = new Set(owners.subarray(at, at + 64));
    if (different.size > 1 || !different.has(0)) blocks[Math.min(5, different.size) - 1]!++;
  }
  const total = blocks.reduce((sum, n) => sum + n, 0);
  const bars = await page.locator("#frames .bar-value").allTextContents();
  expect(bars).toEqual(blocks.map((n) => `${((100 * n) / total).toFixed(1)} %`));
  const runs = owners.filter((owner, i) => owner !== 0 && owner !== owners[i - 1]).length;
  const owned = owners.filter((owner) => owner !== 0).length;
  const facts = await page.locator("#frames .facts dd:not(.more)").allTextContents();
  expect(facts.slice(0, 2)).toEqual([owned.toLocaleString("en-US"), `${(owned / runs).toFixed(2)} frames`]);
});

test.each([360, 768, 1280])("no sideways scroll of the page at %i px", async (width) => {
  for (const name of ["full.html", "empty.html"]) {
    const page = await open(name, { viewport: { width, height: 700 } });
    for (const details of await page.locator("summary").all()) await details.click();
    const [content, inner] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(content, name).toBeLessThanOrEqual(inner!);
  }
});

test.each(["light", "dark"] as const)("text stands out from its ground (%s)", async (colorScheme) => {
  const page = await open("full.html", { colorScheme });
  const weakest = await weakestContrast(page, "script, noscript, style, :disabled");
  expect(weakest.ratio, weakest.text).toBeGreaterThanOrEqual(4.5);
});

test("a report of nothing says so, without pictures", async () => {
  const page = await open("empty.html");
  expect(await page.textContent("#verdict")).toBe("exact");
  expect(await page.locator("canvas").count()).toBe(0);
  expect(await page.locator("main section").count()).toBe(5);
  for (const section of await page.locator("main section").all())
    expect(await section.locator(".empty").first().textContent()).toMatch(/\.$/);
});

test("the script of the page is data only in JSON that cannot end its element", () => {
  const json = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html)![1]!;
  expect(json).not.toContain("<");
  expect(() => JSON.parse(json)).not.toThrow();
  expect(html.match(/<script\b/g)).toHaveLength(4);
  expect(html).toContain("default-src 'none'");
});
