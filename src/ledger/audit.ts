/**
 * audit: the findings of the core's own recount, with names.
 */
import { Check, CORE_PTR, Core as CoreRecord, Difference, NR_DIFFERENCES } from "../abi.js";
import type { Core } from "../core/core.js";

/** One finding: a figure of the ledger that a recount does not confirm. */
export interface AuditDifference {
  /** What was compared, as `abi.Check` names it. */
  readonly check: keyof typeof Check;
  /** The container meant, 0 for none. */
  readonly containerId: number;
  /** The frame meant, or the number that `check` says. */
  readonly pfn: number;
  /** What counting anew gave. */
  readonly expected: number;
  /** What the ledger says. */
  readonly found: number;
}

export interface AuditReport {
  /** Number of findings; 0 = the books agree with the pages. */
  readonly differences: number;
  /** The first 16 of them. */
  readonly list: readonly AuditDifference[];
}

const CHECK_NAME = new Map<number, keyof typeof Check>(
  (Object.entries(Check) as [keyof typeof Check, number][]).map(([name, code]) => [code, name]),
);

/** Recounts everything. */
export function auditCore(core: Core): AuditReport {
  return core.exclusively(() => findings(core));
}

function findings(core: Core): AuditReport {
  const differences = core.audit();
  const list: AuditDifference[] = [];
  for (let i = 0; i < Math.min(differences, NR_DIFFERENCES); i++) {
    const ptr = CORE_PTR + CoreRecord.differences + i * Difference.sizeBytes;
    const word = (offset: number) => core.u32[(ptr + offset) >>> 2]!;
    list.push({
      check: CHECK_NAME.get(core.u16[(ptr + Difference.check) >>> 1]!) ?? "FRAME",
      containerId: core.u16[(ptr + Difference.containerId) >>> 1]!,
      pfn: word(Difference.pfn),
      expected: word(Difference.expected),
      found: word(Difference.found),
    });
  }
  return { differences, list };
}
