// header: the part of a line before the event's name: who, where, when.
//
//     ftrace      comm-pid [cpu] flags ts: event: args     flags: 4 to 6 characters, may be absent
//                 comm-pid (tgid) [cpu] flags ts: event: args
//     trace-cmd   comm-pid [cpu]  ts: event:   args
//     perf        comm pid [cpu] ts:  subsys:event: args    or pid/tid
//
// A comm may hold anything: spaces, dashes, brackets.  So the header is found from its one rigid part, going
// left and right from it: ` [ddd] `, then the time.  The leftmost place that reads as a header wins.
//
// INVARIANTS  H1  A comm cannot fake a header: it has at most 15 bytes, and the shortest text that passes here,
//                 `-1 [000] 1.000000: ` or `-1 [000] 100000: `, is longer.  This is why short fractions and
//                 short bare tick counts are not accepted.
//             H2  Arguments cannot fake one: they lie to the right of the true header.
//             H3  Linear time: each candidate looks only as far as the next character that is no blank.
import { BAD_NUMBER, findByte, getState, isDigit, parseDecimal, setState, skipSpaces } from "./bytes";
import { entryFor, recallHeader, rememberHeader } from "./header-cache";
import {
  CLOCK_SECONDS,
  CLOCK_TICKS,
  CPU_MAX,
  IN_INTERRUPT,
  PID_LIMIT,
  STATE_CLOCKS,
  WORD_CPU,
  WORD_PID,
  WORD_TIME_HI,
  WORD_TIME_LO,
} from "./records";

/** Writes cpu, pid and time to the record.  Returns the address of the event's name, or 0: no header here. */
export function parseHeader(line: usize, end: usize, out: usize): usize {
  let open = findByte(line, end, 0x5b /* [ */);
  if (open < end) {
    const entry = entryFor(open);
    const known = recallHeader(entry, line, open, out);
    if (known) return known;
    const name = headerAt(line, open, out);
    if (name) {
      rememberHeader(entry, line, open, out);
      return name;
    }
    open = findByte(open + 1, end, 0x5b);
  }
  while (open < end) {
    const name = headerAt(line, open, out);
    if (name) return name;
    open = findByte(open + 1, end, 0x5b);
  }
  return 0;
}

function headerAt(line: usize, open: usize, out: usize): usize {
  if (open <= line || load<u8>(open - 1) != 0x20) return 0;
  let at = open + 1;
  let cpu: u32 = 0;
  while (isDigit(load<u8>(at))) {
    if (at - open > 5) return 0;
    cpu = cpu * 10 + load<u8>(at++) - 0x30;
  }
  // The kernel, trace-cmd and perf all print the cpu with at least three digits.
  if (at - open < 4 || cpu > CPU_MAX || load<u16>(at) != 0x205d /* "] " */) return 0;
  if (!pidBefore(line, open - 1, out)) return 0;
  store<u32>(out, cpu, WORD_CPU << 2);
  // The time comes last, since it also notes the clock of the trace.
  return timeAt(at + 1, out);
}

/** Optional flags, then the time.  Returns the address behind `: ` and blanks, or 0. */
function timeAt(blank: usize, out: usize): usize {
  let at = skipSpaces(blank);
  if (!isDigit(load<u8>(at))) {
    // The first flag says whether interrupts are off: a letter or a dot, never a digit.
    const flags = at;
    while (load<u8>(at) > 0x20) {
      if (at - flags > 7) return 0;
      at++;
    }
    // The third flag: hard or soft interrupt, or NMI.
    if (at - flags >= 4 && isInterruptFlag(load<u8>(flags + 2))) {
      store<u32>(out, load<u32>(out, WORD_CPU << 2) | IN_INTERRUPT, WORD_CPU << 2);
    }
    blank = at;
    at = skipSpaces(at);
  }
  const first = at;
  let whole: u64 = 0;
  while (true) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    whole = whole * 10 + digit;
    at++;
    if (at - first > 19) return 0;
  }
  if (at == first) return 0;
  if (load<u8>(at) == 0x2e /* . */) {
    const fraction = ++at;
    let nanoseconds: u32 = 0;
    while (true) {
      const digit = <u32>load<u8>(at) - 0x30;
      if (digit > 9) break;
      nanoseconds = nanoseconds * 10 + digit;
      at++;
      if (at - fraction > 9) return 0;
    }
    const digits = at - fraction;
    if (digits < 6 || whole > 0xffffffff) return 0; // H1
    if (digits == 6) nanoseconds *= 1000;
    else for (let i = digits; i < 9; i++) nanoseconds *= 10;
    store<u32>(out, <u32>whole, WORD_TIME_HI << 2);
    store<u32>(out, nanoseconds, WORD_TIME_LO << 2);
    if (load<u16>(at) != 0x203a /* ": " */) return 0;
    noteClock(CLOCK_SECONDS);
  } else {
    // Clocks such as `counter` and `x86-tsc` print bare ticks, in 12 columns.
    if (at - first < 6 && at - blank < 12) return 0; // H1
    store<u32>(out, <u32>(whole >> 32), WORD_TIME_HI << 2);
    store<u32>(out, <u32>whole, WORD_TIME_LO << 2);
    if (load<u16>(at) != 0x203a) return 0;
    noteClock(CLOCK_TICKS);
  }
  return skipSpaces(at + 2);
}

function isInterruptFlag(flag: u32): bool {
  const lower = flag | 0x20;
  return lower == 0x68 /* h H */ || lower == 0x7a /* z Z */ || flag == 0x73 /* s */;
}

function noteClock(clock: u32): void {
  const clocks = getState(STATE_CLOCKS);
  if (!(clocks & clock)) setState(STATE_CLOCKS, clocks | clock);
}

/** Reads the pid leftwards from the blank before `[`, over a `(tgid)` column if there is one. */
function pidBefore(line: usize, at: usize, out: usize): bool {
  while (at > line && load<u8>(at) == 0x20) at--;
  if (load<u8>(at) == 0x29 /* ) */) {
    // `(  1234)`, or `(-------)` where the kernel did not record it.
    const close = at;
    while (at > line && load<u8>(at) != 0x28 /* ( */) {
      if (close - at > 12) return false;
      at--;
    }
    if (at <= line) return false;
    at--;
    while (at > line && load<u8>(at) == 0x20) at--;
  }
  const last = at;
  while (at > line && isDigit(load<u8>(at))) at--;
  if (at == last) return false;
  const before = load<u8>(at);
  if (before != 0x2d /* - */ && before != 0x20 && before != 0x2f /* / */) return false;
  const pid = parseDecimal(at + 1, last + 1);
  if (pid == BAD_NUMBER || pid >= PID_LIMIT) return false;
  store<u32>(out, <u32>pid, WORD_PID << 2);
  return true;
}
