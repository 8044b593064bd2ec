/**
 * isolation: says in one line what a page without cross-origin isolation lacks, and the remedy.
 */
export function sayIsolation(line: HTMLElement): void {
  if (globalThis.crossOriginIsolated) return;
  line.hidden = false;
  line.textContent =
    "This page is not cross-origin isolated: all views work, each in one worker, but by a coarser clock, and threads cannot share memory. Remedy: serve it with `npx pageledger lab`, or send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.";
}
