/** The replay view, the slider and the ways to open something, in a real browser. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Download, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type VerifyResult, verifyCapture } from "../../src/capture/verification.js";
import { DESIGNS } from "../../src/designs.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { loadDesigns } from "../../src/node/modules.js";
import { formatNumber, formatPages } from "../../src/report/html-text.js";
import { A, B, BuiltCapture } from "../capture/built-capture.js";
import { replayLines } from "../capture/replay-lines.js";
import { scanner } from "../capture/scanning.js";
import { OUT_OF_SIGHT, weakestContrast } from "./contrast.js";
import { goTo, numberOf, openBuiltIn } from "./lab-drop.js";
import { type LabOptions, openLab } from "./lab-harness.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CAPTURES = join(ROOT, "test/data/captures");
const NESTED = join(CAPTURES, "nested");

async function open(options: LabOptions = {}): Promise<Page> {
  return (await openLab(options)).page;
}

/** Lines of the CSV that a button of the differences saves. */
async function savedLines(page: Page, what: "counters" | "frames"): Promise<string[]> {
  const [download] = await Promise.all([
    page.waitForEvent("download") as Promise<Download>,
    page.locator(`#differences [data-save=${what}]`).click(),
  ]);
  return readFileSync(await download.path(), "utf8")
    .trimEnd()
    .split("\r\n");
}

async function openNested(options: LabOptions = {}): Promise<Page> {
  const page = await open(options);
  await openBuiltIn(page, "nested");
  await page.locator(".time-chart[data-drawn]").waitFor();
  return page;
}

/** Cells of a table by row head, then column head. */
function tableOf(page: Page, selector: string): Promise<Record<string, Record<string, string>>> {
  return page.locator(selector).evaluate((table) => {
    const heads = [...table.querySelectorAll("thead th")].map((th) => th.textContent ?? "");
    const rows: Record<string, Record<string, string>> = {};
    for (const row of table.querySelectorAll<HTMLElement>("tbody tr")) {
      const cells = [...row.querySelectorAll("th,td")].map((cell) => cell.textContent ?? "");
      const key = row.dataset.container ?? cells[0]!;
      rows[key] = Object.fromEntries(heads.map((head, i) => [head, cells[i]!]));
    }
    return rows;
  });
}

test("with nothing open, the captures that come with the page are offered", async () => {
  const page = await open();
  expect(await page.locator("h1").textContent()).toBe("Whose page is it?");
  const buttons = page.locator("#view [data-capture]");
  await buttons.first().waitFor();
  const names = await buttons.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.capture));
  expect(names.sort()).toEqual(readdirSync(CAPTURES).sort());
  expect(await page.locator(".slider").isVisible()).toBe(false);
});

describe("a capture against the kernel", () => {
  let result: VerifyResult;
  beforeAll(async () => {
    const designs = await loadDesigns(DESIGNS.filter(({ name }) => name === "palette"));
    ({ result } = await verifyCapture(await openCapture(NESTED), { scanner, designs }));
  });

  test("ends in the verdict and the figures of Node", async () => {
    const page = await openNested();
    expect(result.verdict).toBe("exact");
    expect(await page.locator("#view .badge").textContent()).toBe(result.verdict);
    expect(await page.locator("#machine .badge").textContent()).toBe(result.verdict);
    const facts = await page
      .locator("#view .fact-list > div")
      .evaluateAll((all) =>
        all.map((each) => [...each.querySelectorAll("dt,dd")].map((part) => part.textContent ?? "")),
      );
    const fact = (term: string) => facts.find(([head]) => head === term)?.slice(1);
    const { frames, counters, auditDifferences, bytesPerPage } = result.designs[0]!;
    const n = (value: number) => formatNumber(value);
    expect(fact("frames as the kernel has them")).toEqual([
      "100 %",
      `${n(frames.same)} of ${n(frames.steady)} steady`,
    ]);
    expect(fact("frames in flux")?.[0]).toBe(n(frames.inFlux));
    expect(fact("frames missing")?.[0]).toBe(n(frames.missing));
    expect(fact("frames extra")?.[0]).toBe(n(frames.extra));
    const equal = counters.filter((row) => row.kernelPages === row.ledgerPages).length;
    expect(fact("counters as the kernel has them")?.[0]).toBe(`${n(equal)} of ${n(counters.length)}`);
    expect(fact("events")).toEqual([n(result.events), `in ${n(result.lines)} lines`]);
    expect(fact("witnesses")?.[0]).toBe(`${n(result.witnesses.agree)} agree`);
    const palette = (await tableOf(page, "#designs table")).palette!;
    expect([palette["frames same"], palette.missing, palette.extra, palette["in flux"]]).toEqual(
      [frames.same, frames.missing, frames.extra, frames.inFlux].map(n),
    );
    expect(palette["audit differences"]).toBe(n(auditDifferences));
    expect(palette["bytes per page"]).toBe(formatNumber(bytesPerPage, 3));
  });

  test("every counter that differs is listed under its reason", async () => {
    const page = await openNested();
    const differing = result.designs[0]!.counters.filter((row) => row.kernelPages !== row.ledgerPages);
    const reasons = new Set(differing.map(({ reason }) => reason ?? ""));
    expect(differing.length).toBeGreaterThan(0);
    const folds = page.locator("#differences details");
    expect(await folds.count()).toBe(reasons.size);
    for (const fold of await folds.all()) {
      await fold.locator("summary").click();
      await fold.locator("table").waitFor();
    }
    const listed = await page
      .locator("#differences details tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    const expected = differing.map(({ group, item, kernelPages, ledgerPages }) => [
      group,
      item,
      formatPages(kernelPages),
      formatPages(ledgerPages),
      formatPages(ledgerPages - kernelPages).replace("-", "−"),
    ]);
    expect(listed.sort()).toEqual(expected.sort());
    const lines = await savedLines(page, "counters");
    expect(lines[0]).toBe("container,counter,kernel,ledger,reason");
    expect(lines).toHaveLength(1 + differing.length);
    const [first] = differing;
    expect(lines[1]).toMatch(`${first!.group},${first!.item},${first!.kernelPages},${first!.ledgerPages},`);
  });
});

