import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { test } from "vitest";
import { readReportAssets } from "/work/main/src/node/report-assets.js";
import { renderHtml } from "/work/main/src/report/html.js";
import { launchChromium } from "/work/main/test/browser/chromium.js";
import { emptyReport, madeReport } from "/work/main/test/browser/report-fixture.js";

test("shots", async () => {
  mkdirSync("/tmp/report-shots", { recursive: true });
  const assets = await readReportAssets();
  writeFileSync("/tmp/report-shots/full.html", renderHtml(madeReport(), assets));
  writeFileSync("/tmp/report-shots/empty.html", renderHtml(emptyReport(), assets));
  const browser = await launchChromium();
  for (const [name, file, scheme, width] of [
    ["light", "full", "light", 1280],
    ["dark", "full", "dark", 1280],
    ["narrow", "full", "light", 360],
    ["empty", "empty", "light", 1280],
  ] as const) {
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
    page.on("console", (m) => console.log(name, m.text()));
    page.on("pageerror", (e) => console.log(name, "ERR", e.stack));
    await page.goto(pathToFileURL(`/tmp/report-shots/${file}.html`).href);
    await page.waitForTimeout(400);
    console.log(name, await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]));
    await page.screenshot({ path: `/tmp/report-shots/${name}.png`, fullPage: true });
    if (name !== "empty")
      for (const s of [
        "header",
        ...["containers", "time", "frames", "designs", "leftovers"].map((x) => `#${x}`),
      ])
        await page
          .locator(s)
          .first()
          .screenshot({ path: `/tmp/report-shots/${name}-${s.replace("#", "")}.png` });
    await page.close();
  }
  await browser.close();
});
