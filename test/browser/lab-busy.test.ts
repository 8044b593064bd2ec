/** What takes long in a real browser: it is said, can be stopped, gives way to what is newer, and holds nothing up. */
import type { Page, Worker } from "playwright-core";
import { expect, test } from "vitest";
import { goTo, numberOf, openBuiltIn } from "./lab-drop.js";
import { openLab } from "./lab-harness.js";
import { colourBy, goToPfn, mapShows } from "./lab-map-page.js";

/** Milliseconds that a slow session pauses after each slice of its work. */
const PAUSE_MS = 150;

async function openNested(view: string): Promise<{ page: Page; session: Worker; end: number }> {
  const { page } = await openLab();
  await openBuiltIn(page, "nested");
  const [session] = page.workers();
  const end = Number(await page.locator(".slider .time").getAttribute("max"));
  await page.evaluate((hash) => {
    location.hash = hash;
  }, view);
  return { page, session: session!, end };
}

/** From now on each slice of the session's work is short, and a pause comes after it. */
function slowDown(session: Worker, pauseMs = PAUSE_MS): Promise<void> {
  return session.evaluate((ms) => {
    const scope = self as unknown as { pauseMs?: number };
    const isSlow = scope.pauseMs !== undefined;
    scope.pauseMs = ms;
    if (isSlow) return;
    let now = 0;
    performance.now = () => {
      now += 1000;
      return now;
    };
    const { postMessage } = MessagePort.prototype;
    // What lets messages in posts a zero to itself.
    MessagePort.prototype.postMessage = function (message: unknown, ...more: []) {
      if (message === 0) setTimeout(() => postMessage.call(this, 0), scope.pauseMs);
      else postMessage.call(this, message, ...more);
    };
  }, pauseMs);
}

const busy = (page: Page) => page.locator(".busy[data-busy]");
const over = (page: Page) => page.locator(".busy:not([data-busy])").waitFor({ state: "attached" });
const stop = (page: Page) => page.locator(".busy button").click();
const eventAt = async (page: Page) => Number(await page.locator(".slider").getAttribute("data-event"));

async function askFor(page: Page, event: number): Promise<void> {
  await page.locator(".slider .event-at").fill(String(event));
  await page.keyboard.press("Enter");
}

test("a long seek is busy, tells how far it is, and holds up nothing", async () => {
  const { page, session, end } = await openNested("#/replay");
  await goTo(page, 0);
  await slowDown(session);
  const turns = await page.evaluate(
    (event) =>
      new Promise<{ longest: number; shares: number[] }>((done) => {
        const field = document.querySelector<HTMLInputElement>(".slider .event-at")!;
        const slider = document.querySelector<HTMLElement>(".slider")!;
        const meter = document.querySelector<HTMLProgressElement>(".busy progress")!;
        let turn = 0;
        let waited = 0;
        let longest = 0;
        const shares: number[] = [];
        field.value = String(event);
        field.dispatchEvent(new Event("change"));
        // Turns of the page's own thread between two steps of the worker: it goes on all the time.
        const next = () => {
          turn++;
          if (!meter.hidden && shares.at(-1) !== meter.value) {
            shares.push(meter.value);
            waited = turn;
          }
          longest = Math.max(longest, turn - waited);
          if (Number(slider.dataset.event) === event) done({ longest, shares });
          else setTimeout(next);
        };
        next();
      }),
    end,
  );
  expect(turns.longest).toBeGreaterThan(5);
  expect(turns.shares.length).toBeGreaterThan(3);
  expect(turns.shares).toEqual([...turns.shares].sort((a, b) => a - b));
  expect(turns.shares.at(-1)).toBeGreaterThan(0.5);
  await over(page);
  expect(await page.locator("#view").getAttribute("aria-busy")).toBe("false");
});

test("a seek that is stopped shows where it has come to, and the page goes on from there", async () => {
  const { page, session, end } = await openNested("#/replay");
  await goTo(page, 0);
  await slowDown(session, 400);
  await askFor(page, end);
  await busy(page).waitFor();
  expect(await page.locator(".busy [role=status]").textContent()).toBe("Going to the moment");
  expect(await page.locator("#view").getAttribute("aria-busy")).toBe("true");
  expect(await eventAt(page)).toBe(0);
  // By the keyboard: the next thing after the slider, and the focus is not lost with it.
  await page.locator(".busy button").focus();
  await page.keyboard.press("Enter");
  await over(page);
  const event = await eventAt(page);
  expect(event).toBeLessThan(end);
  expect(numberOf(await page.locator(".slider .event-at").inputValue())).toBe(event);
  expect(Number(await page.locator("#containers [data-moment]").getAttribute("data-moment"))).toBe(event);
  expect(await page.evaluate(() => document.activeElement?.className)).toBe("time");
  await slowDown(session, 0);
  await goTo(page, end);
});

test("seeks do not pile up: one that takes long gives way, and only the last is shown", async () => {
  const { page, session, end } = await openNested("#/replay");
  await goTo(page, 0);
  await slowDown(session);
  await page.evaluate(() => {
    const slider = document.querySelector<HTMLElement>(".slider")!;
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => seen.push(slider.dataset.event!)).observe(slider, {
      attributeFilter: ["data-event"],
    });
  });
  await askFor(page, end);
  await busy(page).waitFor();
  for (const event of [end - 1, end - 2, 77]) await askFor(page, event);
  await page.locator('.slider[data-event="77"]').waitFor();
  await over(page);
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual(["77"]);
});

test("ages that are stopped leave the map by owner; they give way to another column", async () => {
  const { page, session } = await openNested("#/map");
  await mapShows(page, "owner");
  await slowDown(session, 400);
  const age = page.locator(".map-kinds input[value=age]");
  await age.check({ force: true });
  await busy(page).waitFor();
  expect(await page.locator(".busy [role=status]").textContent()).toBe("Reading the ages of frames");
  await stop(page);
  await over(page);
  expect(await page.locator(".map-kinds input[value=owner]").isChecked()).toBe(true);
  expect(await page.locator(".map").getAttribute("data-kind")).toBe("owner");
  await age.check({ force: true });
  await busy(page).waitFor();
  await page.locator(".map-kinds input[value=type]").check({ force: true });
  await mapShows(page, "type");
  // Undisturbed it comes to its end.
  await slowDown(session, 0);
  await colourBy(page, "age");
});

test("a frame's history can be stopped and read again; another frame's takes its place", async () => {
  const { page, session } = await openNested("#/map");
  await mapShows(page, "owner");
  await slowDown(session, 400);
  const go = async (pfn: number) => {
    await page.locator(".map input[name=pfn]").fill(String(pfn));
    await page.keyboard.press("Enter");
  };
  await go(5000);
  await busy(page).waitFor();
  expect(await page.locator(".busy [role=status]").textContent()).toBe("Reading the frame's history");
  expect(await page.locator(".map-history").textContent()).toBe("Reading its history.");
  await stop(page);
  await page.locator(".map-history", { hasText: "not read to the end" }).waitFor();
  await page.getByRole("button", { name: "Read it again" }).click();
  await busy(page).waitFor();
  await go(6000);
  await slowDown(session, 0);
  await page.locator('.map-frame[data-shown="6000"]').waitFor();
  await goToPfn(page, 5000);
  await over(page);
});
