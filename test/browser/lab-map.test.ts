/** The map of frames in a real browser: what is on the screen, against a ledger replayed in Node. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { OUT_OF_SIGHT, weakestContrast } from "./contrast.js";
import { type Cut, cutReplay } from "./cut-replay.js";
import { pngSize, savedChart } from "./downloads.js";
import { goTo, numberOf } from "./lab-drop.js";
import { openLab } from "./lab-harness.js";
import {
  beforeWorkers,
  colourBy,
  drawn,
  frameColours,
  goToPfn,
  legendOf,
  mapShows,
  newMap,
  openMap,
  sheetColour,
} from "./lab-map-page.js";

const NESTED = join(fileURLToPath(new URL("../../", import.meta.url)), "test/data/captures/nested");

let end: Cut;
let owned: number[];

beforeAll(async () => {
  end = await cutReplay(NESTED);
  owned = [];
  for (let pfn = 0; pfn < end.nrFrames; pfn++) if (end.frame(pfn).owner !== "") owned.push(pfn);
});

/** A frame with many owned ones around it, so that its surroundings say something. */
function busyFrame(): number {
  let best = owned[0]!;
  let most = 0;
  for (let i = 0, from = 0; i < owned.length; i++) {
    while (owned[i]! - owned[from]! > 512) from++;
    const owners = new Set(owned.slice(from, i + 1).map((pfn) => end.frame(pfn).owner)).size;
    const score = (i - from) * owners;
    if (score > most) {
      most = score;
      best = owned[from]!;
    }
  }
  return best;
}

/** "event 1,695, 0.037413 s" → 1695 */
const eventOf = (text: string) => numberOf(text.replace(/, [\d.]+ s$/, ""));

/** The page names a removed container so. */
const pathOf = (label: string) => label.replace(/ \(removed\)$/, "");

async function expectOwners(page: Page, cut: Cut): Promise<number> {
  const legend = await legendOf(page);
  const colours = new Map(legend.map(({ name, colour }) => [pathOf(name), colour]));
  const seen = await frameColours(page, cut.nrFrames);
  expect(seen.size).toBeGreaterThan(1000);
  let nrOwned = 0;
  const wrong: string[] = [];
  for (const [pfn, colour] of seen) {
    const { owner } = cut.frame(pfn);
    if (owner !== "") nrOwned++;
    const expected = colours.get(owner === "" ? "no owner" : owner);
    if (colour !== expected) wrong.push(`${pfn.toString(16)} of ${owner}: ${colour}, not ${expected}`);
  }
  expect(wrong.slice(0, 5)).toEqual([]);
  return nrOwned;
}

describe("colours on the screen", () => {
  test.each(["isolated", "plain"] as const)(
    "are those of the owners, at the end and at moments of the slider (%s)",
    async (headers) => {
      const page = await newMap({ headers });
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(headers === "isolated");
      await mapShows(page, "owner", end.events);
      await goToPfn(page, busyFrame());
      expect(await expectOwners(page, end)).toBeGreaterThan(50);
      for (const lines of [40_000, 150_000]) {
        const cut = await cutReplay(NESTED, lines);
        await goTo(page, cut.events);
        await mapShows(page, "owner", cut.events);
        await expectOwners(page, cut);
      }
    },
  );

  test.each(["type", "lru", "order"] as const)("are those of the %s", async (kind) => {
    const page = await newMap({}, `#/map?by=${kind}&pfn=${busyFrame()}`);
    await mapShows(page, kind, end.events);
    await page.locator(".map-frame[data-shown]").waitFor();
    const legend = await legendOf(page);
    const colours = new Map(legend.map(({ value, colour }) => [value, colour]));
    const values = new Set<number>();
    for (const [pfn, colour] of await frameColours(page, end.nrFrames)) {
      const value = end.frame(pfn)[kind];
      values.add(value);
      if (colour !== colours.get(value)) expect([pfn, colour]).toEqual([pfn, colours.get(value)]);
    }
    expect(values.size).toBeGreaterThan(1);
  });

  test("are those of the age that a frame's history tells", async () => {
    const page = await newMap();
    await mapShows(page, "owner", end.events);
    await colourBy(page, "age");
    const some = owned.filter((_, i) => i % Math.ceil(owned.length / 5) === 0);
    expect(some.length).toBeGreaterThan(3);
    for (const pfn of some) {
      await goToPfn(page, pfn);
      const when = await page.locator(".map-history .map-when").first().textContent();
      const last = eventOf(when!);
      const value = 1 + Math.floor(Math.log2(1 + end.events - last));
      const entry = (await legendOf(page)).find((each) => each.value === value);
      expect((await frameColours(page, end.nrFrames)).get(pfn)).toBe(entry?.colour);
    }
  });

  test("follow the theme", async () => {
    const page = await newMap({ colorScheme: "dark" });
    await mapShows(page, "owner", end.events);
    await goToPfn(page, busyFrame());
    await expectOwners(page, end);
    expect((await legendOf(page)).find(({ value }) => value === 0)?.colour).toBe(
      await sheetColour(page, "--free"),
    );
  });
});

