/**
 * theme: light, dark, or as the system has it; kept in this browser.
 *
 * Views draw canvases again at the event "themechange" of `document`.
 */
import { sign } from "./dom.js";

const KEY = "pageledger-theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const LABELS = { system: "as the system has them", light: "light", dark: "dark" } as const;
const SIGNS = {
  system: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  light:
    "M12 8a4 4 0 1 0 .01 0M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19",
  dark: "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z",
} as const;

export function mountTheme(button: HTMLElement): void {
  let theme = THEMES.find((each) => each === read()) ?? "system";
  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.replaceChildren(sign(SIGNS[theme]));
    button.title = `Colours: ${LABELS[theme]}`;
    button.setAttribute("aria-label", `Colours: ${LABELS[theme]}`);
    document.dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    write(theme);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

/** The value of a colour of the style sheet, such as --fg. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Storage may be forbidden: then the choice lasts as long as the page. */
function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
function write(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {}
}