/** Containers and their pages after the first lines of a trace alone. */
async function cutAt(lines: number) {
  const replay = await replayLines(NESTED, lines);
  replay.flush();
  const ledger = replay.ledgers[0]!;
  ledger.core.containerTotals();
  const rows = replay.attribution.groups
    .all()
    .filter(({ online }) => online)
    .map(({ id, path }) => {
      const { anon, file, shmem, kernel, other, charged } = ledger.pages(id, "own");
      const total = ledger.pages(id, "total").charged;
      return [path, { anon, file, shmem, kernel, other, charged, total }] as const;
    });
  return { events: replay.events, rows: Object.fromEntries(rows) };
}

test("at any moment of the slider the counters are those of a replay cut there", async () => {
  const page = await openNested();
  for (const lines of [900, 60_000, 150_000]) {
    const { events, rows } = await cutAt(lines);
    expect(events).toBeGreaterThan(0);
    await goTo(page, events);
    const shown = await tableOf(page, "#containers table");
    const pages = Object.fromEntries(
      Object.entries(shown)
        .filter(([, row]) => !row.container!.endsWith("removed"))
        .map(([path, { container: _, ...cells }]) => [
          path,
          Object.fromEntries(Object.entries(cells).map(([head, text]) => [head, numberOf(text)])),
        ]),
    );
    expect(pages, `event ${events}`).toEqual(rows);
  }
});

