/** contrast: how far the text of a page stands out from what lies behind it. */
import type { Page } from "playwright-core";

/** What nobody reads: not drawn, or switched off. */
export const OUT_OF_SIGHT = "script, noscript, style, :disabled, [hidden], option";

/** The least contrast ratio (WCAG) of any text in the page, and that text; `passedOver` selects what is left out. */
export function weakestContrast(page: Page, passedOver = ""): Promise<{ ratio: number; text: string }> {
  return page.evaluate((selector) => {
    const luminance = (css: string) => {
      const [r, g, b] = (css.match(/[\d.]+/g) ?? []).slice(0, 3).map((text) => {
        const c = Number(text) / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ground = (element: Element | null): string => {
      if (element === null) return "rgb(255,255,255)";
      const css = getComputedStyle(element).backgroundColor;
      return /rgba\(.*, 0\)|transparent/.test(css) ? ground(element.parentElement) : css;
    };
    let worst = { ratio: 99, text: "" };
    for (const element of document.querySelectorAll("body *")) {
      const text = [...element.childNodes].find(
        (n) => n.nodeType === 3 && n.textContent?.trim() !== "",
      )?.textContent;
      const isOff = selector !== "" && element.closest(selector) !== null;
      if (text === undefined || text === null || isOff) continue;
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < worst.ratio) worst = { ratio, text: text.trim().slice(0, 60) };
    }
    return worst;
  }, passedOver);
}
