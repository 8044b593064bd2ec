// index: the scanner's entry: text in, fixed-size records out.
//
// The host copies text into the input buffer and calls `scan`; the scanner takes whole lines only and says how
// far it came.  What each line means is decided here, so that a JavaScript host never looks at a byte of an
// ordinary event.  The rule for lines that are not ordinary stands in src/capture/reader.ts.
//
// CONTEXT     One agent.  `seed` first, for each known name; then `scan` as often as text arrives.
// COST        one pass to find the newline, one hash probe for the name, no allocation, no call out.
import { findByte, findNewline, getState, setState } from "./bytes";
import { parseCounter, parseRssStat } from "./counters";
import { parseHeader } from "./header";
import { addUnknown, countSlot, fillSlot, findSlot, isEventName, isFree } from "./names";
import { parsePage } from "./pages";
import {
  FIELD_NONE,
  GFP_PTR,
  GFP_SLOTS,
  INPUT_PTR,
  KIND_BUFFER_HEADER,
  KIND_COUNT_MEMCG_EVENTS,
  KIND_LOST,
  KIND_MM_FILEMAP_DELETE,
  KIND_MM_LRU_INSERTION,
  KIND_RSS_STAT,
  KIND_SCHED_PROCESS_EXIT,
  KIND_SCHED_PROCESS_FORK,
  KIND_TRACING_MARK,
  LINE_MAX_BYTES,
  NAME_MAX_BYTES,
  NAMES_PTR,
  NAMES_SLOTS,
  OUTPUT_PTR,
  OUTPUT_RECORDS,
  REASON_LINE_TOO_LONG,
  REASON_NONE,
  RECORD_WORDS,
  SLOT_VALUE,
  STATE_CONSUMED,
  STATE_LINES,
  STATE_NOT_EVENTS,
  STATE_NOTES,
  STATE_OTHER_NAMES,
  STATE_STATUS,
  STATUS_DONE,
  STATUS_OUTPUT_FULL,
  STATUS_REFUSED,
  WORD_KIND,
  WORD_LINE,
  WORD_PFN_LO,
  WORD_TEXT_BYTES,
  WORD_TEXT_OFFSET,
} from "./records";
import { refuse } from "./refusal";
import { parseExit, parseFork } from "./tasks";
import { readUsualCounter, readUsualPage } from "./usual";

const RECORD_BYTES: usize = RECORD_WORDS << 2;
const OUTPUT_END: usize = OUTPUT_PTR + OUTPUT_RECORDS * (RECORD_WORDS << 2);

/** Length of `print`, the other name of tracing_mark_write. */
const PRINT_BYTES: u32 = 5;

// What a line came to.
const NOTHING: u32 = 0;
const RECORD: u32 = 1;
const NOT_EVENT: u32 = 2;
const REFUSED: u32 = 3;

/** Gives the name of `length` bytes at the start of the input a meaning: an event's kind, or a flag's bits. */
export function seed(isGfpFlag: bool, length: u32, value: u32): void {
  const slot = isGfpFlag
    ? findSlot(GFP_PTR, GFP_SLOTS, INPUT_PTR, length)
    : findSlot(NAMES_PTR, NAMES_SLOTS, INPUT_PTR, length);
  fillSlot(slot, INPUT_PTR, length, value);
}

/** Scans the lines in [start, end) of the input; the first has this number.  Returns the number of records; STATE_* says the rest. */
export function scan(start: u32, end: u32, firstLine: u32): u32 {
  const limit: usize = INPUT_PTR + end;
  let line: usize = INPUT_PTR + start;
  let out: usize = OUTPUT_PTR;
  let lines: u32 = 0;
  let notEvents: u32 = 0;
  let status = STATUS_DONE;
  setState(STATE_NOTES, 0);
  while (line < limit) {
    const newline = findNewline(line, limit);
    if (newline >= limit) break;
    if (out == OUTPUT_END) {
      status = STATUS_OUTPUT_FULL;
      break;
    }
    if (newline - line > LINE_MAX_BYTES) {
      refuse(REASON_LINE_TOO_LONG, FIELD_NONE, line, newline);
      status = STATUS_REFUSED;
      break;
    }
    let lineEnd = newline;
    if (lineEnd > line && load<u8>(lineEnd - 1) == 0x0d) lineEnd--;
    const outcome = scanLine(line, lineEnd, out);
    if (outcome == REFUSED) {
      status = STATUS_REFUSED;
      break;
    }
    if (outcome == RECORD) {
      store<u32>(out, firstLine + lines, WORD_LINE << 2);
      out += RECORD_BYTES;
    } else if (outcome == NOT_EVENT) {
      notEvents++;
    }
    lines++;
    line = newline + 1;
  }
  setState(STATE_STATUS, status);
  setState(STATE_CONSUMED, <u32>(line - INPUT_PTR));
  setState(STATE_LINES, lines);
  setState(STATE_NOT_EVENTS, notEvents);
  return <u32>((out - OUTPUT_PTR) / RECORD_BYTES);
}

