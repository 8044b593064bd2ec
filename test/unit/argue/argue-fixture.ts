// argue-fixture: a made-up result of every kind of figure and verdict, with hostile text.
import { CLAIMS } from "../../../src/argue/claims.js";
import type { ArgueResult, Chart, Finding, Verdict } from "../../../src/argue/finding.js";

export const NASTY = `</style><script>window.broken=1</script><img src=x onerror="window.broken=2">\u202E`;
const VERDICTS: readonly Verdict[] = ["holds", "does not hold", "holds in part", "not decided"];

const RATIOS: Chart = {
  title: "Ratios",
  unit: "times",
  rows: "case",
  kind: "ratio",
  limit: { value: 1.05, label: "almost nothing" },
  figures: [
    { label: "narrow", value: 1.02, low: 1.01, high: 1.03 },
    { label: "wide", value: 1.2, low: 0.9, high: 40 },
  ],
  isDetail: false,
};
const AMOUNTS: Chart = {
  title: NASTY,
  unit: "ns per page",
  rows: NASTY,
  kind: "amount",
  limit: null,
  figures: [
    { label: NASTY, value: 38.1, low: 35.2, high: 41 },
    { label: "counted", value: 0, low: null, high: null },
  ],
  isDetail: false,
};

function finding(i: number): Finding {
  return {
    verdict: VERDICTS[i % VERDICTS.length]!,
    reason: `Reason ${i} ${NASTY}`,
    rule: "A rule that was said before.",
    charts: i === 3 ? [] : [RATIOS, AMOUNTS, { ...AMOUNTS, title: "Folded away", isDetail: true }],
    missing: i % 2 === 0 ? [] : [`not measured: ${NASTY}`],
    notes: ["A note."],
  };
}

export function madeArguments(): ArgueResult {
  return {
    machine: {
      name: NASTY,
      source: "capture",
      what: "of many pages",
      frames: 1 << 20,
      ownedFrames: 1234,
      operations: 99_999,
      containers: 1,
    },
    environment: {
      cpu: "a CPU",
      engine: "Node 20",
      version: "0.1.0",
      command: `pageledger argue '${NASTY}'`,
    },
    quick: true,
    arguments: CLAIMS.map((claim, i) => ({
      claim,
      finding: finding(i),
      command: `pageledger argue --only ${claim.id}`,
      seconds: 1.5,
    })),
  };
}
