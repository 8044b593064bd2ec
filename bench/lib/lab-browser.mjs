// lab-browser: the laboratory in a headless Chromium, as a visitor has it, and what is read off it.
//
// Each page counts its own long tasks: what kept the main thread for 50 ms or more, as the browser itself tells.  One page is
// open at a time.
import { readFileSync } from "node:fs";
import { serveLab } from "../../dist/node/lab-server.js";

/**
 * Serves the page, with a capture if one is named, and closes it behind `use`.
 * @template T @param {string | undefined} capture @param {(origin: string) => Promise<T>} use
 */
export async function withServer(capture, use) {
  const server = await serveLab({ capture, port: 0 });
  try {
    return await use(server.origin);
  } finally {
    await server.close();
  }
}

/**
 * A new page, without anything in its cache, that is closed behind `use`.
 * @template T @param {import("playwright-core").Browser} browser @param {(page: import("playwright-core").Page) => Promise<T>} use
 */
export async function withPage(browser, use) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(() => {
      const tasks = [];
      Object.assign(globalThis, { longTasks: tasks });
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries())
          tasks.push({ startMs: startTime, ms: duration });
      }).observe({ type: "longtask", buffered: true });
    });
    return await use(page);
  } finally {
    await context.close();
  }
}

/**
 * The longest task of the page's main thread while `use` runs: by the clock, of those that the browser calls long (50 ms; 0
 * if there is none), and in time of the processor, which a busy machine does not lengthen.
 * @param {import("playwright-core").Page} page @param {() => Promise<unknown>} use @returns {Promise<{ wallMs: number, cpuMs: number }>}
 */
export async function longestTask(page, use) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ["toplevel"] });
  await use();
  // The browser tells of a task when it is over and it has time to.
  await page.waitForTimeout(200);
  const tasks = await page.evaluate(() => /** @type {any} */ (globalThis).longTasks.splice(0));
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  return {
    wallMs: Math.max(0, ...tasks.map(({ ms }) => ms)),
    cpuMs: longestInTrace(traceEvents) / 1000,
  };
}

/** Microseconds of the processor. */
function longestInTrace(events) {
  const isMain = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const mains = new Set(events.filter(isMain).map(({ pid, tid }) => `${pid} ${tid}`));
  let longest = 0;
  for (const { ph, name, pid, tid, tdur = 0 } of events)
    if (ph === "X" && name.endsWith("RunTask") && mains.has(`${pid} ${tid}`))
      longest = Math.max(longest, tdur);
  return longest;
}

/**
 * Milliseconds from the navigation to the first paint with content, and until the empty replay view can be used: its
 * captures are there to be pressed.  @param {import("playwright-core").Page} page @param {string} address
 */
export async function loadTimes(page, address) {
  await page.addInitScript(() => {
    const watcher = new MutationObserver(() => {
      if (document.querySelector("html[data-ready] #view .built-in[data-filled]") === null) return;
      watcher.disconnect();
      Object.assign(globalThis, { usableMs: performance.now() });
    });
    watcher.observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.goto(address);
  return page.evaluate(async () => {
    const paint = () => performance.getEntriesByName("first-contentful-paint")[0];
    const usable = () => /** @type {any} */ (globalThis).usableMs;
    while (!paint() || !usable()) await new Promise((done) => setTimeout(done, 10));
    return { paintMs: paint().startTime, usableMs: usable() };
  });
}

/**
 * Presses what opens a source, and waits until it is open.  `openMs` is the session's own time, `wallMs` the visitor's.
 * @param {import("playwright-core").Page} page @param {string} button
 * @returns {Promise<{ openMs: number, wallMs: number }>}
 */
export async function openBy(page, button) {
  await page.locator(button).first().waitFor();
  return page.evaluate(async (selector) => {
    const bar = document.getElementById("machine");
    const begun = performance.now();
    /** @type {HTMLElement} */ (document.querySelector(selector)).click();
    await new Promise((done, failed) => {
      const look = () => {
        if (bar.dataset.state === "failed") failed(new Error(bar.textContent));
        if (bar.dataset.state === "ready") done(undefined);
      };
      new MutationObserver(look).observe(bar, { attributes: true });
      look();
    });
    return { openMs: Number(bar.dataset.openMs), wallMs: performance.now() - begun };
  }, button);
}

/** The page was served with a capture, which it opens by itself.  @param {import("playwright-core").Page} page */
export async function untilOpen(page, timeout = 300_000) {
  await page.locator('#machine[data-state="ready"], #machine[data-state="failed"]').waitFor({ timeout });
  const bar = page.locator("#machine");
  if ((await bar.getAttribute("data-state")) === "failed") throw new Error(await bar.innerText());
  return Number(await bar.getAttribute("data-open-ms"));
}

/** Events of what is open.  @param {import("playwright-core").Page} page */
export async function eventsOf(page) {
  return Number(await page.locator(".slider input.time").getAttribute("max"));
}

/** Goes to each event by the slider; milliseconds until the page has it.  @param {import("playwright-core").Page} page @param {number[]} events */
export function seekTimes(page, events) {
  return page.evaluate(async (wanted) => {
    const row = /** @type {HTMLElement} */ (document.querySelector(".slider"));
    const range = /** @type {HTMLInputElement} */ (row.querySelector("input.time"));
    const times = [];
    for (const event of wanted) {
      if (row.dataset.event === String(event)) continue;
      const begun = performance.now();
      range.value = String(event);
      range.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((done) => {
        const watcher = new MutationObserver(() => {
          if (row.dataset.event !== String(event)) return;
          watcher.disconnect();
          done(undefined);
        });
        watcher.observe(row, { attributes: true });
      });
      times.push(performance.now() - begun);
      // As a visitor sees it: each moment is drawn.
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
    return times;
  }, events);
}

/** Drags the slider from one end to the other and back.  @param {import("playwright-core").Page} page */
export async function dragSlider(page, steps) {
  const box = await page.locator(".slider input.time").boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width - 2, y);
  await page.mouse.down();
  for (const to of [box.x + 2, box.x + box.width - 2]) await page.mouse.move(to, y, { steps });
  await page.mouse.up();
}

/** The newest moment that was asked for is the one that is shown.  @param {import("playwright-core").Page} page */
export function settled(page) {
  return page.waitForFunction(() => {
    const row = /** @type {HTMLElement} */ (document.querySelector(".slider"));
    return row.dataset.event === /** @type {HTMLInputElement} */ (row.querySelector("input.time")).value;
  });
}

/** Who draws: the graphics card, or the processor in its place.  @param {import("playwright-core").Page} page */
export function rendererOf(page) {
  return page.evaluate(() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    const named = gl?.getExtension("WEBGL_debug_renderer_info");
    return named ? String(gl.getParameter(named.UNMASKED_RENDERER_WEBGL)) : "unknown";
  });
}

/** Most bytes that a renderer process of the browser ever had in memory; undefined where the system does not tell.  @param {import("playwright-core").Browser} browser */
export async function peakRendererBytes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const peaks = processInfo
    .filter(({ type }) => type === "renderer")
    .flatMap(({ id }) => {
      try {
        return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) * 1024;
      } catch {
        return [];
      }
    });
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}
