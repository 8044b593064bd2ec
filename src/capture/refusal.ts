// refusal: the scanner's reason for not believing a line, put into words.
import { CaptureError, excerpt } from "./errors.js";
import { Field, Reason, Scan, State } from "./records.js";
import type { ScanRun } from "./scanner.js";

/** What each field must be. */
const LIMITS: { readonly [name: string]: string } = {
  PFN: `a frame number below 2^${Scan.PFN_BITS}`,
  ORDER: `a number from 0 to ${Scan.ORDER_MAX}`,
  GFP_FLAGS: "allocation flags by name or as 0x… number",
  MIGRATETYPE: `a number from 0 to ${Scan.MIGRATETYPE_MAX}`,
  LRU: `a number from 0 to ${Scan.LRU_MAX}`,
  FLAGS: "some of the letters M a f s b d B, with either a or f",
  DEV: "major:minor",
  INO: "a hexadecimal number",
  MEMCG_ID: "a decimal number",
  ITEM: "a number below 2^31",
  VAL: "a signed number of 32 bits",
  PID: `a number below ${Scan.PID_LIMIT}`,
  CHILD_PID: `a number below ${Scan.PID_LIMIT}`,
  MM_ID: "a number below 2^32",
  CURR: "0 or 1",
};

const FIELD_NAMES = new Map<number, string>(Object.entries(Field).map(([name, id]) => [id, name]));

/** The error for the line at `lineStart` of the input, which the scanner refused. */
export function describeRefusal(
  run: ScanRun,
  file: string,
  line: number,
  lineStart: number,
  filled: number,
): CaptureError {
  const reason = run.state(State.REASON);
  if (reason === Reason.LINE_TOO_LONG) {
    return longLine(run.input.subarray(lineStart, filled), file, line);
  }
  const name = FIELD_NAMES.get(run.state(State.FIELD)) ?? "NONE";
  const offset = run.state(State.BAD_OFFSET);
  const bad = excerpt(run.input.subarray(offset, offset + run.state(State.BAD_BYTES)));
  return new CaptureError({
    file,
    line,
    reason: describe(reason, name, bad),
    remedy: "remove or repair the line, or record the trace again",
  });
}

/** The error for a line that starts with `text` and does not end where lines must. */
export function longLine(text: Uint8Array, file: string, line: number): CaptureError {
  return new CaptureError({
    file,
    line,
    reason: `a line of more than ${Scan.LINE_MAX_BYTES} bytes, which starts "${excerpt(text.subarray(0, 40))}"`,
    remedy: "check that the file is a trace in text form",
  });
}

function describe(reason: number, name: string, bad: string): string {
  const field = name.toLowerCase();
  const limit = LIMITS[name] ?? "";
  switch (reason) {
    case Reason.MISSING:
      return `no ${field} in "${bad}": it must be ${limit}`;
    case Reason.TWICE:
      return `${field} is given twice, last as "${bad}"`;
    case Reason.OUT_OF_RANGE:
      return `${field} "${bad}" is out of range: it must be ${limit}`;
    default:
      return `${field} "${bad}" cannot be read: it must be ${limit}`;
  }
}