describe("the legend", () => {
  test("counts the pages of the moment", async () => {
    const page = await newMap();
    await mapShows(page, "owner", end.events);
    const counts = new Map<string, number>();
    for (const pfn of owned) {
      const { owner } = end.frame(pfn);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const listed = (await legendOf(page)).filter(({ value, pages }) => value !== 0 && pages > 0);
    expect(Object.fromEntries(listed.map(({ name, pages }) => [pathOf(name), pages]))).toEqual(
      Object.fromEntries(counts),
    );
  });

  test("filters by click and by key", async () => {
    const page = await newMap();
    await mapShows(page, "owner", end.events);
    const pfn = busyFrame();
    await goToPfn(page, pfn);
    const dim = await sheetColour(page, "--dim");
    const entry = (await legendOf(page)).find(({ name }) => pathOf(name) === end.frame(pfn).owner)!;
    const drawn = async (filtered: number) => {
      await page.locator(`.map[data-filtered="${filtered}"]`).waitFor();
      return (await frameColours(page, end.nrFrames)).get(pfn);
    };
    const toggle = page.locator(`.map-toggle[data-value="${entry.value}"]`);
    await toggle.click();
    expect(await drawn(1)).toBe(dim);
    expect(await toggle.getAttribute("aria-pressed")).toBe("false");
    await page.keyboard.press("Space");
    expect(await drawn(0)).toBe(entry.colour);
    await page.locator(`[data-only="${entry.value}"]`).focus();
    await page.keyboard.press("Enter");
    const all = await page.locator(".map-legend li").count();
    expect(await drawn(all - 1)).toBe(entry.colour);
    expect((await legendOf(page)).filter(({ isOn }) => isOn).map(({ value }) => value)).toEqual([
      entry.value,
    ]);
    await page.locator("[data-show-all]").click();
    expect(await drawn(0)).toBe(entry.colour);
  });
});

test("a frame below the pointer tells what it is and what happened to it; a click pins it", async () => {
  const page = await newMap();
  await mapShows(page, "owner", end.events);
  const pfn = busyFrame();
  await goToPfn(page, pfn);
  const panel = page.locator(".map-frame");
  await page.getByRole("button", { name: "Let go" }).click();
  expect(await panel.getAttribute("data-shown")).toBeNull();
  // The jump has put the frame into the middle.
  const box = (await page.locator(".map canvas").boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator(`.map-frame[data-shown="${pfn}"]`).waitFor();
  const text = await panel.innerText();
  expect(text).toContain(`pfn 0x${pfn.toString(16)}`);
  expect(text).toContain(end.frame(pfn).owner);
  expect(text).toContain(`order ${end.frame(pfn).order - 1}`);
  const past = await page.locator(".map-history li .name").allTextContents();
  expect(past.some((each) => each.includes(end.frame(pfn).owner))).toBe(true);
  const times = await page.locator(".map-history .map-when").allTextContents();
  const events = times.map(eventOf);
  expect(events).toEqual([...events].sort((a, b) => b - a));
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(".map-frame.pinned").waitFor();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2);
  expect(await panel.getAttribute("data-pfn")).toBe(String(pfn));
  await page.keyboard.press("Escape");
});

test("keys move the cursor, zoom, pin and let go", async () => {
  const page = await newMap();
  await mapShows(page, "owner", end.events);
  const pfn = owned.find((each) => each % 64 === 0) ?? owned[0]! - (owned[0]! % 64);
  await goToPfn(page, pfn);
  await page.locator(".map canvas").focus();
  const shown = (wanted: number) => page.locator(`.map-frame[data-shown="${wanted}"]`).waitFor();
  // In Z order the frame to the right differs in bit 0, the one below in bit 1.
  for (const [key, wanted] of [
    ["ArrowRight", pfn + 1],
    ["ArrowDown", pfn + 3],
    ["ArrowLeft", pfn + 2],
    ["ArrowUp", pfn],
  ] as const) {
    await page.keyboard.press(key);
    await shown(wanted);
  }
  await drawn(page);
  const scale = Number(await page.locator(".map").getAttribute("data-scale"));
  await page.keyboard.press("+");
  await page.locator(`.map[data-scale="${scale * 2}"]`).waitFor();
  await page.keyboard.press("-");
  await page.locator(`.map[data-scale="${scale}"]`).waitFor();
  await drawn(page);
  const corner = await page.locator(".map").getAttribute("data-corner");
  await page.keyboard.press("Shift+ArrowRight");
  await page.locator(`.map:not([data-corner="${corner}"])`).waitFor();
  await page.keyboard.press("0");
  await page.locator('.map[data-corner="0,0"]').waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".map-frame:not([data-pfn])").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.locator(".map-frame[data-shown]").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".map-frame.pinned").waitFor();
});

