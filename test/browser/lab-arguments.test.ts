// The view of the arguments in a real browser: a tiny run draws, cancel ends it, a claim ends with a verdict, runs are saved,
// loaded, compared; what is no run is refused; keyboard, 360 px.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Download, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRun } from "../../bench/web/views/arguments/saved-run.js";
import { CLAIMS } from "../../src/argue/claims.js";
import { OUT_OF_SIGHT, weakestContrast } from "./contrast.js";
import { type Lab, type LabOptions, openLab } from "./lab-harness.js";

const TINY =
  "#/arguments?designs=in-page,radix,palette&patterns=uniform&frames=12,13&keys=10&rounds=6&sample=0.1";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pageledger-lab-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(options: LabOptions = {}): Promise<Lab> {
  const lab = await openLab({ hash: TINY, ...options });
  await lab.page.locator('#view[data-state="ready"]').waitFor();
  return lab;
}

async function measureTiny(page: Page): Promise<void> {
  await page.locator(".lookups button[type=submit]").click();
  await page.locator('.lookups[data-state="measured"]').waitFor();
}

async function saved(page: Page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as JSON" }).click(),
  ]);
  return textOf(download);
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), "utf8");
}

test("before anything is measured the view says what will be, and how long it takes", async () => {
  const { page } = await open();
  expect(await page.locator(".lookups").getAttribute("data-state")).toBe("empty");
  expect(await page.locator(".lookups output").textContent()).toMatch(
    /^Takes .* and up to \d+ MiB of memory\.$/,
  );
  expect(await page.locator(".claim-card").count()).toBe(CLAIMS.length);
  expect(await page.locator(".claim-card header h3").allTextContents()).toEqual(
    CLAIMS.map(({ title }, i) => `${i + 1}. ${title}`),
  );
  expect(await page.getByRole("button", { name: "Save as JSON" }).isDisabled()).toBe(true);
  await page.locator('input[name="pattern"]:checked').uncheck();
  expect(await page.locator(".lookups button[type=submit]").isDisabled()).toBe(true);
});

test.each(["isolated", "plain"] as const)("a tiny run draws rows with intervals (%s)", async (headers) => {
  const { page } = await open({ headers });
  await measureTiny(page);
  const chart = page.locator(".lookups table.amount").last();
  expect(await chart.locator("tbody th").allTextContents()).toEqual([
    "in-page",
    "JavaScript: in-page",
    "radix",
    "JavaScript: radix",
    "palette",
    "JavaScript: palette",
    "JavaScript: a Map",
  ]);
  for (const interval of await chart.locator("td.interval").allTextContents())
    expect(interval).toMatch(/^[\d.,]+ to [\d.,]+$/);
  expect(await chart.locator(".whisker").count()).toBe(7);
  expect(await page.locator(".lookups .headline").textContent()).toContain("radix");
  expect(await page.locator(".lookups svg.size-chart circle").count()).toBe(14);
  expect(await page.locator(".lookups .missing").count()).toBe(0);
  expect(await page.locator(".lookups .how").textContent()).toMatch(
    /clock of this page steps by \d+ (µs|ms)/,
  );
  const { lookups, environment } = readRun(await saved(page));
  expect(lookups?.cells).toHaveLength(14);
  expect(environment.isIsolated).toBe(headers === "isolated");
  expect(environment.clockMs).toBeGreaterThan(0);
});

