/**
 * report-fixture: made-up reports; names are hostile, figures cover each way to differ.
 */

import { Reason } from "../../src/capture/verdict.js";
import type { DesignResult, VerifyResult } from "../../src/capture/verification.js";
import type { CounterRow } from "../../src/capture/verify-counters.js";
import type { FrameFigures } from "../../src/capture/verify-frames.js";
import type { ReportData, ReportGroup } from "../../src/report/report-data.js";

export const NASTY_PATH = `/tenants/</script><script>window.broken=1</script><img src=x onerror="window.broken=2">`;
export const QUOTED_PATH = `/tenants/"quoted' & <b>bold</b> — 容器\u202Ereversed`;

const GROUPS: ReportGroup[] = [
  { path: "/tenants", parent: -1, online: true },
  { path: NASTY_PATH, parent: 0, online: true },
  { path: QUOTED_PATH, parent: 0, online: true },
  { path: "/tenants/batch", parent: 0, online: false },
  { path: "/tenants/batch", parent: 0, online: true },
  ...Array.from({ length: 10 }, (_, i) => ({
    path: `/tenants/batch/worker-${i}`,
    parent: 4,
    online: i !== 7,
  })),
];

export const FIRST_PFN = 0x10000;
const FRAMES = 300_000;

/** A fixed pseudo-random sequence in 0..1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Three stretches of interleaved owners with wide gaps between; group 0 owns nothing. */
export function madeOwners(): Uint8Array {
  const owners = new Uint8Array(FRAMES);
  const random = sequence(42);
  for (const [from, to] of [
    [3000, 70_000],
    [120_000, 131_072],
    [180_000, 290_000],
  ] as [number, number][])
    for (let at = from; at < to; ) {
      const near = Math.floor(at / 9000) % 13;
      const pick = random();
      const owner = pick < 0.25 ? 0 : 2 + ((near + Math.floor(random() * 3)) % 14);
      const end = Math.min(to, at + 1 + Math.floor(random() ** 3 * 24));
      owners.fill(owner, at, end);
      at = end;
    }
  return owners;
}

function counters(): CounterRow[] {
  const rows: CounterRow[] = [];
  const items = ["cache", "rss", "shmem", "mapped_file", "inactive_anon", "active_anon", "inactive_file"];
  items.push("active_file", "unevictable");
  GROUPS.forEach(({ path, online }, g) => {
    if (!online) return;
    for (const prefix of ["", "total_"])
      items.forEach((item, i) => {
        const pages = (g * 7919 + i * 104_729) % 40_000;
        const row: CounterRow = {
          group: path,
          item: prefix + item,
          kernelPages: pages,
          ledgerPages: item === "unevictable" ? 0 : pages,
          eventPages: pages,
          source: item === "mapped_file" ? "events" : "frames",
        };
        if (item === "unevictable") rows.push({ ...row, kernelPages: 0 });
        else if (g === 1 && item === "rss")
          rows.push({ ...row, ledgerPages: pages + 12, reason: Reason.BATCH });
        else if (g === 5 && item === "inactive_file") rows.push({ ...row, ledgerPages: pages - 3 });
        else rows.push(row);
      });
    rows.push({
      group: path,
      item: "kmem.usage_in_bytes",
      kernelPages: 64,
      ledgerPages: 64,
      source: "events",
    });
    rows.push({
      group: path,
      item: "usage_in_bytes",
      kernelPages: 50_064.25 + g,
      ledgerPages: 50_000 + g,
      source: "frames",
      reason: Reason.STOCK,
    });
  });
  return rows;
}

const FIGURES: FrameFigures = {
  kernel: 184_100,
  steady: 184_000,
  same: 183_978,
  missing: 21,
  extra: 5,
  inFlux: 100,
  reasons: { [Reason.STACK]: 16, [Reason.SPLIT]: 4, "": 2 },
  listed: Array.from({ length: 20 }, (_, i) => ({
    pfn: 0x12340 + i * 3,
    kernel: i % 4 === 0 ? NASTY_PATH : "/tenants/batch",
    ledger: i % 3 === 0 ? "" : QUOTED_PATH,
    reason: i === 19 ? "" : i % 2 === 0 ? Reason.STACK : Reason.SPLIT,
  })),
};

const NAMES = ["in-page", "column", "page-cgroup", "radix"];

export function madeReport(): ReportData {
  const rows = counters();
  const designs = NAMES.map(
    (design, i): DesignResult => ({
      design,
      frames: FIGURES,
      counters: rows,
      nsPerEvent: [41.2, 38.75, 52.9, 88.1][i]!,
      bytesPerPage: [2, 2, 20, 4.3125][i]!,
      auditDifferences: 0,
    }),
  );
  const result: VerifyResult = {
    capture: "tenants <b>&amp;</b>",
    events: 1_234_567,
    lines: 1_234_999,
    seconds: 61.25,
    skipped: { mm_page_free_batched: 51_234, rss_stat: 18_222, "<i>odd</i>": 3 },
    verdict: "wrong",
    because: [
      "2 frames placed otherwise, without a reason (in-page)",
      `16 frames placed otherwise: ${Reason.STACK}`,
    ],
    designs,
    witnesses: {
      agree: 88_120,
      disagree: 2,
      memcgOnly: 401,
      taskOnly: 0,
      listed: [
        { line: 1801, pfn: 0x12345, task: NASTY_PATH, memcg: "/tenants/batch" },
        { line: 99_120, pfn: 0x22345, task: "/tenants", memcg: "" },
      ],
    },
    lostEvents: 0,
    stray: { unknownFrees: 12 },
  };
  return {
    result,
    groups: GROUPS,
    timeline: madeTimeline(5000),
    frameMap: { firstPfn: FIRST_PFN, owners: madeOwners() },
    designs: NAMES.map((name) => ({ name, title: `owner in ${name}`, from: "Linux" })),
    environment: {
      cpu: "AMD EPYC 7B13",
      engine: "Node 20",
      version: "0.1.0",
      command: "pageledger report tenants --html tenants.html --designs in-page,column,page-cgroup,radix",
    },
  };
}

function madeTimeline(samples: number): ReportData["timeline"] {
  const random = sequence(7);
  const seconds = Array.from({ length: samples }, (_, i) => (i * 61.25) / (samples - 1));
  const pages = GROUPS.map((_, g) => {
    let held = 0;
    const top = g === 0 ? 0 : 4000 + ((g * 5303) % 30_000);
    return seconds.map((s) => {
      const isAlive = s > g * 2 && !(g === 3 && s > 40);
      held += ((isAlive ? top : 0) - held) * 0.004 + (isAlive && top > 0 ? (random() - 0.5) * top * 0.01 : 0);
      return Math.max(0, Math.round(held));
    });
  });
  return { seconds, events: seconds.map((_, i) => i * 247), pages };
}

export function emptyReport(): ReportData {
  return {
    result: {
      capture: "nothing",
      events: 0,
      lines: 0,
      seconds: 0,
      skipped: {},
      verdict: "exact",
      because: [],
      designs: [],
      witnesses: { agree: 0, disagree: 0, memcgOnly: 0, taskOnly: 0, listed: [] },
      lostEvents: 0,
      stray: {},
    },
    groups: [],
    timeline: { seconds: [], events: [], pages: [] },
    frameMap: { firstPfn: 0, owners: new Uint8Array(0) },
    designs: [],
    environment: {
      cpu: "unknown",
      engine: "Node 20",
      version: "0.1.0",
      command: "pageledger report nothing",
    },
  };
}
