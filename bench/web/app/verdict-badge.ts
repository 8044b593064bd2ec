/**
 * verdict-badge: a verdict in a word and a sign, and what the word means.  Signs are drawn: a font may lack them.
 */
import type { Verdict } from "../../../src/capture/verdict.js";
import type { VerifyResult } from "../../../src/capture/verification.js";
import { plural } from "../../../src/report/html-text.js";
import { el, sign } from "./dom.js";

const SIGN: Readonly<Record<Verdict, string>> = {
  exact: "M4 13l5 5L20 6",
  bounded: "M3 10c3-4 6-4 9-1s6 3 9-1M3 17c3-4 6-4 9-1s6 3 9-1",
  incomplete: "M12 3a9 9 0 1 0 9 9M12 3a9 9 0 0 1 4 1M12 7v5l4 3",
  wrong: "M5 5l14 14M19 5L5 19",
};
const MEANING: Readonly<Record<Verdict, string>> = {
  exact: "Every steady frame and every counter is as the kernel has them.",
  bounded: "There are differences; the trace itself bears out the reason for each.",
  incomplete: "The trace does not hold everything that happened.",
  wrong: "There is a difference without a reason: the replay, or the capture, is wrong.",
};

/** As a link to where it is explained, or as text there. */
export function verdictBadge(verdict: Verdict, href?: string): HTMLElement {
  return href === undefined
    ? el("span", { class: `badge ${verdict}` }, sign(SIGN[verdict]), verdict)
    : el(
        "a",
        { class: `badge ${verdict}`, href, title: "The verdict against the kernel" },
        sign(SIGN[verdict]),
        verdict,
      );
}

export function verdictMeaning({ verdict, designs }: VerifyResult): string {
  const differing = designs[0]?.counters.filter((row) => row.kernelPages !== row.ledgerPages).length ?? 0;
  if (verdict !== "exact" || differing === 0) return MEANING[verdict];
  return `Every steady frame and every counter is as the kernel has them, save usage (${plural(differing, "counter")}), which each CPU charges ahead in batches.`;
}