test("every suite is measured beside JavaScript, saved and compared; the argument of 2006 comes first", async () => {
  const { page } = await open({ hash: TINY.replace("frames=12,13", "frames=12") });
  await page.locator('input[name="suite"]:checked').uncheck();
  expect(await page.locator(".lookups button[type=submit]").isDisabled()).toBe(true);
  for (const suite of ["lookup", "frame", "recount", "charge", "uncharge"])
    await page.locator(`input[name="suite"][value="${suite}"]`).check();
  await measureTiny(page);
  expect(await page.locator(".lookups .missing").count()).toBe(0);
  expect(await page.locator(".lookups .results h3").first().textContent()).toBe("In-page against radix");
  expect(await page.locator(".lookups table.ratio tbody th").first().textContent()).toBe(
    "uniform, 2^12 frames",
  );
  const rowsOf = (title: string, head: string) =>
    page.locator(".lookups table.amount", { hasText: title }).filter({ hasText: head }).locator("tbody th");
  const script = (what: string) => ["in-page", "radix", "palette", `JavaScript: ${what}`];
  expect(await rowsOf("lookup with the frame: uniform", "M lookups/s").allTextContents()).toEqual(
    script("objects"),
  );
  expect(await rowsOf("recount, 2^12", "M frames/s").allTextContents()).toEqual(
    expect.arrayContaining(["in-page", "radix", "JavaScript: histogram"]),
  );
  for (const suite of ["charge", "uncharge"])
    expect(await rowsOf(`${suite}: uniform`, "M pages/s").allTextContents()).toEqual(
      expect.arrayContaining(["in-page", "radix", "palette", "JavaScript: a Map"]),
    );
  for (const interval of await page.locator(".lookups table.amount td.interval").allTextContents())
    expect(interval).toMatch(/^([\d.,]+ to [\d.,]+|counted)$/);
  // Every chart can be saved as a picture and as a table.
  const charts = page.locator("#view :is(table.chart, svg.size-chart)");
  expect(await charts.count()).toBeGreaterThan(6);
  // Those in a fold that is closed, too.
  for (const kind of ["PNG", "CSV"])
    expect(await page.locator(`.chart-figure button[aria-label^="${kind} of"]`).count()).toBe(
      await charts.count(),
    );
  const text = await saved(page);
  expect(new Set(readRun(text).lookups!.cells.map(({ suite }) => suite)).size).toBe(5);
  const earlier = join(folder, "suites.json");
  await writeFile(earlier, text);
  await page.locator("#earlier-run").setInputFiles(earlier);
  await page.locator('.runs .results[data-state="loaded"]').waitFor();
  const captions = await page.locator(".runs table.ratio caption").allTextContents();
  expect(captions).toContain("charge: uniform, 2^12 frames: earlier time over now");
  expect(captions).toHaveLength(5);
});

test("another size is picked by keyboard, and charts are saved as PNG and CSV", async () => {
  const { page } = await open();
  await page.locator(".lookups button[type=submit]").focus();
  await page.keyboard.press("Enter");
  await page.locator('.lookups[data-state="measured"]').waitFor();
  const title = () => page.locator(".lookups table.amount caption").last().textContent();
  expect(await title()).toBe("uniform, 2^13 frames");
  await page.locator('input[name="shown-frames"]:checked').focus();
  await page.keyboard.press("ArrowUp");
  expect(await title()).toBe("uniform, 2^12 frames");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("shown-frames");
  const [csv] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "CSV of uniform, 2^12 frames" }).click(),
  ]);
  const lines = (await textOf(csv)).trimEnd().split("\r\n");
  expect(lines[0]).toBe("design,M lookups/s,95 % low,95 % high");
  expect(lines).toHaveLength(8);
  for (const name of ["PNG of uniform, 2^12 frames", "PNG of uniform by number of page frames"]) {
    const [png] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name }).click(),
    ]);
    const bytes = await readFile(await png.path());
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes.length).toBeGreaterThan(5000);
  }
});

