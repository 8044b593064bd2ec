// header-cache: the last header of each cpu and set of flags, so that most are compared and not parsed.
//
// Traces of real machines come in runs: a task on a cpu, within a second.  98 to 99 of 100 lines repeat the text of
// an earlier line up to the decimal point of the time, with only the six digits behind it new.
//
//     entry  0 offset of `[` u32 │ 4 length u32 │ 8 cpu │ 12 pid │ 16 seconds │ 20 – │ 32 text, up to 64 bytes
//
// INVARIANTS  E1  An entry holds the text of a line from its start through the `.` of its time, where the header
//                 was found at the line's first `[`.  The same text before six digits and `: ` reads the same.
//             E2  Hence the cache changes nothing but the time it takes.
import { BAD_NUMBER, eightDecimals, isDigit, sameText } from "./bytes";
import { HEADER_SLOTS, HEADERS_PTR, WORD_CPU, WORD_TIME_HI, WORD_TIME_LO } from "./records";

const ENTRY_BYTES: usize = 96;
const ENTRY_OPEN: usize = 0;
const ENTRY_LENGTH: usize = 4;
const ENTRY_CPU: usize = 8;
const ENTRY_PID: usize = 12;
const ENTRY_SECONDS: usize = 16;
const ENTRY_TEXT: usize = 32;
const TEXT_MAX_BYTES: usize = 64;

/** The entry for the header around this `[`: by cpu and by the flags behind it. */
export function entryFor(open: usize): usize {
  const mixed = (load<u64>(open + 4) ^ ((<u64>load<u32>(open)) << 17)) * 0x9e3779b97f4a7c15;
  return <usize>HEADERS_PTR + (<usize>(mixed >> 58) & <usize>(HEADER_SLOTS - 1)) * ENTRY_BYTES;
}

/** Fills the record from the entry.  Returns the address of the event's name, or 0: not this header. */
export function recallHeader(entry: usize, line: usize, open: usize, out: usize): usize {
  if (load<u32>(entry, ENTRY_OPEN) != <u32>(open - line)) return 0;
  const length = <usize>load<u32>(entry, ENTRY_LENGTH);
  // An empty entry has length 0.
  if (length < 16 || !sameText(entry + ENTRY_TEXT, line, length)) return 0;
  const fraction = load<u64>(line + length);
  if (fraction >> 48 != 0x203a /* ": " */) return 0;
  const microseconds = eightDecimals((fraction << 16) | 0x3030);
  if (microseconds == BAD_NUMBER) return 0;
  store<u64>(out, load<u64>(entry, ENTRY_CPU), WORD_CPU << 2);
  store<u32>(out, load<u32>(entry, ENTRY_SECONDS), WORD_TIME_HI << 2);
  store<u32>(out, <u32>microseconds * 1000, WORD_TIME_LO << 2);
  let name = line + length + 8;
  while (load<u8>(name) == 0x20) name++;
  return name;
}

/** Keeps the header that was just read into the record, if it is of the usual kind. */
export function rememberHeader(entry: usize, line: usize, open: usize, out: usize): void {
  // The first colon behind "] " ends the time.  Should odd flags hold one, then no digit stands where seconds do.
  let at = open + 5;
  while (load<u8>(at) != 0x3a /* : */ && at - line < TEXT_MAX_BYTES + 8) at++;
  const length = at - 6 - line;
  store<u32>(entry, 0, ENTRY_LENGTH);
  if (
    length < 16 ||
    length > TEXT_MAX_BYTES ||
    load<u8>(at - 7) != 0x2e /* . */ ||
    !isDigit(load<u8>(at - 8))
  )
    return;
  store<u32>(entry, <u32>(open - line), ENTRY_OPEN);
  store<u32>(entry, <u32>length, ENTRY_LENGTH);
  store<u64>(entry, load<u64>(out, WORD_CPU << 2), ENTRY_CPU);
  store<u32>(entry, load<u32>(out, WORD_TIME_HI << 2), ENTRY_SECONDS);
  memory.copy(entry + ENTRY_TEXT, line, length);
}
