/** The page of arguments in a real browser, opened from a file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLAIMS } from "../../src/argue/claims.js";
import { renderArguments } from "../../src/argue/html.js";
import { madeArguments } from "../unit/argue/argue-fixture.js";
import { weakestContrast } from "./contrast.js";
import { openPage } from "./pages.js";

let folder: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pageledger-argue-"));
  await writeFile(join(folder, "page.html"), renderArguments(madeArguments()));
  url = pathToFileURL(join(folder, "page.html")).href;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("claims, verdicts and links; hostile text stays text", async () => {
  const page = await openPage(url);
  expect(await page.locator("main section").count()).toBe(CLAIMS.length);
  const links = await page
    .locator(".verdicts a")
    .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).hash));
  expect(links).toEqual(CLAIMS.map(({ id }) => `#${id}`));
  expect(await page.evaluate(() => "broken" in window)).toBe(false);
  expect(await page.locator("img, script").count()).toBe(0);
});

test("error bars lie where their figures say", async () => {
  const page = await openPage(url);
  const boxes = await page.evaluate(() =>
    [...document.querySelectorAll("#pointer-share table.ratio tbody tr")].map((row) => {
      const box = (name: string) => {
        const { left, right } = row.querySelector(name)!.getBoundingClientRect();
        return { left, right, middle: (left + right) / 2 };
      };
      return {
        one: box(".one"),
        limit: box(".limit"),
        whisker: box(".whisker"),
        point: box(".point"),
        track: box(".track"),
      };
    }),
  );
  const [narrow, wide] = boxes as [(typeof boxes)[0], (typeof boxes)[0]];
  // 1.01 to 1.03 about 1.02: right of the line at 1, left of the limit of 1.05.
  expect(narrow.one.left).toBeLessThan(narrow.whisker.left);
  expect(narrow.whisker.right).toBeLessThan(narrow.limit.left);
  expect(narrow.point.middle).toBeGreaterThan(narrow.whisker.left);
  expect(narrow.point.middle).toBeLessThan(narrow.whisker.right);
  // The scale is the same in each row: 1 is at one place.
  expect(narrow.one.left).toBeCloseTo(wide.one.left, 1);
  // 0.9 to 40: cut at the edge of the track, not beyond it.
  expect(wide.whisker.right).toBeCloseTo(wide.track.right, 0);
  const bar = page.locator("#pointer-share table.amount .bar-of").first();
  expect((await bar.boundingBox())!.width).toBeGreaterThan(30);
});

test.each([320, 360, 768, 1280])("no sideways scroll of the page at %i px", async (width) => {
  const page = await openPage(url, { viewport: { width, height: 700 } });
  const [content, inner] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    window.innerWidth,
  ]);
  expect(content).toBeLessThanOrEqual(inner!);
});

test.each(["light", "dark"] as const)("text stands out from its ground (%s)", async (colorScheme) => {
  const page = await openPage(url, { colorScheme });
  const weakest = await weakestContrast(page);
  expect(weakest.ratio, weakest.text).toBeGreaterThanOrEqual(4.5);
});

test("a narrow window keeps the drawing and moves the interval below its figure", async () => {
  for (const [width, isNarrow] of [
    [360, true],
    [1280, false],
  ] as const) {
    const page = await openPage(url, { viewport: { width, height: 700 } });
    const row = page.locator("#pointer-share table.ratio tbody tr").first();
    expect(await row.locator(".below").isVisible()).toBe(isNarrow);
    expect(await row.locator("td.interval").isVisible()).toBe(!isNarrow);
    expect((await row.locator(".track").boundingBox())!.width).toBeGreaterThan(80);
  }
});

test("times are folded away, and open without a script", async () => {
  const page = await openPage(url);
  const details = page.locator("#pointer-share details");
  const chart = details.locator("table.chart");
  expect(await chart.isVisible()).toBe(false);
  await details.locator("summary").click();
  expect(await chart.isVisible()).toBe(true);
});

test("a screen reader has every figure and none of the drawing", async () => {
  const page = await openPage(url);
  const table = page.locator("#pointer-share table.chart").first();
  expect(await table.locator("caption").textContent()).toContain("Ratios");
  expect(await table.locator("tbody th[scope=row]").allTextContents()).toEqual(["narrow", "wide"]);
  const hidden = await page
    .locator("table.chart .plot")
    .evaluateAll((all) => all.every((cell) => cell.getAttribute("aria-hidden") === "true"));
  expect(hidden).toBe(true);
});
