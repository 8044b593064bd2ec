// pictures: the screenshots in docs/img, made anew from the committed capture.
//
//   npm run pictures                all of them; the arguments are measured anew, for minutes: on a quiet machine
//   npm run pictures -- report      only these: report, arguments, lab
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launchChromium } from "./chromium.mjs";
import { takeLabPictures } from "./lab-pictures.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const IMAGES = join(ROOT, "docs/img");
const CAPTURE = "test/data/captures/nested";
/** Pages that a command writes. */
const PAGES = {
  report: { arguments: ["verify", CAPTURE], drawn: "canvas", height: 1600 },
  arguments: { arguments: ["argue", CAPTURE], drawn: "table.chart", height: 2500 },
};
const NAMES = [...Object.keys(PAGES), "lab"];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : NAMES;
for (const name of wanted) if (!NAMES.includes(name)) throw new Error(`there is no picture "${name}"`);
const pages = wanted.filter((name) => name in PAGES);

mkdirSync(join(ROOT, "out"), { recursive: true });
/** Relative: a page tells the command that made it. */
const pageOf = (name) => `out/${name}.html`;
for (const name of pages) {
  const command = ["dist/cli/main.js", ...PAGES[name].arguments, "--html", pageOf(name)];
  execFileSync(process.execPath, command, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
}

const browser = await launchChromium();
mkdirSync(IMAGES, { recursive: true });
try {
  for (const name of pages)
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const { drawn, height } = PAGES[name];
      const page = await browser.newPage({ colorScheme, viewport: { width: 1080, height: 900 } });
      await page.goto(pathToFileURL(join(ROOT, pageOf(name))).href);
      await page.locator(drawn).first().waitFor();
      const path = join(IMAGES, `${name}-${colorScheme}.png`);
      await page.screenshot({ path, clip: { x: 0, y: 0, width: 1080, height }, fullPage: true });
      console.log(path.slice(ROOT.length + 1));
      await page.close();
    }
  if (wanted.includes("lab"))
    for (const path of await takeLabPictures(browser, IMAGES, join(ROOT, CAPTURE)))
      console.log(path.slice(ROOT.length + 1));
} finally {
  await browser.close();
}
