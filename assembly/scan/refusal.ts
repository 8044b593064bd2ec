// refusal: why a line of a known event was not believed, for the host to say so.
//
// A parser returns REASON_NONE, or the reason that it left in the state words together with the field and the
// text at fault.  The first refusal ends the scan: a guess would make the books wrong.
import { BAD_NUMBER, setState } from "./bytes";
import {
  INPUT_PTR,
  REASON_MISSING,
  REASON_NONE,
  REASON_NOT_A_NUMBER,
  REASON_OUT_OF_RANGE,
  STATE_BAD_BYTES,
  STATE_BAD_OFFSET,
  STATE_FIELD,
  STATE_REASON,
} from "./records";

export function refuse(reason: u32, field: u32, at: usize, end: usize): u32 {
  setState(STATE_REASON, reason);
  setState(STATE_FIELD, field);
  setState(STATE_BAD_OFFSET, <u32>(at - INPUT_PTR));
  setState(STATE_BAD_BYTES, <u32>(end - at));
  return reason;
}

/** REASON_NONE, or a refusal when `value` is no number or lies at `limit` or above. */
export function checkBelow(value: u64, limit: u64, field: u32, at: usize, end: usize): u32 {
  if (value < limit) return REASON_NONE;
  return refuse(value == BAD_NUMBER ? REASON_NOT_A_NUMBER : REASON_OUT_OF_RANGE, field, at, end);
}

/** REASON_NONE, or a refusal that names the lowest field of `required` (bits by FIELD_*) not in `seen`. */
export function checkSeen(seen: u32, required: u32, at: usize, end: usize): u32 {
  const missing = required & ~seen;
  return missing ? refuse(REASON_MISSING, <u32>ctz(missing), at, end) : REASON_NONE;
}
