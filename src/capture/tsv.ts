// tsv: the tables beside a trace, in which the kernel's own counts were written down.
//
//     groups.tsv         group, inode
//     memory.stat.tsv    group, item, value
//     frames.tsv         pfn, cgroup_inode, kpageflags (hex), kpagecount
//
// The first line names the columns, exactly so; each other line has a value in each.  Any deviation is refused with
// its line: these numbers are what a replay is judged by.
import { CaptureError, excerpt } from "./errors.js";
import { FramesBuilder, type FramesTable } from "./frames-table.js";
import { eachLine } from "./lines.js";

export type { FramesTable } from "./frames-table.js";

/** The kernel's word for "no limit": the largest count of pages, in bytes. */
const UNLIMITED = 9223372036854771712n;
const VALUE_MAX_DIGITS = 20;
const PFN_LIMIT = 2 ** 40;
const ROWS_MAX = 2 ** 28;

const TAB = 0x09;

/** Where the columns of the present row start and end; one object per table, not per row. */
class Row {
  bytes: Uint8Array = new Uint8Array(0);
  line = 0;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(
    readonly file: string,
    readonly columns: readonly string[],
  ) {
    this.starts = new Uint32Array(columns.length);
    this.ends = new Uint32Array(columns.length);
  }

  split(bytes: Uint8Array, start: number, end: number, line: number): void {
    this.bytes = bytes;
    this.line = line;
    const last = this.columns.length - 1;
    let column = 0;
    this.starts[0] = start;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== TAB) continue;
      if (column === last) throw this.wrongCount(start, end);
      this.ends[column++] = at;
      this.starts[column] = at + 1;
    }
    if (column !== last) throw this.wrongCount(start, end);
    this.ends[last] = end;
  }

  private wrongCount(start: number, end: number): CaptureError {
    const text = excerpt(this.bytes.subarray(start, end));
    return this.refuse(`not ${this.columns.length} columns: "${text}"`);
  }

  cell(column: number): Uint8Array {
    return this.bytes.subarray(this.starts[column]!, this.ends[column]!);
  }

  text(column: number): string {
    const start = this.starts[column]!;
    if (start === this.ends[column]!) throw this.refuse(`${this.columns[column]} is empty`);
    try {
      return this.#decoder.decode(this.cell(column));
    } catch (cause) {
      throw this.refuse(`${this.columns[column]} is not UTF-8 text`, cause);
    }
  }

  /** A decimal number of at most 2^53 − 1. */
  decimal(column: number, limit = Number.MAX_SAFE_INTEGER): number {
    const { bytes } = this;
    const start = this.starts[column]!;
    const end = this.ends[column]!;
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) throw this.noNumber(column);
      value = value * 10 + digit;
    }
    if (start === end) throw this.noNumber(column);
    if (value > limit || end - start > VALUE_MAX_DIGITS) throw this.tooLarge(column);
    return value;
  }

  noNumber(column: number): CaptureError {
    return this.refuse(`${this.columns[column]} "${excerpt(this.cell(column))}" is not a number`);
  }

  tooLarge(column: number): CaptureError {
    return this.refuse(`${this.columns[column]} ${excerpt(this.cell(column))} is out of range`);
  }

  refuse(reason: string, cause?: unknown): CaptureError {
    const remedy = "repair the line, or record the capture again";
    return new CaptureError({ file: this.file, line: this.line, reason, remedy }, { cause });
  }
}

/** Checks the header, splits each other line, and calls `visit`. */
async function eachRow(
  source: AsyncIterable<Uint8Array>,
  file: string,
  columns: readonly string[],
  visit: (row: Row) => void,
): Promise<void> {
  const row = new Row(file, columns);
  const header = new TextEncoder().encode(columns.join("\t"));
  const lines = await eachLine(source, file, (bytes, start, end, line) => {
    if (line === 1) {
      checkHeader(bytes, start, end, header, file, columns);
      return;
    }
    if (start === end) return;
    if (line > ROWS_MAX) throw row.refuse(`more than ${ROWS_MAX} rows`);
    row.split(bytes, start, end, line);
    visit(row);
  });
  if (lines === 0) throw noHeader(file, columns, "the file is empty");
}

function checkHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: Uint8Array,
  file: string,
  columns: readonly string[],
): void {
  // A byte order mark is passed over, as in traces.
  if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
  const found = bytes.subarray(start, end);
  if (found.length === header.length && header.every((byte, i) => found[i] === byte)) return;
  throw noHeader(file, columns, `found "${excerpt(found)}"`);
}

function noHeader(file: string, columns: readonly string[], found: string): CaptureError {
  return new CaptureError({
    file,
    line: 1,
    reason: `no header: ${found}`,
    remedy: `the first line must name the columns ${columns.join(", ")}, with tabs between`,
  });
}

/** Reads groups.tsv: path of each group by the inode of its directory. */
export async function readGroups(
  source: AsyncIterable<Uint8Array>,
  file = "groups.tsv",
): Promise<Map<number, string>> {
  const groups = new Map<number, string>();
  await eachRow(source, file, ["group", "inode"], (row) => {
    const inode = row.decimal(1);
    if (groups.has(inode)) throw row.refuse(`inode ${inode} is given twice`);
    groups.set(inode, row.text(0));
  });
  return groups;
}

/** Reads memory.stat.tsv: value by item by group.  The kernel's "no limit" becomes Infinity. */
export async function readStat(
  source: AsyncIterable<Uint8Array>,
  file = "memory.stat.tsv",
): Promise<Map<string, Map<string, number>>> {
  const stat = new Map<string, Map<string, number>>();
  await eachRow(source, file, ["group", "item", "value"], (row) => {
    const group = row.text(0);
    const item = row.text(1);
    let items = stat.get(group);
    if (!items) {
      items = new Map();
      stat.set(group, items);
    }
    if (items.has(item)) throw row.refuse(`${item} of ${group} is given twice`);
    items.set(item, limitOrCount(row, 2));
  });
  return stat;
}

function limitOrCount(row: Row, column: number): number {
  const length = row.ends[column]! - row.starts[column]!;
  if (length === 19 && row.text(column) === UNLIMITED.toString()) return Number.POSITIVE_INFINITY;
  return row.decimal(column);
}

/** Reads frames.tsv.  Rows may come in any order; no frame may come twice. */
export async function readFrames(
  source: AsyncIterable<Uint8Array>,
  file = "frames.tsv",
): Promise<FramesTable> {
  const frames = new FramesBuilder(file);
  await eachRow(source, file, ["pfn", "cgroup_inode", "kpageflags", "kpagecount"], (row) => {
    const pfn = row.decimal(0, PFN_LIMIT - 1);
    const inode = row.decimal(1);
    const start = row.starts[2]!;
    const end = row.ends[2]!;
    const { bytes } = row;
    // "0x" and up to 16 digits, the last 8 of which are the lower half.
    if (bytes[start] !== 0x30 || bytes[start + 1] !== 0x78 || end - start < 3) throw row.noNumber(2);
    if (end - start > 18) throw row.tooLarge(2);
    const middle = Math.max(start + 2, end - 8);
    const hi = hexWord(bytes, start + 2, middle);
    const lo = hexWord(bytes, middle, end);
    if (hi < 0 || lo < 0) throw row.noNumber(2);
    // Kernels have shown garbage for pages that are not mapped at all: large counts are only "many".
    const mapCount = Math.min(row.decimal(3, Number.POSITIVE_INFINITY), 0xffffffff);
    frames.add(pfn, inode, hi, lo, mapCount, row.line);
  });
  return frames.finish();
}

/** At most eight hexadecimal digits as a number, or −1. */
function hexWord(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    let digit = byte - 0x30;
    if (digit < 0 || digit > 9) {
      digit = (byte | 0x20) - 0x61 + 10;
      if (digit < 10 || digit > 15) return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}
