/**
 * fetch-beside: a part of the page and the scripts that it needs, all asked for at once.
 *
 * The bundler calls this around each `import()` (chunks.ts), and says which scripts those are; in the place of Vite's own, which
 * also knows of style sheets and nonces.
 */

/** Addresses that were asked for; a script that came with the page is not fetched again. */
const asked = new Set<string>();

export function fetchBeside<T>(load: () => Promise<T>, scripts: readonly string[], base: string): Promise<T> {
  for (const script of scripts) {
    const { href } = new URL(script, base);
    if (asked.has(href)) continue;
    asked.add(href);
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = href;
    document.head.append(link);
  }
  return load();
}
