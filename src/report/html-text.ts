/**
 * html-text: text, numbers and data on their way into a page.
 *
 * Names of groups come from a trace and are untrusted: they are escaped for HTML, and what would be invisible or turn
 * the text around it (control and bidirectional format characters, lone surrogates) is written out as \u{…}.
 */

const ENTITY: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes invisible and direction-changing characters visible. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}

/** Text as element content or as a quoted attribute. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => ENTITY[char]!);
}

/** JSON for a `<script type="application/json">`: no `<`, so it can neither end the element nor open a comment. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** 1234567 → 1,234,567; fractions keep `digits` places. */
export function formatNumber(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A count of pages: whole, or with two places where the kernel's bytes are no multiple of a page. */
export function formatPages(value: number): string {
  return formatNumber(value, Number.isInteger(value) ? 0 : 2);
}

/** Never 100 % where a part is missing: such a share is rounded down. */
export function formatPercent(part: number, whole: number, digits = 1): string {
  if (whole === 0) return "–";
  const unit = 10 ** digits;
  const rounded = Math.round(((100 * part) / whole) * unit) / unit;
  return `${formatNumber(part < whole && rounded === 100 ? 100 - 1 / unit : rounded, digits)} %`;
}

export function formatMib(pages: number): string {
  return `${formatNumber(pages / 256, 1)} MiB`;
}

/** `1 frame`, `2 frames`. */
export function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}
