// Runs of the laboratory made by hand.
import type { LookupCell } from "../../../bench/web/views/arguments/bench-protocol.js";
import type { ClaimRun, SavedRun } from "../../../bench/web/views/arguments/saved-run.js";

/** Samples about so many nanoseconds. */
export function madeCell(design: string, ns: number, more: Partial<LookupCell> = {}): LookupCell {
  const samplesNs = [0.98, 0.99, 1, 1, 1.01, 1.02].map((share) => share * ns);
  return {
    frames: 65536,
    suite: "lookup",
    pattern: "uniform",
    design,
    by: "wasm",
    group: 0,
    samplesNs,
    bytesPerPage: 2,
    ...more,
  };
}

export function madeRun({
  cells = [],
  claims = [],
  userAgent = "a browser",
}: {
  cells?: readonly LookupCell[];
  claims?: readonly ClaimRun[];
  userAgent?: string;
}): SavedRun {
  const request = {
    suites: ["lookup"] as const,
    designs: cells.map(({ design }) => design),
    patterns: ["uniform"],
    frames: [65536],
    keys: 4096,
    rounds: 6,
    sampleMs: 1,
  };
  return {
    engine: "0.1.0",
    date: "2026-05-04T12:00:00.000Z",
    environment: { userAgent, cores: 2, isIsolated: true, clockMs: 0.005 },
    lookups: cells.length === 0 ? null : { request, cells, failures: [] },
    claims,
  };
}