test("frames placed otherwise: what nothing explains first, more on demand, all as CSV", async () => {
  const capture = new BuiltCapture();
  capture.older = true;
  const unexplained = 0x4000;
  capture.before.as(8, 1).filePage(B, unexplained);
  capture.frames.set(unexplained, [A]);
  for (let i = 0; i < 1200; i++) capture.frames.set(0x1000 + i, [A]);
  const { trace, groups, stat, frames } = capture.texts();
  const folder = mkdtempSync(join(tmpdir(), "pageledger-lab-"));
  for (const [name, text] of [
    ["trace.txt", trace],
    ["groups.tsv", groups],
    ["memory.stat.tsv", stat],
    ["frames.tsv", frames],
  ] as const)
    writeFileSync(join(folder, name), text);
  try {
    const page = await open({ capture: folder });
    const folds = page.locator("#differences details:has(summary:has-text('frame'))");
    await folds.nth(1).waitFor();
    expect(await folds.count()).toBe(2);
    for (const fold of await folds.all()) await fold.locator("summary").click();
    const rows = (at: number) => folds.nth(at).locator("tbody tr");
    await rows(1).first().waitFor();
    expect(await rows(0).allTextContents()).toEqual([`0x${unexplained.toString(16)}/a/b`]);
    expect(await rows(1).count()).toBe(200);
    const more = folds.nth(1).getByRole("button", { name: "Show more" });
    await more.focus();
    for (let shown = 400; shown <= 1200; shown += 200) {
      expect(await folds.nth(1).locator("p.quiet").textContent()).toBe(
        `The first ${formatNumber(shown - 200)} of 1,200.`,
      );
      // The focus stays where it is.
      await page.keyboard.press("Enter");
      await rows(1)
        .nth(shown - 1)
        .waitFor();
    }
    expect(await more.isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "Frames placed otherwise",
    );
    const pfns = await rows(1).locator("code").allTextContents();
    expect(pfns).toEqual(Array.from({ length: 1200 }, (_, i) => `0x${(0x1000 + i).toString(16)}`));
    const lines = await savedLines(page, "frames");
    expect(lines[0]).toBe("pfn,kernel,ledger,reason");
    expect(lines[1]).toBe(`${unexplained},/a,/b,`);
    expect(lines).toHaveLength(1 + 1 + 1200);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the slider goes by keys: one event, one percent, the ends", async () => {
  const page = await openNested();
  const slider = page.locator(".slider .time");
  const all = Number(await slider.getAttribute("max"));
  const percent = Math.max(1, Math.round(all / 100));
  await slider.focus();
  const at = async (event: number) => {
    await page.locator(`.slider[data-event="${event}"]`).waitFor();
    expect(await slider.inputValue()).toBe(String(event));
    expect(await page.locator("#containers .summary").getAttribute("data-moment")).toBe(String(event));
  };
  await at(all);
  for (const [key, event] of [
    ["ArrowLeft", all - 1],
    ["PageDown", all - 1 - percent],
    ["Shift+ArrowLeft", all - 1 - 2 * percent],
    ["PageUp", all - 1 - percent],
    ["ArrowRight", all - percent],
    ["Home", 0],
    ["ArrowLeft", 0],
    ["End", all],
  ] as const) {
    await page.keyboard.press(key);
    await at(event);
  }
  expect(await slider.getAttribute("aria-valuetext")).toContain(`event ${formatNumber(all)} of`);
  await page.getByRole("button", { name: "Back by one event" }).click();
  await at(all - 1);
});

test("the tree folds and is walked by keys", async () => {
  const page = await openNested();
  const rows = page.locator("#containers tbody tr");
  const before = await rows.count();
  const parent = page.locator("#containers tbody tr[data-container='/pl/org/team-a']");
  await parent.focus();
  const path = await parent.getAttribute("data-container");
  const current = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.container);
  await page.keyboard.press("ArrowDown");
  expect(await current()).toMatch(new RegExp(`^${path === "/" ? "" : path}/[^/]+$`));
  await page.keyboard.press("ArrowLeft");
  expect(await current()).toBe(path);
  await page.keyboard.press("ArrowLeft");
  expect(await parent.getAttribute("aria-expanded")).toBe("false");
  expect(await rows.count()).toBeLessThan(before);
  await page.keyboard.press("ArrowRight");
  expect(await rows.count()).toBe(before);
  await page.keyboard.press("End");
  expect(await current()).toBe(await rows.last().getAttribute("data-container"));
  expect(await page.locator('#containers tbody tr[tabindex="0"]').count()).toBe(1);
  await page.getByRole("button", { name: "MiB", exact: true }).click();
  const cells = await page.locator("#containers tbody td").allTextContents();
  expect(cells.some((text) => text.includes("."))).toBe(true);
});

test.each([360, 768, 1280])("no sideways scroll of the page at %i px", async (width) => {
  const page = await open({ viewport: { width, height: 700 } });
  const widths = () =>
    page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth] as const);
  await page.locator("#view [data-capture]").first().waitFor();
  const [idle, inner] = await widths();
  expect(idle).toBeLessThanOrEqual(inner);
  await openBuiltIn(page, "limits");
  await page.locator(".time-chart[data-drawn]").waitFor();
  for (const summary of await page.locator("summary").all()) await summary.click();
  await page.getByRole("button", { name: "Open…" }).click();
  const [ready] = await widths();
  expect(ready).toBeLessThanOrEqual(inner);
});

test.each(["light", "dark"] as const)("text stands out from its ground (%s)", async (colorScheme) => {
  const page = await openNested({ colorScheme });
  for (const summary of await page.locator("summary").all()) await summary.click();
  const { ratio, text } = await weakestContrast(page, OUT_OF_SIGHT);
  expect(ratio, text).toBeGreaterThanOrEqual(4.5);
});

test("a page that is not isolated says so in a line, and opens captures all the same", async () => {
  const page = await openNested({ headers: "plain" });
  expect(await page.locator("#isolation").textContent()).toContain("Remedy:");
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
});
