/**
 * contrast: the text of a page that stands out least from its ground.
 */
import type { Page } from "playwright-core";

/** By the ratio of WCAG 2; text of what is switched off is left out. */
export function weakestText(page: Page): Promise<{ ratio: number; text: string }> {
  return page.evaluate(() => {
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
      const isOff = element.closest("script, noscript, style, :disabled, [hidden], option") !== null;
      if (text === undefined || text === null || isOff) continue;
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < worst.ratio) worst = { ratio, text: text.trim().slice(0, 60) };
    }
    return worst;
  });
}
