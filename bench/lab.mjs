// lab: the laboratory as a visitor has it, from its own server, in a headless Chromium.
//
//   load     first paint; until the empty replay view can be used; code that is fetched, packed
//   open     the built-in capture `nested`, and `forks` where it is at hand, beside verifyCapture in Node
//   seek     to random events; the longest task of the main thread meanwhile, with the map and without
//   map      frames per second while panning and while zooming, textures
//   long     peak memory of the page at a trace of any length; full runs only
//
// "Again" is the second time: in a process and a page that have opened the capture before.  Both keep their compiled modules,
// the page in the worker of the first opening.
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { launchChromium } from "../tools/chromium.mjs";
import { findCapture, keep, median, ROOT } from "./lib/environment.mjs";
import * as browserOf from "./lib/lab-browser.mjs";
import { codeOfPage } from "./lib/lab-weight.mjs";
import { xorshift } from "./lib/random.mjs";
import * as table from "./lib/table.mjs";

const DESIGN = "palette";
const BUILT_IN = "nested";
const LARGE = join(ROOT, "../shared/traces/forks");
const SEED = 2006;
const NAMED = { nested: join(ROOT, "test/data/captures", BUILT_IN), forks: LARGE };

/** @param {{ loads: number, opens: number, seeks: number, dragSteps: number, mapShift: number, textBytes: number, withLarge: boolean }} parameters */
export async function lab(parameters) {
  const { loads, opens, seeks, dragSteps, mapShift, textBytes, withLarge } = parameters;
  const browser = await launchChromium();
  try {
    const captures = ["nested", ...(withLarge && existsSync(LARGE) ? ["forks"] : [])];
    const load = await measureLoad(browser, loads);
    const weight = await codeOfPage(browser, BUILT_IN);
    const open = {};
    const moments = {};
    for (const name of captures) {
      open[name] = await measureOpen(browser, name, opens);
      moments[name] = await measureMoments(browser, name, seeks, dragSteps);
    }
    const map = await measureMap(browser, mapShift);
    const long = textBytes > 0 ? await measureLong(textBytes) : undefined;
    const results = { browser: browser.version(), load, weight, open, moments, map, long };
    print(results);
    keep("lab", { ...parameters, design: DESIGN, captures }, results);
  } finally {
    await browser.close();
  }
}

async function measureLoad(browser, loads) {
  const times = [];
  let longest;
  await browserOf.withServer(undefined, async (origin) => {
    // The first load has the server pack its files, and is not kept; the last is looked into.
    for (let i = 0; i <= loads; i++)
      await browserOf.withPage(browser, async (page) => {
        const found = await browserOf.loadTimes(page, origin);
        if (i > 0) times.push(found);
      });
    await browserOf.withPage(browser, async (page) => {
      longest = await browserOf.longestTask(page, () => browserOf.loadTimes(page, origin));
    });
  });
  return { times, longest };
}

/** Each time a new process and a new page, in turns: what else the machine does is in both.  The median of each counts. */
async function measureOpen(browser, name, opens) {
  const node = [];
  const page = [];
  let events = 0;
  for (let i = 0; i < opens; i++) {
    const args = [join(ROOT, "bench/lib/verify-times.mjs"), NAMED[name], DESIGN, "2"];
    const told = JSON.parse(execFileSync(process.execPath, args).toString());
    events = told.events;
    node.push(told.ms);
    page.push(await openTwice(browser, name));
  }
  const figures = (at) => ({
    nodeMs: median(node.map((ms) => ms[at])),
    openMs: median(page.map((times) => times[at].openMs)),
    wallMs: median(page.map((times) => times[at].wallMs)),
  });
  return {
    events,
    first: figures(0),
    again: figures(1),
    samples: { node, page },
  };
}

function openTwice(browser, name) {
  const isBuiltIn = name === BUILT_IN;
  return browserOf.withServer(isBuiltIn ? undefined : NAMED[name], (origin) =>
    browserOf.withPage(browser, async (page) => {
      await page.goto(origin);
      const times = [];
      if (isBuiltIn) times.push(await browserOf.openBy(page, `#view [data-capture="${name}"]`));
      else {
        const openMs = await browserOf.untilOpen(page);
        // From the navigation: the page opens it by itself.
        times.push({ openMs, wallMs: await page.evaluate(() => performance.now()) });
      }
      await page.locator("#machine").getByRole("button", { name: "Close" }).click();
      times.push(await browserOf.openBy(page, "#machine button.again"));
      return times;
    }),
  );
}

/** The page at one capture, as a visitor goes through it; each step's longest task beside. */
async function measureMoments(browser, name, seeks, dragSteps) {
  const random = xorshift(SEED);
  return browserOf.withServer(NAMED[name], (origin) =>
    browserOf.withPage(browser, async (page) => {
      const drag = async () => {
        await browserOf.dragSlider(page, dragSteps);
        await browserOf.settled(page);
      };
      const opening = await browserOf.longestTask(page, async () => {
        await page.goto(origin);
        await browserOf.untilOpen(page);
        await page.locator(".time-chart[data-drawn]").waitFor();
      });
      const events = await browserOf.eventsOf(page);
      const wanted = Array.from({ length: seeks }, () => random() % events);
      let seekMs = [];
      const seeking = await browserOf.longestTask(page, async () => {
        seekMs = await browserOf.seekTimes(page, wanted);
      });
      const dragging = await browserOf.longestTask(page, drag);
      const mapDrawn = await browserOf.longestTask(page, async () => {
        await page.evaluate(() => {
          location.hash = "#/map";
        });
        await page.locator('.map[data-state="ready"][data-event]').waitFor();
      });
      const mapDragging = await browserOf.longestTask(page, drag);
      return { seekMs, longest: { opening, seeking, dragging, mapDrawn, mapDragging } };
    }),
  );
}

