// lab: the laboratory as a visitor has it, from its own server, in a headless Chromium.
//
//   load     first paint; until the empty replay view can be used; code that is fetched, packed
//   open     the built-in capture `nested`, and `forks` where it is at hand, beside verifyCapture in Node
//   seek     to random events; the longest task of the main thread meanwhile, with the map and without
//   map      frames per second while panning, textures
//   long     peak memory of the page at a trace of any length; full runs only
//
// "Again" is the second time: in a process and a page that have opened the capture before.  Each opening in the page has a
// worker of its own, and compiles its modules; Node keeps its.
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { findCapture, keep, median, ROOT } from "./lib/environment.mjs";
import * as browserOf from "./lib/lab-browser.mjs";
import { codeOfPage } from "./lib/lab-weight.mjs";
import { xorshift } from "./lib/random.mjs";
import * as table from "./lib/table.mjs";

const DESIGN = "palette";
const BUILT_IN = "nested";
const LARGE = join(ROOT, "../shared/traces/forks");
const SEED = 2006;
/** An opening is measured so many times, each with a new page and a new process; the least of each counts. */
const NAMED = { nested: join(ROOT, "test/data/captures", BUILT_IN), forks: LARGE };

/** @param {{ loads: number, opens: number, seeks: number, dragSteps: number, mapShift: number, textBytes: number, withLarge: boolean }} parameters */
export async function lab(parameters) {
  const { loads, opens, seeks, dragSteps, mapShift, textBytes, withLarge } = parameters;
  const browser = await browserOf.launch();
  try {
    const captures = ["nested", ...(withLarge && existsSync(LARGE) ? ["forks"] : [])];
    const results = {
      browser: browser.version(),
      load: await measureLoad(browser, loads),
      weight: await codeOfPage(browser, BUILT_IN),
      open: {},
      moments: {},
    };
    for (const name of captures) {
      results.open[name] = await measureOpen(browser, name, opens);
      results.moments[name] = await measureMoments(browser, name, seeks, dragSteps);
    }
    results.map = await measureMap(browser, mapShift);
    results.long = textBytes > 0 ? await measureLong(textBytes) : undefined;
    print(results);
    keep("lab", { ...parameters, design: DESIGN, captures }, results);
  } finally {
    await browser.close();
  }
}

async function measureLoad(browser, loads) {
  const times = [];
  const tasks = [];
  await browserOf.withServer(undefined, async (origin) => {
    // The first load has the server pack its files, and is not kept.
    for (let i = -1; i < loads; i++)
      await browserOf.withPage(browser, async (page) => {
        const found = await browserOf.loadTimes(page, origin);
        if (i >= 0) times.push(found);
        if (i >= 0) tasks.push(...(await browserOf.longTasks(page)));
      });
  });
  return { times, longTasks: tasks };
}

/** In turns: what else the machine does is in both. */
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
  const least = (values) => Math.min(...values);
  const figures = (at) => ({
    nodeMs: least(node.map((ms) => ms[at])),
    openMs: least(page.map((times) => times[at].openMs)),
    wallMs: least(page.map((times) => times[at].wallMs)),
  });
  return {
    events,
    first: figures(0),
    again: figures(1),
    longTasks: page.flatMap((times) => times.flatMap(({ longTasks }) => longTasks)),
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
      times[0].longTasks = await browserOf.longTasks(page);
      await page.locator("#machine").getByRole("button", { name: "Close" }).click();
      times.push(await browserOf.openBy(page, "#machine button.again"));
      times[1].longTasks = await browserOf.longTasks(page);
      return times;
    }),
  );
}

async function measureMoments(browser, name, seeks, dragSteps) {
  const random = xorshift(SEED);
  return browserOf.withServer(NAMED[name], (origin) =>
    browserOf.withPage(browser, async (page) => {
      await page.goto(origin);
      await browserOf.untilOpen(page);
      await page.locator(".time-chart[data-drawn]").waitFor();
      await browserOf.longTasks(page);
      const events = await browserOf.eventsOf(page);
      const wanted = Array.from({ length: seeks }, () => random() % events);
      const seekMs = await browserOf.seekTimes(page, wanted);
      const seeking = await browserOf.longTasks(page);
      await browserOf.dragSlider(page, dragSteps);
      await browserOf.settled(page);
      const dragging = await browserOf.longTasks(page);
      await page.evaluate(() => (location.hash = "#/map"));
      await page.locator('.map[data-state="ready"][data-event]').waitFor();
      const mapping = await browserOf.longTasks(page);
      const mapSeekMs = await browserOf.seekTimes(page, wanted.slice(0, Math.ceil(seeks / 4)));
      const mapSeeking = await browserOf.longTasks(page);
      await browserOf.dragSlider(page, dragSteps);
      await browserOf.settled(page);
      const mapDragging = await browserOf.longTasks(page);
      return {
        seekMs,
        mapSeekMs,
        longTasks: { seeking, dragging, mapping, mapSeeking, mapDragging },
      };
    }),
  );
}

