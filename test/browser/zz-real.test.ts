import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { test } from "vitest";
import { runVerification } from "../../src/cli/run-verification.js";
import { DESIGNS } from "../../src/designs.js";
import { readReportAssets } from "../../src/node/report-assets.js";
import { renderHtml } from "../../src/report/html.js";
import { launchChromium } from "./chromium.js";

test("real", async () => {
  const assets = await readReportAssets();
  const browser = await launchChromium();
  for (const cap of ["tenants", "nested", "forks"]) {
    const { report } = await runVerification(
      `/work/shared/traces/${cap}`,
      DESIGNS,
      `pageledger verify ${cap} --design all --html ${cap}.html`,
    );
    const t0 = performance.now();
    const html = renderHtml(report, assets);
    console.log(
      cap,
      html.length,
      "ms",
      performance.now() - t0,
      report.frameMap.owners.length,
      report.timeline.seconds.length,
      report.result.verdict,
    );
    writeFileSync(`/tmp/report-shots/real-${cap}.html`, html);
    const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    page.on("console", (m) => console.log(cap, m.text()));
    page.on("pageerror", (e) => console.log(cap, "ERR", e.stack));
    await page.goto(pathToFileURL(`/tmp/report-shots/real-${cap}.html`).href);
    console.log(
      await page.evaluate(() => [
        performance.getEntriesByType("navigation")[0]!.duration,
        document.querySelector("canvas#map")!.getAttribute("height"),
      ]),
    );
    await page.waitForTimeout(300);
    for (const s of [
      "header",
      ...["containers", "time", "frames", "designs", "leftovers"].map((x) => `#${x}`),
    ])
      await page
        .locator(s)
        .first()
        .screenshot({ path: `/tmp/report-shots/real-${cap}-${s.replace("#", "")}.png` });
    if (cap === "tenants") {
      await page.locator("#map-zoom button").nth(3).click();
      await page.locator("#map").focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      await page.locator("#frames").screenshot({ path: `/tmp/report-shots/real-${cap}-zoom.png` });
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      await page.setViewportSize({ width: 760, height: 1000 });
      await page.waitForTimeout(300);
      await page.screenshot({ path: `/tmp/report-shots/real-${cap}-print.png`, fullPage: true }); await page.pdf({path:`/tmp/report-shots/real.pdf`,format:"A4",margin:{top:"12mm",bottom:"12mm",left:"12mm",right:"12mm"}});
    }
    await page.close();
  }
  await browser.close();
});