test("a jump to what is no frame says why", async () => {
  const page = await newMap();
  await mapShows(page, "owner", end.events);
  const field = page.locator(".map input[name=pfn]");
  for (const [text, reason] of [
    ["<b>", "A pfn is a number"],
    ["0xffffffff", "The last frame is 0x"],
  ] as const) {
    await field.fill(text);
    await page.keyboard.press("Enter");
    expect(await page.locator("#map-jump-fault").textContent()).toContain(reason);
  }
  // A frame in a row that was left out comes into the plane.
  await goToPfn(page, 4096);
  expect(await page.locator(".map-frame").innerText()).toContain("not allocated");
});

test("figures are those of the ledger", async () => {
  const page = await newMap();
  await page.locator(`.map-figures[data-event="${end.events}"]`).waitFor();
  const blocks = new Map<number, Set<string>>();
  for (const pfn of owned) {
    const block = Math.floor(pfn / 64);
    if (!blocks.has(block)) blocks.set(block, new Set());
    blocks.get(block)!.add(end.frame(pfn).owner);
  }
  const expected = [1, 2, 3].map((n) => [...blocks.values()].filter(({ size }) => size === n).length);
  const listed = await page.locator('[data-figure="blocks"] tbody td:nth-of-type(1)').allTextContents();
  expect(listed.slice(1, 4).map(numberOf)).toEqual(expected);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the figures as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("nested-map.csv");
  for (const chart of await page.locator("[data-figure]").all()) {
    const { png, lines } = await savedChart(page, chart);
    expect(pngSize(png)![1]).toBeGreaterThan(200);
    expect(lines).toHaveLength(1 + (await chart.locator("tbody tr").count()));
  }
  const picture = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the map as PNG" }).click();
  expect((await picture).suggestedFilename()).toBe("nested-map.png");
});

