// pictures: the screenshots in docs/img, made anew from the committed capture.
//
//   npm run pictures
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const html = join(ROOT, "out/nested.html");
const command = ["dist/cli/main.js", "verify", "test/data/captures/nested", "--html", html];
execFileSync(process.execPath, command, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });

// Read when the package is loaded: with it, the browser brings the libraries that a bare system lacks.
process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs20.x";
const { default: packed } = await import("@sparticuz/chromium");
const browser = await chromium.launch({
  executablePath: process.env.PAGELEDGER_CHROMIUM ?? (await packed.executablePath()),
  args: ["--headless=shell", "--no-sandbox", "--disable-gpu"],
});
mkdirSync(join(ROOT, "docs/img"), { recursive: true });
try {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1080, height: 900 } });
    await page.goto(pathToFileURL(html).href);
    await page.locator("canvas").first().waitFor();
    const path = join(ROOT, `docs/img/report-${colorScheme}.png`);
    await page.screenshot({ path, clip: { x: 0, y: 0, width: 1080, height: 1600 }, fullPage: true });
    console.log(path.slice(ROOT.length + 1));
    await page.close();
  }
} finally {
  await browser.close();
}
