// reader: a trace, as a stream of bytes in any chunks, becomes batches of records.
//
// THE RULE    what becomes of a line:
//
//   1. A comment (`#` first) or an empty line is no event and is not counted.  From the header
//      `# entries-in-buffer/entries-written: A/B`, B − A events are lost.
//   2. A line that says that events were lost (see lost.ts) becomes a LOST record and is added up.
//   3. A line without an event's header is skipped and counted under "(not an event)".
//   4. An event that is not known is skipped and counted under its name: at most 1000 names, those beyond
//      under "(other names)".  A name longer than 64 bytes, or with odd characters, is no event.
//   5. A known event becomes a record.  If a field is missing, given twice or impossible (a pfn of 2^40 or
//      more, an order above 20, no number …) the trace is refused: a guess would make the books wrong.
//   6. A last line without its newline is torn, even if it reads well: `val=1` may be the start of
//      `val=12`.  It is skipped and counted under "(torn last line)".
//   7. A line of more than 65536 bytes ends the reading: it is no trace, and memory stays bounded.
//
// The result does not depend on how the bytes are cut into chunks.
//
// CONTEXT     The sink runs inside the reading loop and must take what it wants from the batch before it
//             returns: the next scan writes to the same memory.
import { atLine } from "./errors.js";
import { lostCount, overwrittenCount } from "./lost.js";
import { Clock, type EventBatch, Kind, Scan, State, Status, Word } from "./records.js";
import { describeRefusal, longLine } from "./refusal.js";
import { type Scanner, type ScanRun, startRun } from "./scanner.js";
import { sniffTrace } from "./sniff.js";

export type { EventBatch } from "./records.js";

export interface ScanOptions {
  readonly scanner: Scanner;
  /** Name used in errors. */
  readonly file?: string;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called once per chunk with the bytes of text read so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** A place where events are missing. */
export interface LostEvents {
  readonly line: number;
  /** 0 when the tracer did not tell how many. */
  readonly count: number;
}

export interface ScanSummary {
  readonly bytes: number;
  readonly lines: number;
  /** Records of events; LOST records are not among them. */
  readonly events: number;
  /** Events by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** Skipped lines by event name or by reason in brackets. */
  readonly skipped: ReadonlyMap<string, number>;
  /** All events that the trace says are lost, as far as it tells how many. */
  readonly lostEvents: number;
  /** Places that tell no number: `lostEvents` is then a lower bound. */
  readonly lostUncounted: number;
  /** The first 1000 places. */
  readonly lost: readonly LostEvents[];
  /** "ticks": times are bare 64-bit counts of an unknown unit. */
  readonly clock: "none" | "seconds" | "ticks" | "mixed";
}

export const NOT_AN_EVENT = "(not an event)";
export const OTHER_NAMES = "(other names)";
export const TORN_LAST_LINE = "(torn last line)";

const LOST_PLACES_MAX = 1000;
const NOTE_MAX_BYTES = 512;
const SNIFF_BYTES = 16;

/** Reads a whole trace and gives its events to the sink, in the order of the file. */
export async function scanTrace(
  source: AsyncIterable<Uint8Array>,
  sink: (batch: EventBatch) => void,
  options: ScanOptions,
): Promise<ScanSummary> {
  const reading = new Reading(await startRun(options.scanner), sink, options.file ?? "trace");
  const { signal, onProgress } = options;
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      reading.take(chunk);
      onProgress?.(reading.bytes);
    }
  } catch (error) {
    throw atLine(error, reading.lines);
  }
  signal?.throwIfAborted();
  return reading.finish();
}

/** The state of one run, from the first chunk to the summary. */
class Reading {
  bytes = 0;
  lines = 0;
  private events = 0;
  private notEvents = 0;
  private torn = 0;
  private lostEvents = 0;
  private lostUncounted = 0;
  private readonly lost: LostEvents[] = [];
  /** Bytes at the start of the input that are not scanned yet. */
  private filled = 0;
  /** Bytes of `filled` to pass over: a byte order mark. */
  private start = 0;
  private sniffed = false;
  private readonly decoder = new TextDecoder();
  private readonly batch: { -readonly [K in keyof EventBatch]: EventBatch[K] };

  constructor(
    private readonly run: ScanRun,
    private readonly sink: (batch: EventBatch) => void,
    private readonly file: string,
  ) {
    this.batch = { words: run.words, count: 0, stride: Scan.RECORD_WORDS, text: run.input, firstLine: 1 };
  }