test("a lost graphics context is said, and the map comes back with it", async () => {
  const { page } = await openLab();
  await beforeWorkers(
    page,
    `const make = OffscreenCanvas.prototype.getContext;
    OffscreenCanvas.prototype.getContext = function (...how) { return (self.gl = make.apply(this, how)); }`,
  );
  await openMap(page);
  await mapShows(page, "owner", end.events);
  await goToPfn(page, busyFrame());
  await drawn(page);
  const bytes = await page.locator(".map").getAttribute("data-texture-bytes");
  const names = await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.name)));
  const painter = page.workers()[names.indexOf("painter")]!;
  await painter.evaluate(() => {
    const { gl } = self as unknown as { gl: WebGL2RenderingContext };
    const loss = gl.getExtension("WEBGL_lose_context")!;
    addEventListener("bring-back", () => loss.restoreContext());
    loss.loseContext();
  });
  await page.locator(".map-lost").waitFor();
  await painter.evaluate(() => dispatchEvent(new Event("bring-back")));
  await page.locator('.map[data-lost="false"]').waitFor();
  await expectOwners(page, end);
  // All of them again, that of the last picture too.
  expect(await page.locator(".map").getAttribute("data-texture-bytes")).toBe(bytes);
});

describe("where a worker cannot draw, the page does:", () => {
  const noWorkerWebGl = "OffscreenCanvas.prototype.getContext = () => null";

  test("no WebGL2 in workers", async () => {
    const { page } = await openLab();
    await beforeWorkers(page, noWorkerWebGl);
    await openMap(page);
    await mapShows(page, "owner", end.events);
    await goToPfn(page, busyFrame());
    await expectOwners(page, end);
  });

  test("no canvas for workers; a context that is lost comes back there too", async () => {
    const { page } = await openLab();
    await page.evaluate(() => {
      Reflect.deleteProperty(HTMLCanvasElement.prototype, "transferControlToOffscreen");
    });
    await openMap(page);
    await mapShows(page, "owner", end.events);
    await goToPfn(page, busyFrame());
    await page.evaluate(() => {
      const gl = document.querySelector<HTMLCanvasElement>(".map canvas")!.getContext("webgl2")!;
      const loss = gl.getExtension("WEBGL_lose_context")!;
      addEventListener("bring-back", () => loss.restoreContext());
      loss.loseContext();
    });
    await page.locator(".map-lost").waitFor();
    await page.evaluate(() => dispatchEvent(new Event("bring-back")));
    await page.locator('.map[data-lost="false"]').waitFor();
    await expectOwners(page, end);
  });

  test("no WebGL2 at all: the view says so, with the remedy", async () => {
    const { page } = await openLab();
    await beforeWorkers(page, noWorkerWebGl);
    await page.evaluate(() => {
      const make = HTMLCanvasElement.prototype.getContext as (...how: unknown[]) => null;
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...how: unknown[]) {
        return how[0] === "webgl2" ? null : make.apply(this, how);
      };
    });
    await openMap(page);
    await page.locator('.map[data-state="no-webgl"]').waitFor();
    expect(await page.locator(".map").innerText()).toContain("Remedy:");
  });
});

test.each([
  [360, "dark"],
  [768, "light"],
] as const)("at %i px nothing scrolls sideways, and text stands out (%s)", async (width, colorScheme) => {
  const page = await newMap({ viewport: { width, height: 740 }, colorScheme });
  await page.locator(".map-figures[data-event]").waitFor();
  await goToPfn(page, busyFrame());
  const [scroll, inner] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    window.innerWidth,
  ]);
  expect(scroll).toBeLessThanOrEqual(inner!);
  const { ratio, text } = await weakestContrast(page, OUT_OF_SIGHT);
  expect(ratio, text).toBeGreaterThanOrEqual(4.5);
});
