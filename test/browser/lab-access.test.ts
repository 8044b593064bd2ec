/** Every view in a narrow window, light and dark: contrast, names, all controls by keyboard, nothing that moves by itself. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { OUT_OF_SIGHT, weakestContrast } from "./contrast.js";
import { openBuiltIn } from "./lab-drop.js";
import { openLab } from "./lab-harness.js";
import { mapShows } from "./lab-map-page.js";

const TINY = "designs=in-page,radix&patterns=uniform&frames=12,13&keys=10&rounds=6&sample=0.1";

/** Address of a view, and what is there when it is drawn. */
const VIEWS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "#/replay": async (page) => {
    await page.locator(".time-chart[data-drawn]").waitFor();
    for (const fold of await page.locator("#differences details").all())
      await fold.locator("summary").click();
    await page.locator("#differences table").first().waitFor();
  },
  "#/map": async (page) => {
    await mapShows(page, "owner");
    await page.locator(".map-figures[data-event]").waitFor();
  },
  [`#/arguments?${TINY}`]: async (page) => {
    await page.locator('#view[data-state="ready"]').waitFor();
    await page.locator(".lookups button[type=submit]").click();
    await page.locator('.lookups[data-state="measured"]').waitFor();
  },
  "#/composer": (page) => page.locator("#composer-sketch[data-shows]").waitFor(),
};

/** What can be worked with and has no name, as the browser tells a screen reader. */
async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const roles =
    /^(button|link|textbox|slider|checkbox|radio|combobox|spinbutton|progressbar|img|image|region|application|treegrid|searchbox)$/i;
  return (
    nodes
      .filter(({ ignored, role, name }) => !ignored && roles.test(role?.value ?? "") && !name?.value)
      // A group without a name is one by its element alone: a fold, a figure's picture of lines.
      .filter(({ role }) => role?.value !== "group")
      .map(({ role, nodeId }) => `${role?.value} ${nodeId}`)
  );
}

interface Reached {
  readonly missed: string[];
  readonly unmarked: string[];
  readonly count: number;
}

/** Goes through the page by Tab.  Of radio buttons of one name one is reached, arrows do the rest. */
async function walk(page: Page): Promise<Reached> {
  await page.evaluate(() => {
    // From the very first on; a focus that no key has brought need not be marked.
    document.querySelector<HTMLElement>("a.skip")!.focus();
    const seen = new Set<Element>([document.activeElement!]);
    const unmarked = new Set<string>();
    const about = (each: Element) => `${each.tagName} ${each.className} ${each.textContent?.slice(0, 40)}`;
    Object.assign(window, { walk: { seen, unmarked, about } });
    document.addEventListener("focusin", ({ target }) => {
      const each = target as HTMLElement;
      seen.add(each);
      const isMarked = (one: Element | null) => {
        if (one === null) return false;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      };
      // What is drawn by another element is marked there.
      if (!isMarked(each) && !isMarked(each.nextElementSibling) && !isMarked(each.parentElement))
        unmarked.add(about(each));
    });
  });
  const wanted = await page.evaluate(
    () => document.querySelectorAll("a[href], button, input, select, summary, [tabindex]").length,
  );
  const isOut = () => page.evaluate(() => document.activeElement === document.body);
  for (let i = 0; i < wanted + 5; i++) {
    await page.keyboard.press("Tab");
    if (await isOut()) break;
  }
  return page.evaluate(() => {
    type Walk = { seen: Set<Element>; unmarked: Set<string>; about: (each: Element) => string };
    const { seen, unmarked, about } = (window as unknown as { walk: Walk }).walk;
    const groups = new Set([...seen].map((each) => (each as HTMLInputElement).name).filter(Boolean));
    const all = [
      ...document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary, [tabindex='0']"),
    ].filter((each) => {
      const { type, name, disabled } = each as HTMLInputElement;
      if (disabled || each.tabIndex < 0 || !each.checkVisibility({ visibilityProperty: true })) return false;
      return !(type === "radio" && groups.has(name));
    });
    return {
      missed: all.filter((each) => !seen.has(each)).map(about),
      unmarked: [...unmarked],
      count: seen.size,
    };
  });
}

test.each(["light", "dark"] as const)("every view at 360 px (%s)", async (colorScheme) => {
  const { page } = await openLab({
    colorScheme,
    viewport: { width: 360, height: 740 },
    reducedMotion: "reduce",
  });
  await openBuiltIn(page, "nested");
  expect(await page.locator(".slider .play").isVisible()).toBe(false);
  for (const [address, drawn] of Object.entries(VIEWS)) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, address);
    await drawn(page);
    const [content, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content, address).toBeLessThanOrEqual(inner!);
    const { ratio, text } = await weakestContrast(page, OUT_OF_SIGHT);
    expect(ratio, `${address} ${text}`).toBeGreaterThanOrEqual(4.5);
    expect(await nameless(page), address).toEqual([]);
    const { missed, unmarked, count } = await walk(page);
    expect(count, address).toBeGreaterThan(20);
    expect(missed, address).toEqual([]);
    expect(unmarked, address).toEqual([]);
    expect(await page.evaluate(() => document.getAnimations().length), address).toBe(0);
  }
});