  take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      // After a drain at most LINE_MAX_BYTES stay behind, so there is always room.
      const room = Math.min(chunk.length - at, Scan.INPUT_BYTES - this.filled);
      const part = chunk.subarray(at, at + room);
      this.run.input.set(part, this.filled);
      this.filled += room;
      this.bytes += room;
      at += room;
      if (!this.sniffed && this.filled < SNIFF_BYTES) continue;
      const first = !this.sniffed;
      if (first) this.sniff();
      // Without a newline there is no new line: tiny chunks of a long line would be scanned again and again.
      if (first || part.includes(0x0a)) this.drain();
      if (this.filled > Scan.LINE_MAX_BYTES) {
        throw longLine(this.run.input.subarray(0, this.filled), this.file, this.lines + 1);
      }
    }
  }

  finish(): ScanSummary {
    if (!this.sniffed) {
      this.sniff();
      this.drain();
    }
    if (this.filled > this.start) {
      this.torn = 1;
      this.lines++;
    }
    const counts = new Map<string, number>();
    const skipped = new Map<string, number>();
    this.run.eachName((name, kind, count) => (kind ? counts : skipped).set(name, count));
    const otherNames = this.run.state(State.OTHER_NAMES);
    if (otherNames > 0) skipped.set(OTHER_NAMES, otherNames);
    if (this.notEvents > 0) skipped.set(NOT_AN_EVENT, this.notEvents);
    if (this.torn > 0) skipped.set(TORN_LAST_LINE, this.torn);
    const { bytes, lines, events, lostEvents, lostUncounted, lost } = this;
    return { bytes, lines, events, counts, skipped, lostEvents, lostUncounted, lost, clock: this.clock() };
  }

  private clock(): ScanSummary["clock"] {
    const clocks = this.run.state(State.CLOCKS);
    if (clocks === (Clock.SECONDS | Clock.TICKS)) return "mixed";
    if (clocks === 0) return "none";
    return clocks === Clock.TICKS ? "ticks" : "seconds";
  }

  private sniff(): void {
    this.sniffed = true;
    this.start = sniffTrace(this.run.input.subarray(0, this.filled), this.file);
  }

  /** Scans all whole lines and moves what is left to the start of the input. */
  private drain(): void {
    const { run } = this;
    let start = this.start;
    let status: number;
    do {
      const written = run.scan(start, this.filled, this.lines + 1);
      status = run.state(State.STATUS);
      start = run.state(State.CONSUMED);
      this.notEvents += run.state(State.NOT_EVENTS);
      this.events += written;
      const count = run.state(State.NOTES) > 0 ? this.readNotes(written) : written;
      if (count > 0) {
        this.batch.count = count;
        this.batch.firstLine = this.lines + 1;
        this.sink(this.batch);
      }
      this.lines += run.state(State.LINES);
    } while (status === Status.OUTPUT_FULL);
    if (status === Status.REFUSED) {
      throw describeRefusal(run, this.file, this.lines + 1, start, this.filled);
    }
    this.start = 0;
    run.input.copyWithin(0, start, this.filled);
    this.filled -= start;
  }

  /** Reads the lines that the scanner left to the host, and closes the gaps of those that are no records. */
  private readNotes(written: number): number {
    const { words, input } = this.run;
    const stride = Scan.RECORD_WORDS;
    let kept = 0;
    let notes = 0;
    for (let record = 0; record < written; record++) {
      const at = record * stride;
      const kind = words[at + Word.KIND]!;
      if (kind >= Kind.LOST) {
        notes++;
        const line = words[at + Word.LINE]!;
        const offset = words[at + Word.TEXT_OFFSET]!;
        // No such line is long; one that is, is about something else.
        const bytes = input.subarray(offset, offset + Math.min(words[at + Word.TEXT_BYTES]!, NOTE_MAX_BYTES));
        if (!this.readNote(kind, line, this.decoder.decode(bytes), at)) continue;
      }
      if (kept < record) words.copyWithin(kept * stride, at, at + stride);
      kept++;
    }
    this.events -= notes;
    return kept;
  }

  /** True if the note stays in the batch, as a LOST record. */
  private readNote(kind: number, line: number, text: string, at: number): boolean {
    if (kind === Kind.BUFFER_HEADER) {
      const overwritten = overwrittenCount(text);
      if (overwritten === 0) return false;
      this.addLost(line, overwritten);
      this.run.words[at + Word.KIND] = Kind.LOST;
      this.run.words[at + Word.LOST] = Math.min(overwritten, 0xffffffff);
      return true;
    }
    const count = lostCount(text);
    if (count === undefined) {
      this.notEvents++;
      return false;
    }
    this.addLost(line, count);
    this.run.words[at + Word.LOST] = Math.min(count, 0xffffffff);
    return true;
  }

  private addLost(line: number, count: number): void {
    this.lostEvents += count;
    if (count === 0) this.lostUncounted++;
    if (this.lost.length < LOST_PLACES_MAX) this.lost.push({ line, count });
  }
}
