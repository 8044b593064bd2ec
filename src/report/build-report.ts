/**
 * build-report: from a verified replay to what a report shows.
 */
import type { Timeline } from "../capture/timeline.js";
import type { Verification } from "../capture/verification.js";
import type { DesignInfo } from "../designs.js";
import type {
  ReportData,
  ReportEnvironment,
  ReportFrameMap,
  ReportGroup,
  ReportTimeline,
} from "./report-data.js";

const MAP_OTHER = 255;

/** The groups that the capture met, removed ones included. */
export function reportGroups({ replay }: Verification): ReportGroup[] {
  const met = replay.attribution.groups.all();
  const indexOf = new Map(met.map((group, index) => [group.id, index]));
  return met.map(({ path, parent, online }) => ({ path, parent: indexOf.get(parent) ?? -1, online }));
}

export function buildReport(
  verification: Verification,
  timeline: Timeline,
  designs: readonly DesignInfo[],
  environment: ReportEnvironment,
): ReportData {
  const { result, replay } = verification;
  const met = replay.attribution.groups.all();
  const indexOf = new Map(met.map((group, index) => [group.id, index]));
  return {
    result,
    groups: reportGroups(verification),
    timeline: columns(timeline, replay.firstSeconds, met),
    frameMap: mapFrames(replay, indexOf),
    designs: designs.map(({ name, title, from }) => ({ name, title, from })),
    environment,
  };
}

function columns(
  timeline: Timeline,
  firstSeconds: number,
  groups: readonly { id: number }[],
): ReportTimeline {
  const { samples } = timeline;
  return {
    seconds: samples.map((s) => s.seconds - firstSeconds),
    events: samples.map((s) => s.events),
    pages: groups.map((group) => samples.map((s) => s.chargedPages[group.id] ?? 0)),
  };
}

/** Owners at the end, from the first owned frame to the last. */
function mapFrames(replay: Verification["replay"], indexOf: ReadonlyMap<number, number>): ReportFrameMap {
  const ledger = replay.ledgers[0];
  if (ledger === undefined) return { firstPfn: 0, owners: new Uint8Array(0) };
  const owners = new Uint8Array(ledger.nrFrames);
  let first = ledger.nrFrames;
  let last = -1;
  for (let pfn = ledger.nextOwned(0); pfn < ledger.nrFrames; pfn = ledger.nextOwned(pfn + 1)) {
    const index = indexOf.get(ledger.ownerOf(pfn));
    if (index === undefined) continue;
    owners[pfn] = Math.min(index + 1, MAP_OTHER);
    if (first > pfn) first = pfn;
    last = pfn;
  }
  return last < 0
    ? { firstPfn: 0, owners: new Uint8Array(0) }
    : { firstPfn: first, owners: owners.slice(first, last + 1) };
}