async function measureMap(browser, shift) {
  return browserOf.withServer(undefined, (origin) =>
    browserOf.withPage(browser, async (page) => {
      await page.goto(`${origin}/#/map?synthetic=${shift}`);
      const map = page.locator('.map[data-state="ready"][data-event]');
      await map.waitFor({ timeout: 120_000 });
      const opening = await browserOf.longTasks(page);
      await page.locator("[data-measure]").click();
      await page.locator(".map[data-fps]").waitFor({ timeout: 120_000 });
      const panning = await browserOf.longTasks(page);
      return {
        frames: 2 ** shift,
        fps: Number(await map.getAttribute("data-fps")),
        textureBytes: Number(await map.getAttribute("data-texture-bytes")),
        renderer: await browserOf.rendererOf(page),
        longTasks: { opening, panning },
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
  const browser = await browserOf.launch();
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
        const skipped = peakBytes === undefined ? "no /proc tells what a process of the browser has" : undefined;
        return { capture: name, repeats, textBytes: statSync(text).size, events, openMs, seekMs, peakBytes, skipped };
      }),
    );
  } finally {
    await browser.close();
    rmSync(text, { force: true });
  }
}

const worst = (tasks) => Math.max(0, ...tasks.map(({ ms }) => ms));
const ms = (value) => `${table.short(value)} ms`;
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

function print({ browser, load, weight, open, moments, map, long }) {
  console.log(`laboratory: Chromium ${browser}, design ${DESIGN}, local server`);
  table.print([
    ["first contentful paint, median", ms(median(load.times.map(({ paintMs }) => paintMs)))],
    ["empty replay view usable, median", ms(median(load.times.map(({ usableMs }) => usableMs)))],
    ["longest task while loading", ms(worst(load.longTasks))],
    [`code, opened and ${BUILT_IN} replayed, gzip`, kib(weight.replay)],
    ...Object.entries(weight.views).map(([view, bytes]) => [`code, first view ${view}`, kib(bytes)]),
    ["code, all of it", kib(weight.all)],
    [`wasm, ${BUILT_IN} replayed`, kib(weight.wasm)],
  ]);
  console.log("opening: Node's verifyCapture, the session in the browser (×), and until the page shows it");
  table.print([
    ["", "Node", "browser", "×", "page", "longest task"],
    ...Object.entries(open).flatMap(([name, { events, longTasks, ...times }]) =>
      ["first", "again"].map((which) => {
        const { nodeMs, openMs, wallMs } = times[which];
        const tasks = which === "first" ? longTasks : undefined;
        return [
          `${name} (${events.toLocaleString("en")}), ${which}`,
          ms(nodeMs),
          ms(openMs),
          (openMs / nodeMs).toFixed(2),
          ms(wallMs),
          tasks === undefined ? "" : ms(worst(tasks)),
        ];
      }),
    ),
  ]);
  console.log("moments: until the page has one of random events; longest task of the main thread");
  table.print([
    ["", "median", "worst", "seeking", "dragging", "map drawn", "map, seeking", "map, dragging"],
    ...Object.entries(moments).map(([name, { seekMs, longTasks: tasks }]) => [
      name,
      ms(median(seekMs)),
      ms(Math.max(...seekMs)),
      ...Object.values(tasks).map((each) => ms(worst(each))),
    ]),
  ]);
  console.log(
    `map of ${table.power(map.frames)} frames: ${map.fps} frames a second, textures ${(map.textureBytes / 1e6).toFixed(1)} MB, ` +
      `longest task ${ms(worst(map.longTasks.opening))} at opening, ${ms(worst(map.longTasks.panning))} panning; ${map.renderer}`,
  );
  if (long !== undefined)
    console.log(
      `long trace: ${long.capture} × ${long.repeats} = ${(long.textBytes / 1e9).toFixed(2)} GB of text, ${long.events} events: ` +
        `${(long.openMs / 1000).toFixed(1)} s, a seek ${ms(long.seekMs)}; ` +
        (long.skipped ?? `peak ${(long.peakBytes / 1e6).toFixed(0)} MB resident`),
    );
}
