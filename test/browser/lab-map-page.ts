/**
 * lab-map-page: what tests read off the map: the colours of its frames as they are on the screen, and of its legend.
 */
import type { Page } from "playwright-core";
import { type Layout, pfnAt, TILE_SIDE } from "../../bench/web/views/map/layout.js";
import { openBuiltIn } from "./lab-drop.js";
import { type LabOptions, openLab } from "./lab-harness.js";

export type Rgb = string;

/** The map of the built-in capture. */
export async function newMap(options: LabOptions = {}, address = "#/map"): Promise<Page> {
  const { page } = await openLab(options);
  await openMap(page, address);
  return page;
}

export async function openMap(page: Page, address = "#/map"): Promise<void> {
  await openBuiltIn(page, "nested");
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address);
}

/** Waits until the map shows a column. */
export async function mapShows(page: Page, kind: string, event?: number): Promise<void> {
  const moment = event === undefined ? "[data-event]" : `[data-event="${event}"]`;
  await page.locator(`.map[data-kind="${kind}"]${moment}`).waitFor();
}

/** Goes to a frame by the tool for it. */
export async function goToPfn(page: Page, pfn: number): Promise<void> {
  await page.locator(".map input[name=pfn]").fill(`0x${pfn.toString(16)}`);
  await page.keyboard.press("Enter");
  await page.locator(`.map-frame[data-shown="${pfn}"]`).waitFor();
}

export async function colourBy(page: Page, kind: string): Promise<void> {
  await page.locator(`.map-kinds input[value=${kind}]`).check({ force: true });
  await mapShows(page, kind);
}

/** Waits until the canvas shows what is wanted. */
export async function drawn(page: Page): Promise<void> {
  await page.locator(".map canvas:not([data-busy])").waitFor();
}

/** Workers of the page that start from now on run this first. */
export async function beforeWorkers(page: Page, script: string): Promise<void> {
  await page.context().route(/\/assets\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script};${await response.text()}` });
  });
}

interface Geometry {
  readonly layout: Layout;
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** As the page says of its last drawing. */
export async function geometry(page: Page, nrFrames: number): Promise<Geometry> {
  const data = await page.locator(".map").evaluate((map) => ({ ...(map as HTMLElement).dataset }));
  const [shift, rows] = data.layout!.split(":");
  const places = rows!.split(" ").map(Number);
  const [left, top] = data.corner!.split(",").map(Number);
  const layout = {
    nrFrames,
    colsShift: Number(shift),
    rows: Int32Array.from(places),
    places: new Int32Array(0),
    width: TILE_SIDE << Number(shift),
    height: TILE_SIDE * places.length,
  };
  return { layout, scale: Number(data.scale), left: left!, top: top! };
}

/** The screen's colour in the middle of every frame that is in sight, "r,g,b". */
export async function frameColours(page: Page, nrFrames: number): Promise<Map<number, Rgb>> {
  await drawn(page);
  const { layout, scale, left, top } = await geometry(page, nrFrames);
  const { pixels, width, height } = await screenPixels(page);
  const found = new Map<number, Rgb>();
  for (let y = Math.floor(-top / scale); top + y * scale < height; y++)
    for (let x = Math.floor(-left / scale); left + x * scale < width; x++) {
      const pfn = pfnAt(layout, x, y);
      const px = Math.floor(left + (x + 0.5) * scale);
      const py = Math.floor(top + (y + 0.5) * scale);
      if (pfn < 0 || px < 1 || py < 1 || px >= width - 1 || py >= height - 1) continue;
      const at = (py * width + px) * 4;
      found.set(pfn, `${pixels[at]},${pixels[at + 1]},${pixels[at + 2]}`);
    }
  return found;
}

/** What a visitor sees of the canvas: a picture of the screen, read by the browser itself. */
export async function screenPixels(page: Page): Promise<{ pixels: Buffer; width: number; height: number }> {
  const picture = (await page.locator(".map canvas").screenshot()).toString("base64");
  const read = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const pen = canvas.getContext("2d")!;
    pen.drawImage(image, 0, 0);
    const { data: bytes } = pen.getImageData(0, 0, image.width, image.height);
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return { base64: btoa(text), width: image.width, height: image.height };
  }, picture);
  return { pixels: Buffer.from(read.base64, "base64"), width: read.width, height: read.height };
}

export interface LegendEntry {
  readonly name: string;
  readonly value: number;
  readonly pages: number;
  readonly colour: Rgb;
  readonly isOn: boolean;
}

export function legendOf(page: Page): Promise<LegendEntry[]> {
  return page.locator(".map-legend li:not([hidden]) .map-toggle").evaluateAll((all) =>
    all.map((each) => ({
      name: each.querySelector(".name")!.textContent ?? "",
      value: Number((each as HTMLElement).dataset.value),
      pages: Number(each.querySelector(".map-pages")!.textContent!.replaceAll(",", "")),
      colour: getComputedStyle(each.querySelector(".map-swatch")!)
        .backgroundColor.match(/\d+/g)!
        .slice(0, 3)
        .join(","),
      isOn: each.getAttribute("aria-pressed") === "true",
    })),
  );
}

/** A variable of the style sheet as "r,g,b". */
export function sheetColour(page: Page, name: string): Promise<Rgb> {
  return page.evaluate((variable) => {
    const probe = document.createElement("i");
    probe.style.color = `var(${variable})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color.match(/\d+/g)!.slice(0, 3).join(",");
  }, name);
}
