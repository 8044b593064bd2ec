/** One source after the other in a real browser: they share a worker while all goes well, and nothing else. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { goTo, machineIs, openBuiltIn } from "./lab-drop.js";
import { openLab } from "./lab-harness.js";

const SESSION = "session";

/** Marks the worker, so that it is known again; tells the mark it had. */
async function mark(page: Page, as: string): Promise<string | undefined> {
  const workers = page.workers();
  expect(await Promise.all(workers.map((worker) => worker.evaluate(() => self.name)))).toEqual([SESSION]);
  return workers[0]!.evaluate((next) => {
    const scope = self as unknown as { mark?: string };
    const had = scope.mark;
    scope.mark = next;
    return had;
  }, as);
}

const close = (page: Page) => page.getByRole("button", { name: "Close" }).click();
const again = (page: Page) => page.locator("#machine button.again").click();

/** Verdict, counters and figures; not what was measured by a clock. */
async function shown(page: Page): Promise<unknown> {
  await page.locator(".time-chart[data-drawn]").waitFor();
  const text = (where: string) => page.locator(where).allTextContents();
  return {
    title: await text("#machine .title"),
    verdict: await text("#view .badge"),
    because: await text(".because"),
    containers: await text("#containers tbody tr"),
    events: await page.locator(".slider .time").getAttribute("max"),
    event: await page.locator(".slider").getAttribute("data-event"),
  };
}

test("what is opened again has the same worker, and the same verdict and figures", async () => {
  const { page } = await openLab();
  await openBuiltIn(page, "nested");
  const first = await shown(page);
  expect(await mark(page, "first")).toBeUndefined();
  await goTo(page, 777);
  await close(page);
  await machineIs(page, "idle");
  await again(page);
  await machineIs(page, "ready");
  expect(await shown(page)).toEqual(first);
  expect(await mark(page, "again")).toBe("first");
  await goTo(page, 777);
});

test("a source that is closed in the middle of a seek says nothing more; the next shows its own", async () => {
  const { page } = await openLab();
  await openBuiltIn(page, "huge");
  const huge = await shown(page);
  await close(page);
  await openBuiltIn(page, "nested");
  await goTo(page, 0);
  await mark(page, "used");
  await page.workers()[0]!.evaluate(() => {
    // Each slice of a seek is short, and the rest of it waits until the test lets it go on.
    let now = 0;
    const { now: real } = performance;
    performance.now = () => (now += 1000);
    const { postMessage } = MessagePort.prototype;
    const scope = self as unknown as { held: (() => void)[]; letGo(): void };
    scope.held = [];
    MessagePort.prototype.postMessage = function (message: unknown, ...more: []) {
      if (message === 0) scope.held.push(() => postMessage.call(this, 0));
      else postMessage.call(this, message, ...more);
    };
    scope.letGo = () => {
      MessagePort.prototype.postMessage = postMessage;
      performance.now = real;
      for (const go of scope.held) go();
    };
  });
  await page.locator(".slider .event-at").fill("70000");
  await page.keyboard.press("Enter");
  await page.locator(".busy[data-busy]").waitFor();
  await close(page);
  await page.workers()[0]!.evaluate(() => (self as unknown as { letGo(): void }).letGo());
  await openBuiltIn(page, "huge");
  expect(await mark(page, "again")).toBe("used");
  expect(await shown(page)).toEqual(huge);
  expect(await page.locator(".busy[data-busy]").count()).toBe(0);
});

test("to cancel an opening ends the worker at once; what is opened then has a new one", async () => {
  const { page } = await openLab();
  await openBuiltIn(page, "nested");
  await close(page);
  expect(await mark(page, "first")).toBeUndefined();
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("#view [data-capture=nested]")!.click();
    document.querySelector<HTMLElement>("#machine .cancel")!.click();
  });
  await expect.poll(() => page.workers().length).toBe(0);
  await openBuiltIn(page, "nested");
  expect(await mark(page, "second")).toBeUndefined();
});

test("a worker that waits and fails is replaced, and nothing is said of it", async () => {
  const { page } = await openLab();
  await openBuiltIn(page, "nested");
  await mark(page, "first");
  await close(page);
  await page.workers()[0]!.evaluate(() => {
    setTimeout(() => {
      throw new Error("while nobody asks");
    });
  });
  await expect.poll(() => page.workers().length).toBe(0);
  await machineIs(page, "idle");
  await openBuiltIn(page, "nested");
  expect(await mark(page, "second")).toBeUndefined();
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
});
