/**
 * html-page: what every page has around its body: that it makes no request is the page's own policy, whatever is in it.
 */
import { escapeHtml } from "./html-text.js";

export interface PageParts {
  /** Plain text, which is escaped. */
  readonly title: string;
  /** Style sheets, our own or a library's. */
  readonly styles: readonly string[];
  /** Whether scripts within the page may run; no other may in any case. */
  readonly hasScripts: boolean;
  readonly body: string;
}

/** A whole page as one file that works offline. */
export function pageHtml({ title, styles, hasScripts, body }: PageParts): string {
  const scripts = hasScripts ? " script-src 'unsafe-inline';" : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';${scripts} img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} – PageLedger</title>
<link rel="icon" href="data:,">
${styles.map((style) => `<style>${style}</style>`).join("\n")}
</head>
<body>
${body}
</body>
</html>
`;
}
