// lost: lines by which a tracer says that it lost events, or how many it wrote and kept.
//
//     ftrace     CPU:1 [LOST 123 EVENTS]     CPU:1 [LOST EVENTS]
//                # entries-in-buffer/entries-written: 205/2206250   #P:2
//     trace-cmd  CPU:1 [123 EVENTS DROPPED]  CPU:1 [EVENTS DROPPED]
//     perf       … PERF_RECORD_LOST lost 123     Processed 9 events and lost 2 chunks!
//
// Such lines are rare, so regular expressions are good enough; all of them run in linear time.

/** Number of events lost; 0 when the line does not tell how many.  Undefined: the line is about something else. */
export type LostCount = number | undefined;

const PATTERNS: readonly RegExp[] = [
  /^\s*CPU[: ]\s*\d{1,5} \[LOST (\d{1,15}) EVENTS?\]\s*$/,
  /^\s*CPU[: ]\s*\d{1,5} \[LOST EVENTS\]\s*$/,
  /^\s*CPU[: ]\s*\d{1,5} \[(\d{1,15}) EVENTS? DROPPED\]\s*$/,
  /^\s*CPU[: ]\s*\d{1,5} \[EVENTS DROPPED\]\s*$/,
  /PERF_RECORD_LOST(?:_SAMPLES)?:? lost (\d{1,15})/,
  /^Processed \d{1,15} events and lost (\d{1,15}) (?:chunks|events|samples)/i,
  /^\s*lost (\d{1,15}) events/i,
];

/** Reads a line without a header. */
export function lostCount(line: string): LostCount {
  for (const pattern of PATTERNS) {
    const found = pattern.exec(line);
    if (found) return Number(found[1] ?? 0);
  }
  return undefined;
}

/** Events that the ring buffer overwrote, by the header of an ftrace text; 0 if none or if the line is another. */
export function overwrittenCount(line: string): number {
  const found = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})(?:\s|$)/.exec(line);
  if (!found) return 0;
  return Math.max(0, Number(found[2]) - Number(found[1]));
}