test("cancel ends a run at once, and the page measures again", async () => {
  // So long that nobody waits for its end.
  const { page } = await open({
    hash: "#/arguments?designs=in-page,radix&patterns=uniform,zipf&frames=12,13&keys=8&rounds=99&sample=1000",
  });
  await page.locator(".lookups button[type=submit]").click();
  await page.locator('.lookups[data-state="running"]').waitFor();
  await page.locator(".lookups .progress-text", { hasText: "2^12 frames, uniform" }).waitFor();
  // Two that measure would disturb each other.
  expect(await page.getByRole("button", { name: "Measure all" }).isDisabled()).toBe(true);
  await page.locator(".lookups .progress-line button").click();
  await page.locator('.lookups[data-state="empty"]').waitFor();
  expect(await page.locator(".lookups .progress-line").isVisible()).toBe(false);
  // A worker in the middle of a sample goes when the browser gets to it.
  await expect.poll(() => page.workers().length, { timeout: 60_000 }).toBe(0);
  expect(await page.locator(".lookups button[type=submit]").isEnabled()).toBe(true);
});

test("the main thread goes on while the worker measures, and figures outlive the view", async () => {
  const { page } = await open({ hash: TINY.replace("sample=0.1", "sample=10") });
  const turns = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        const place = document.querySelector<HTMLElement>(".lookups")!;
        let taken = 0;
        // A turn of the main thread's own; while it is held up there is none.
        const turn = () => {
          if (place.dataset.state === "running") taken++;
          if (place.dataset.state === "measured") done(taken);
          else setTimeout(turn);
        };
        turn();
        place.querySelector<HTMLElement>("button[type=submit]")!.click();
      }),
  );
  // Turns between the click and the result; a thread that measured itself would have none but those between steps.
  expect(turns).toBeGreaterThan(25);
  await page.goto(page.url().replace(/#.*/, "#/map"));
  await page.locator('#view[data-view="map"]').waitFor();
  await page.goto(page.url().replace(/#.*/, TINY));
  await page.locator('.lookups[data-state="measured"]').waitFor();
  expect(await page.locator(".lookups table.amount").count()).toBeGreaterThan(0);
});

test("a claim ends with a verdict; the run is loaded again and compared", async () => {
  const { page } = await open();
  const card = page.locator("#claim-pointer-share");
  await page.getByRole("button", { name: /^Measure claim 1:/ }).click();
  await page.locator('#claim-pointer-share[data-state="measured"]').waitFor();
  expect(await card.locator(".verdict").textContent()).toMatch(
    /^(holds|holds in part|does not hold|not decided)$/,
  );
  expect(await card.locator(".meaning").textContent()).toContain("0.195 %");
  expect(await card.locator("table.chart tbody tr").count()).toBeGreaterThan(5);
  expect(await card.locator(".again code").textContent()).toBe(
    "npx pageledger argue --quick --only pointer-share",
  );
  await measureTiny(page);
  const text = await saved(page);
  const run = readRun(text);
  expect(run.claims).toHaveLength(1);
  const earlier = join(folder, "earlier.json");
  await writeFile(earlier, text);
  await page.locator("#earlier-run").setInputFiles(earlier);
  await page.locator('.runs .results[data-state="loaded"]').waitFor();
  const ratios = page.locator(".runs table.ratio").first();
  // A run beside itself: the ratio is 1, and its interval holds it.
  expect(await ratios.locator("tbody td.num:not(.interval)").first().textContent()).toMatch(/^1\.00/);
  expect(await page.locator(".runs .compared-claim summary").textContent()).toContain(CLAIMS[0]!.title);
  expect(await page.locator(".runs .facts").textContent()).toContain(run.environment.userAgent);
});

test("a claim is measured on the capture that is open", async () => {
  const { page } = await open({ capture: "test/data/captures/nested" });
  await page.locator(".claims").getByText("what is open:").waitFor();
  await page.locator('input[name="claim-machine"][value="open"]').check();
  const code = page.locator("#claim-flag-bit .again code");
  expect(await code.textContent()).toBe(
    "npx pageledger argue ./nested --quick --only flag-bit  # from the folder that holds it",
  );
  await page.getByRole("button", { name: /^Measure claim 9:/ }).click();
  await page.locator('#claim-flag-bit[data-state="measured"]').waitFor();
  expect(await page.locator(".claims .measured-on").textContent()).toMatch(
    /^Measured on nested: [\d,]+ page frames/,
  );
});

test("claims measured on different machines say so, each its own, also after a cancel", async () => {
  const { page } = await open({ capture: "test/data/captures/nested" });
  const machineOf = (claim: string) => page.locator(`#claim-${claim} .verdict-line bdi`).textContent();
  const machines = async () =>
    readRun(await saved(page)).claims.map(({ machine, arguments: all }) => [
      machine?.name,
      ...all.map(({ claim }) => claim.id),
    ]);
  await page.locator(".claims").getByText("what is open:").waitFor();
  await page.getByRole("button", { name: /^Measure claim 1:/ }).click();
  await page.locator('#claim-pointer-share[data-state="measured"]').waitFor();
  await page.locator('input[name="claim-machine"][value="open"]').check();
  await page.getByRole("button", { name: /^Measure claim 9:/ }).click();
  await page.locator('#claim-flag-bit[data-state="measured"]').waitFor();
  expect(await machineOf("pointer-share")).toBe("generated machine");
  expect(await machineOf("flag-bit")).toBe("nested");
  expect(await page.locator(".claims .measured-on bdi").allTextContents()).toEqual([
    "generated machine",
    "nested",
  ]);
  expect(await machines()).toEqual([
    ["generated machine", "pointer-share"],
    ["nested", "flag-bit"],
  ]);
  // Of all claims the first comes to its end, the others are given up.
  await page.locator('input[name="claim-effort"][value="full"]').check();
  await page.getByRole("button", { name: "Measure all" }).click();
  await page.locator("#claim-pointer-share .verdict-line", { hasText: "full run" }).waitFor();
  await page.locator(".claims .progress-line button").click();
  await page.locator('.claims[data-state="measured"]').waitFor();
  expect(await machineOf("pointer-share")).toBe("nested");
  expect((await machines()).at(-1)?.slice(0, 2)).toEqual(["nested", "pointer-share"]);
});

test("a file that is no run is refused by name and place, and the page goes on", async () => {
  const { page } = await open();
  const hostile: [string, RegExp][] = [
    ["not json", /^hostile\.json: the file is not JSON/],
    ['{"format":"<img src=x onerror=alert(1)>"}', /^hostile\.json: format: is not/],
    [
      '{"format":"pageledger-laboratory-run","formatVersion":1,"date":"2026-01-01"}',
      /environment: is missing/,
    ],
  ];
  for (const [text, message] of hostile) {
    const path = join(folder, "hostile.json");
    await writeFile(path, text);
    await page.locator(".runs .fault").evaluate((line) => {
      line.textContent = "";
    });
    await page.locator("#earlier-run").setInputFiles(path);
    await page.locator(".runs .fault:not(:empty)").waitFor();
    expect(await page.locator(".runs .fault").textContent()).toMatch(message);
  }
  expect(await page.locator(".runs img").count()).toBe(0);
  expect(await page.locator(".runs .results").getAttribute("data-state")).toBe("empty");
  await measureTiny(page);
});

test.each(["light", "dark"] as const)(
  "360 px: no sideways scroll, drawings keep room, text stands out (%s)",
  async (colorScheme) => {
    const { page } = await open({ viewport: { width: 360, height: 740 }, colorScheme });
    await measureTiny(page);
    const [content, inner] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(content).toBeLessThanOrEqual(inner!);
    const row = page.locator(".lookups table.amount").last().locator("tbody tr").first();
    expect(await row.locator(".below").isVisible()).toBe(true);
    expect((await row.locator(".track").boundingBox())!.width).toBeGreaterThan(70);
    const { ratio, text } = await weakestContrast(page, OUT_OF_SIGHT);
    expect(ratio, text).toBeGreaterThanOrEqual(4.5);
  },
);