async function measureMap(browser, shift) {
  return browserOf.withServer(undefined, (origin) =>
    browserOf.withPage(browser, async (page) => {
      const map = page.locator('.map[data-state="ready"][data-event]');
      const opening = await browserOf.longestTask(page, async () => {
        await page.goto(`${origin}/#/map?synthetic=${shift}`);
        await map.waitFor({ timeout: 120_000 });
      });
      const panning = await browserOf.longestTask(page, async () => {
        await page.locator("[data-measure]").click();
        await page.locator(".map[data-fps]").waitFor({ timeout: 120_000 });
      });
      return {
        frames: 2 ** shift,
        fps: Number(await map.getAttribute("data-fps")),
        zoomFps: Number(await map.getAttribute("data-zoom-fps")),
        textureBytes: Number(await map.getAttribute("data-texture-bytes")),
        renderer: await browserOf.rendererOf(page),
        longest: { opening, panning },
      };
    }),
  );
}

/** In a browser of its own: the most that a process ever had is told by process. */
async function measureLong(textBytes) {
  const { name, path } = findCapture("forks", "nested");
  const folder = join(ROOT, "out/bench");
  const text = join(folder, "lab-long-trace.txt");
  mkdirSync(folder, { recursive: true });
  const browser = await launchChromium();
  try {
    rmSync(text, { force: true });
    let repeats = 0;
    do {
      table.progress(0, 1, `lab: ${name}, ${++repeats} times`);
      const append = createWriteStream(text, { flags: "a" });
      await pipeline(createReadStream(join(path, "trace.txt.gz")), createGunzip(), append);
    } while (statSync(text).size < textBytes);
    return await browserOf.withServer(text, (origin) =>
      browserOf.withPage(browser, async (page) => {
        await page.goto(origin);
        const openMs = await browserOf.untilOpen(page, 900_000);
        const events = await browserOf.eventsOf(page);
        const [seekMs] = await browserOf.seekTimes(page, [Math.floor(events / 2)]);
        const peakBytes = await browserOf.peakRendererBytes(browser);
        const skipped =
          peakBytes === undefined ? "no /proc tells what a process of the browser has" : undefined;
        return {
          capture: name,
          repeats,
          textBytes: statSync(text).size,
          events,
          openMs,
          seekMs,
          peakBytes,
          skipped,
        };
      }),
    );
  } finally {
    await browser.close();
    rmSync(text, { force: true });
  }
}

const ms = (value) => `${table.short(value)} ms`;
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
/** By the clock, and of the processor. */
const task = ({ wallMs, cpuMs }) => `${wallMs === 0 ? "< 50" : wallMs.toFixed(0)} (${cpuMs.toFixed(0)}) ms`;

function print({ browser, load, weight, open, moments, map, long }) {
  console.log(`laboratory: Chromium ${browser}, design ${DESIGN}, local server`);
  table.print([
    ["first contentful paint, median", ms(median(load.times.map(({ paintMs }) => paintMs)))],
    ["empty replay view usable, median", ms(median(load.times.map(({ usableMs }) => usableMs)))],
    ["longest task while loading (processor)", task(load.longest)],
    [`code, opened and ${BUILT_IN} replayed, gzip`, kib(weight.replay)],
    ...Object.entries(weight.views).map(([view, bytes]) => [`code, ${view} opened`, kib(bytes)]),
    ["code, all of it", `${kib(weight.all)} (${(weight.all / 1000).toFixed(1)} KB)`],
    [`wasm, ${BUILT_IN} replayed`, kib(weight.wasm)],
  ]);
  console.log(
    "opening: Node's verifyCapture, the session in the browser (× of Node), until the page shows it",
  );
  table.print([
    ["", "Node", "browser", "×", "page"],
    ...Object.entries(open).flatMap(([name, { events, ...times }]) =>
      ["first", "again"].map((which) => {
        const { nodeMs, openMs, wallMs } = times[which];
        const ratio = (openMs / nodeMs).toFixed(2);
        return [
          `${name} (${events.toLocaleString("en")}), ${which}`,
          ms(nodeMs),
          ms(openMs),
          ratio,
          ms(wallMs),
        ];
      }),
    ),
  ]);
  console.log("moments: until the page has one of random events");
  table.print([
    ["", "median", "worst"],
    ...Object.entries(moments).map(([name, { seekMs }]) => [
      name,
      ms(median(seekMs)),
      ms(Math.max(...seekMs)),
    ]),
  ]);
  console.log("longest task of the main thread by the clock (time of the processor)");
  table.print([
    ["", "opening", "seeking", "dragging", "map drawn", "map, dragging"],
    ...Object.entries(moments).map(([name, { longest }]) => [name, ...Object.values(longest).map(task)]),
    [`map of ${table.power(map.frames)}`, task(map.longest.opening), "", "", "", task(map.longest.panning)],
  ]);
  console.log(
    `map of ${table.power(map.frames)} frames: ${map.fps} frames a second panning, ${map.zoomFps} zooming, textures ${(map.textureBytes / 1e6).toFixed(1)} MB; ${map.renderer}`,
  );
  if (long !== undefined)
    console.log(
      `long trace: ${long.capture} × ${long.repeats} = ${(long.textBytes / 1e9).toFixed(2)} GB of text, ${long.events} events: ` +
        `${(long.openMs / 1000).toFixed(1)} s, a seek ${ms(long.seekMs)}; ` +
        (long.skipped ?? `peak ${(long.peakBytes / 1e6).toFixed(0)} MB resident`),
    );
}
