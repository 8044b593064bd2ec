/**
 * theme: light, dark, or as the system has it; kept in this browser.
 *
 * Views draw canvases again at the event "themechange" of `document`.
 */
const KEY = "pageledger-theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const LABELS = { system: "as the system has them", light: "light", dark: "dark" } as const;
const SIGNS = { system: "◐", light: "☀", dark: "☾" } as const;

export function mountTheme(button: HTMLElement): void {
  let theme = THEMES.find((each) => each === read()) ?? "system";
  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = SIGNS[theme];
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
