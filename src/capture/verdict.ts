/**
 * verdict: what a verified replay is worth, in one word, and the process exit code that says it.
 *
 *   exact       0  every steady frame and every counter as the kernel has them
 *   bounded     3  differences, each with a named reason that the trace itself bears out
 *   incomplete  3  the trace does not hold everything: events lost, groups older than the trace, a torn end
 *   wrong       4  a difference without a reason: the replay, or the capture, is wrong
 */
export type Verdict = "exact" | "bounded" | "incomplete" | "wrong";

export const EXIT_CODE: Readonly<Record<Verdict, number>> = { exact: 0, bounded: 3, incomplete: 3, wrong: 4 };
export const EXIT_USAGE = 1;

/** Why a figure of the ledger may differ from the kernel's. */
export const Reason = {
  STOCK: "per-CPU batch: pages charged ahead, up to 64 per CPU and group",
  BATCH: "per-CPU batch: folios between allocation, mapping and LRU list",
  LAZY: "memory.stat read before the kernel flushed it; the kernel's events agree with the ledger",
  RECLAIM: "reclaim not traced page by page",
  LRU_MOVE: "moved between LRU lists without a page event (background reclaim, deactivation, mlock)",
  FLUX: "changed while memory.stat was read",
  SPLIT: "a huge folio was split; frames behind its head have no events in a trimmed trace",
  UNMAPPED: "part of a huge folio is unmapped: charged still, but not counted as mapped",
  STACK: "kernel stack: charged after its allocation, by an event that names no frame",
  MIGRATED: "pages migrated; moves are not traced page by page",
  LOST: "events lost",
  OLDER: "charged before the trace began",
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/** The worse of two verdicts. */
export function worse(a: Verdict, b: Verdict): Verdict {
  const order: Verdict[] = ["exact", "bounded", "incomplete", "wrong"];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** What one difference makes of a verdict, by its reason; none is `wrong`. */
export function verdictOf(reason: Reason | "" | undefined): Verdict {
  if (reason === undefined || reason === "") return "wrong";
  return reason === Reason.LOST || reason === Reason.OLDER ? "incomplete" : "bounded";
}
