/** Use over time in a real browser: what is drawn, read, zoomed, hidden and saved. */
import { readFileSync } from "node:fs";
import type { Download, Page } from "playwright-core";
import { expect, test } from "vitest";
import { goTo, numberOf, openBuiltIn } from "./lab-drop.js";
import { openLab } from "./lab-harness.js";

async function openNested(colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const { page } = await openLab({ colorScheme });
  await openBuiltIn(page, "nested");
  await page.locator(".time-chart[data-drawn]").waitFor();
  await page.locator("#time").scrollIntoViewIfNeeded();
  return page;
}

const legendOf = (page: Page) =>
  page.locator(".use-legend button").evaluateAll((all) =>
    all.map((each) => ({
      name: each.querySelector(".name")!.textContent!,
      value: each.querySelector(".value")!.textContent!,
    })),
  );

/** Colours in a column of the chart's canvas, from the bottom up, with how many pixels each has. */
function columnOf(page: Page, share: number): Promise<Record<string, number>> {
  return page
    .locator(".time-chart")
    .first()
    .evaluate((place, at) => {
      const canvas = place.querySelector("canvas")!;
      const over = place.querySelector<HTMLElement>(".u-over")!;
      const scale = canvas.width / canvas.clientWidth;
      const x = Math.round((over.offsetLeft + over.clientWidth * at) * scale);
      const { data } = canvas.getContext("2d")!.getImageData(x, 0, 1, canvas.height);
      const counts: Record<string, number> = {};
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] !== 255) continue;
        const key = `${data[i]},${data[i + 1]},${data[i + 2]}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    }, share);
}

/** By name, the colour of the swatch as "r,g,b". */
const swatchesOf = (page: Page) =>
  page
    .locator(".use-legend button")
    .evaluateAll((all) =>
      Object.fromEntries(
        all.map((each) => [
          each.querySelector(".name")!.textContent!,
          getComputedStyle(each.querySelector(".swatch")!).backgroundColor.match(/\d+/g)!.join(),
        ]),
      ),
    );

test.each(["light", "dark"] as const)(
  "layers are as high as their containers are large (%s)",
  async (scheme) => {
    const page = await openNested(scheme);
    const legend = await legendOf(page);
    const swatches = await swatchesOf(page);
    // Nothing changes near the end of this capture: the slider's sample is the column before the line.
    const column = await columnOf(page, 0.9);
    const heights = legend.map(({ name, value }) => ({
      mib: numberOf(value),
      pixels: column[swatches[name]!] ?? 0,
    }));
    const held = heights.filter(({ mib }) => mib > 0);
    expect(held.length).toBeGreaterThan(1);
    const whole = { mib: 0, pixels: 0 };
    for (const { mib, pixels } of held) {
      whole.mib += mib;
      whole.pixels += pixels;
    }
    for (const { mib, pixels } of held)
      expect(Math.abs(pixels / whole.pixels - mib / whole.mib)).toBeLessThan(0.03);
  },
);

test("the legend hides and shows a container", async () => {
  const page = await openNested();
  const first = page.locator(".use-legend button").first();
  const colour = (await swatchesOf(page))[(await legendOf(page))[0]!.name]!;
  const total = async () =>
    numberOf((await page.locator("#time-readout").textContent())!.match(/\(([\d,]+) pages?\)/)![1]!);
  const before = await total();
  expect((await columnOf(page, 0.9))[colour]).toBeGreaterThan(10);
  await first.click();
  expect(await first.getAttribute("aria-pressed")).toBe("false");
  await expect.poll(async () => (await columnOf(page, 0.9))[colour] ?? 0).toBe(0);
  expect(await total()).toBeLessThan(before);
  await first.click();
  expect(await total()).toBe(before);
});

test("wheel, buttons, drag and keys zoom; a click moves the slider", async () => {
  const page = await openNested();
  const chart = page.locator(".time-chart").first();
  const range = async () => {
    const [from, to] = await Promise.all([chart.getAttribute("data-from"), chart.getAttribute("data-to")]);
    return Number(to) - Number(from);
  };
  const whole = await range();
  const box = (await chart.locator(".u-over").boundingBox())!;
  const middle = [box.x + box.width / 2, box.y + box.height / 2] as const;
  await page.mouse.move(...middle);
  await page.mouse.wheel(0, -100);
  await expect.poll(range).toBeLessThan(whole);
  await page.getByRole("button", { name: "Show the whole time" }).click();
  await expect.poll(range).toBe(whole);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(range).toBeCloseTo(whole / 2, 5);
  const from = Number(await chart.getAttribute("data-from"));
  await page.getByRole("button", { name: "Pan on" }).click();
  await expect.poll(async () => Number(await chart.getAttribute("data-from"))).toBeGreaterThan(from);
  await chart.focus();
  await page.keyboard.press("Escape");
  await expect.poll(range).toBe(whole);
  await page.mouse.move(...middle);
  await page.mouse.down();
  await page.mouse.move(middle[0] + box.width / 4, middle[1], { steps: 5 });
  await page.mouse.up();
  await expect.poll(range).toBeLessThan(whole * 0.3);
  await page.keyboard.press("Escape");
  await expect.poll(range).toBe(whole);

  for (let i = 0; i < 24; i++) await page.keyboard.press("+");
  const nearest = await range();
  // Of some thousand samples, none is to be looked at between itself and the next.
  expect(nearest).toBeGreaterThan(whole / 2 ** 20);
  expect(nearest).toBeLessThan(whole / 100);
  await page.keyboard.press("+");
  expect((await range()) / nearest).toBeCloseTo(1, 6);
  await page.keyboard.press("Escape");
  await expect.poll(range).toBe(whole);

  const all = Number(await page.locator(".slider .time").getAttribute("max"));
  await page.getByRole("button", { name: "events", exact: true }).click();
  await page.locator(".time-chart[data-drawn]").waitFor();
  await expect.poll(range).toBe(all);
  const over = (await page.locator(".time-chart .u-over").first().boundingBox())!;
  await page.mouse.click(over.x + over.width / 4, over.y + 40);
  await expect
    .poll(async () => Number(await page.locator(".slider").getAttribute("data-event")))
    .toBeLessThan(all);
  const event = Number(await page.locator(".slider").getAttribute("data-event"));
  expect(Math.abs(event / all - 0.25)).toBeLessThan(0.01);
  const line = (await page.locator(".moment-line").first().boundingBox())!;
  expect(Math.abs(line.x + line.width / 2 - (over.x + over.width / 4))).toBeLessThan(3);
});

test("the slider's figures are of its very event, between two samples too", async () => {
  const page = await openNested();
  const all = Number(await page.locator(".slider .time").getAttribute("max"));
  const cellsOf = (head: string) =>
    page.locator("#containers table").evaluate((table, wanted) => {
      const heads = [...table.querySelectorAll("thead th")].map((th) => th.textContent);
      return [...table.querySelectorAll("tbody tr")].map(
        (row) => row.children[heads.indexOf(wanted)]!.textContent,
      );
    }, head);
  for (const event of [Math.floor(all / 3) + 1, Math.floor(all / 3) + 57, Math.floor(all / 2) + 11]) {
    await goTo(page, event);
    const charged = (await cellsOf("charged")).reduce((sum, text) => sum + numberOf(text), 0);
    expect(charged).toBeGreaterThan(0);
    const text = await page.locator("#time-readout").textContent();
    expect(text).toContain(`event ${event.toLocaleString("en-US")}: `);
    expect(text).toContain(`(${charged.toLocaleString("en-US")} page`);
  }
});

test("the pointer's figures are those of the saved table; the picture is a picture", async () => {
  const page = await openNested();
  const save = async (kind: string): Promise<Buffer> => {
    const [file] = await Promise.all([
      page.waitForEvent("download") as Promise<Download>,
      page.locator(`[data-save=${kind}]`).click(),
    ]);
    expect(file.suggestedFilename()).toBe(`nested-use.${kind}`);
    return readFileSync(await file.path());
  };
  const [head = "", ...lines] = (await save("csv")).toString().trimEnd().split("\r\n");
  const names = head.split(",");
  const rows = lines.map((line) => line.split(",").map(Number));
  expect(names.slice(0, 3)).toEqual(["event", "seconds", "events per second"]);
  expect(rows.length).toBeGreaterThan(100);
  const row = rows[Math.floor(rows.length / 2)]!;
  await goTo(page, row[0]!);
  const total = row.slice(3).reduce((sum, pages) => sum + pages, 0);
  expect(await page.locator("#time-readout").textContent()).toContain(
    `(${total.toLocaleString("en-US")} page`,
  );
  const legend = await legendOf(page);
  for (const { name, value } of legend) {
    const pages = row[names.indexOf(`${name} (pages)`)]!;
    expect(Math.abs(numberOf(value) - pages / 256), name).toBeLessThan(0.051);
  }
  const png = await save("png");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBeGreaterThan(800);
  expect(png.readUInt32BE(20)).toBeGreaterThan(500);
});

test("the figures are announced when a key moves the pointer, not when the mouse passes", async () => {
  const page = await openNested();
  const chart = page.locator(".time-chart").first();
  const readout = page.locator("#time-readout");
  expect(await readout.getAttribute("aria-live")).toBe("off");
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await readout.getAttribute("aria-live")).toBe("polite");
  expect(await readout.textContent()).toMatch(/^At the pointer/);
  await chart.hover();
  expect(await readout.getAttribute("aria-live")).toBe("off");
  await page.keyboard.press("ArrowLeft");
  expect(await readout.getAttribute("aria-live")).toBe("polite");
  await page.keyboard.press("Tab");
  expect(await readout.getAttribute("aria-live")).toBe("off");
});

test("another view is named, and takes the focus where its link was in the view before", async () => {
  const page = await openNested();
  const status = page.locator("body > [role=status]:not([id])");
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName);
  expect(await status.textContent()).toBe("");
  await page.locator('#tabs a[href="#/map"]').focus();
  await page.keyboard.press("Enter");
  await page.locator('#view[data-view="map"]').waitFor();
  await expect.poll(() => status.textContent()).toBe("Map of frames");
  // The tab stays, and so does the focus.
  expect(await focused()).toBe("A");
  await page.locator("#view").evaluate((view) => {
    const link = document.createElement("a");
    link.href = "#/replay";
    link.textContent = "back";
    view.append(link);
    link.focus();
  });
  await page.keyboard.press("Enter");
  await page.locator('#view[data-view="replay"]').waitFor();
  await expect.poll(() => status.textContent()).toBe("Replay");
  expect(await focused()).toBe("view");
});