function scanLine(line: usize, end: usize, out: usize): u32 {
  if (line == end) return NOTHING;
  if (load<u8>(line) == 0x23 /* # */) return scanComment(line, end, out);
  let name = parseHeader(line, end, out);
  if (!name) return scanNoEvent(line, end, out);

  // The name ends at a colon with a blank behind it; one before that ends perf's subsystem.
  let colon = findByte(name, end, 0x3a);
  while (colon + 1 < end && load<u8>(colon + 1) > 0x20) {
    name = colon + 1;
    colon = findByte(name, end, 0x3a);
  }
  const length = <u32>(colon - name);
  if (colon >= end || length - 1 >= NAME_MAX_BYTES) return scanNoEvent(line, end, out);
  const slot = findSlot(NAMES_PTR, NAMES_SLOTS, name, length);
  const kind: u32 = isFree(slot) ? 0 : load<u32>(slot, SLOT_VALUE);
  if (!kind) return scanUnknown(slot, name, length);

  let at = colon + 1;
  while (at < end && load<u8>(at) == 0x20) at++;
  if (kind == KIND_TRACING_MARK && length == PRINT_BYTES) at = skipMarkPrefix(at, end);
  store<u32>(out, kind, WORD_KIND << 2);
  clearArguments(out);
  const reason = parseArguments(kind, at, end, out);
  if (reason) return REFUSED;
  countSlot(slot);
  return RECORD;
}

function clearArguments(out: usize): void {
  store<u64>(out, 0, WORD_PFN_LO << 2);
  store<u64>(out, 0, (WORD_PFN_LO + 2) << 2);
  store<u64>(out, 0, (WORD_PFN_LO + 4) << 2);
}

function parseArguments(kind: u32, at: usize, end: usize, out: usize): u32 {
  if (kind <= KIND_MM_LRU_INSERTION && readUsualPage(kind, at, end, out)) return REASON_NONE;
  if (kind <= KIND_MM_FILEMAP_DELETE) return parsePage(kind, at, end, out);
  if (kind <= KIND_COUNT_MEMCG_EVENTS) {
    return readUsualCounter(at, end, out) ? REASON_NONE : parseCounter(at, end, out);
  }
  if (kind == KIND_RSS_STAT) return parseRssStat(at, end, out);
  if (kind == KIND_SCHED_PROCESS_FORK) return parseFork(at, end, out);
  if (kind == KIND_SCHED_PROCESS_EXIT) return parseExit(at, end, out);
  storeText(at, end, out);
  return REASON_NONE;
}

/** trace-cmd and perf print a mark as `print: tracing_mark_write: text`. */
function skipMarkPrefix(at: usize, end: usize): usize {
  if (
    end - at < 20 ||
    load<u64>(at) != 0x5f676e6963617274 /* "tracing_" */ ||
    load<u64>(at + 8) != 0x6972775f6b72616d /* "mark_wri" */ ||
    load<u32>(at + 16) != 0x203a6574 /* "te: " */
  ) {
    return at;
  }
  return at + 20;
}

function storeText(at: usize, end: usize, out: usize): void {
  store<u32>(out, <u32>(at - INPUT_PTR), WORD_TEXT_OFFSET << 2);
  store<u32>(out, <u32>(end - at), WORD_TEXT_BYTES << 2);
}

function scanUnknown(slot: usize, name: usize, length: u32): u32 {
  if (isFree(slot)) {
    if (!isEventName(name, length)) return NOT_EVENT;
    if (!addUnknown(slot, name, length)) {
      setState(STATE_OTHER_NAMES, getState(STATE_OTHER_NAMES) + 1);
      return NOTHING;
    }
  }
  countSlot(slot);
  return NOTHING;
}

/** `# entries-in-buffer/entries-written: …` tells of lost events; other comments tell nothing. */
function scanComment(line: usize, end: usize, out: usize): u32 {
  if (end - line < 40 || load<u64>(line + 2) != 0x2d73656972746e65 /* "entries-" */) return NOTHING;
  return note(KIND_BUFFER_HEADER, line, end, out);
}

/** A line that is no event: text that the host reads if it may tell of lost events. */
function scanNoEvent(line: usize, end: usize, out: usize): u32 {
  // Such lines are short.  The bound keeps a file of noise from costing more than a look at its lines.
  const stop = min(end, line + 256);
  for (let at = line; at + 4 <= stop; at++) {
    const word = load<u32>(at) | 0x20202020;
    if (word == 0x74736f6c /* "lost" */ || word == 0x706f7264 /* "drop" */)
      return note(KIND_LOST, line, end, out);
  }
  return NOT_EVENT;
}

function note(kind: u32, line: usize, end: usize, out: usize): u32 {
  setState(STATE_NOTES, getState(STATE_NOTES) + 1);
  memory.fill(out, 0, RECORD_BYTES);
  store<u32>(out, kind, WORD_KIND << 2);
  storeText(line, end, out);
  return RECORD;
}
