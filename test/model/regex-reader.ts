// regex-reader: a reader of traces in the plainest way, to hold the scanner against.
//
// A line at a time, regular expressions, an object per record.  Too slow to ship, too simple to be wrong.
import { EVENT_KINDS, GFP_FLAGS } from "../../src/capture/event-names.js";
import { Gfp, IN_INTERRUPT, Kind, LruFlag, Word } from "../../src/capture/records.js";

/** A record: its words, with the text of a textual record beside them instead of its place. */
export interface ModelRecord {
  readonly words: readonly number[];
  readonly text: string;
}

export interface ModelReading {
  readonly records: ModelRecord[];
  readonly skipped: Map<string, number>;
  /** Line that was refused; 0 if none. */
  readonly refused: number;
}

class Refused extends Error {}

/** `text` is Latin-1: one character a byte. */
export function readByRegex(text: string): ModelReading {
  const lines = text.replace(/^\xef\xbb\xbf/, "").split("\n");
  const torn = lines.pop() ?? "";
  const records: ModelRecord[] = [];
  const skipped = new Map<string, number>();
  const skip = (name: string) => skipped.set(name, (skipped.get(name) ?? 0) + 1);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.replace(/\r$/, "");
    if (line === "" || line.startsWith("#")) continue;
    try {
      const read = readLine(line, i + 1);
      if (typeof read === "string") skip(read);
      else records.push(read);
    } catch (error) {
      if (error instanceof Refused) return { records, skipped, refused: i + 1 };
      throw error;
    }
  }
  if (torn !== "") skip("(torn last line)");
  return { records, skipped, refused: 0 };
}

// [!-\xff] is what is no blank and no control character.
const HEADER = /\[(\d{3,5})\]( +)(?:((?!\d)[!-\xff]{1,8})( +))?(\d{1,19})(?:\.(\d{6,9}))?: +/y;

function readLine(line: string, lineNumber: number): ModelRecord | string {
  for (let open = line.indexOf("["); open >= 0; open = line.indexOf("[", open + 1)) {
    HEADER.lastIndex = open;
    const found = HEADER.exec(line);
    const pid = / *[-/ ](\d{1,19}) *(?:\([^(]{0,11}\) *)? $/.exec(line.slice(0, open))?.[1];
    if (!found || pid === undefined || Number(pid) >= 4194304 || Number(found[1]) > 8191) continue;
    const [, cpu, gap, flags = "", gapAfter, whole = "", fraction] = found;
    if (fraction === undefined) {
      const columns = (gapAfter ?? gap ?? "").length + whole.length;
      if (whole.length < 6 && columns < 12) continue;
    } else if (Number(whole) > 0xffffffff) continue;
    const words = new Array<number>(12).fill(0);
    words[Word.CPU] = Number(cpu) | (/^..[hHzZs]./.test(flags) ? IN_INTERRUPT : 0);
    words[Word.PID] = Number(pid);
    words[Word.LINE] = lineNumber;
    words[Word.TIME_HI] = fraction === undefined ? high(BigInt(whole)) : Number(whole);
    words[Word.TIME_LO] = fraction === undefined ? low(BigInt(whole)) : Number(fraction.padEnd(9, "0"));
    return readEvent(line.slice(HEADER.lastIndex), words);
  }
  return "(not an event)";
}

function readEvent(rest: string, words: number[]): ModelRecord | string {
  const found = /^(?:[^:]*:(?=[!-\xff]))*([^:]*):(?![!-\xff]) *(.*)$/s.exec(rest);
  const name = found?.[1] ?? "";
  if (name === "" || name.length > 64) return "(not an event)";
  const kind = EVENT_KINDS.get(name);
  if (kind === undefined) return /^[A-Za-z_][\w.-]*$/.test(name) ? name : "(not an event)";
  let args = found?.[2] ?? "";
  words[Word.KIND] = kind;
  if (kind <= Kind.MM_FILEMAP_DELETE) readPage(kind, args, words);
  else if (kind <= Kind.COUNT_MEMCG_EVENTS) readCounter(args, words);
  else if (kind === Kind.SCHED_PROCESS_FORK) readFork(args, words);
  else if (kind === Kind.SCHED_PROCESS_EXIT) {
    words[Word.TASK_PID] = pidOf(/^.* pid=([^ ]*)/s.exec(args)?.[1]);
  } else if (kind === Kind.RSS_STAT) {
    const fields = fieldsOf(args, ["mm_id", "curr"]);
    words[Word.MM_ID] = below(decimal(fields.get("mm_id")), 2 ** 32);
    words[Word.CURR] = below(decimal(fields.get("curr")), 2);
  } else {
    if (name === "print") args = args.replace(/^tracing_mark_write: /, "");
    return { words, text: args };
  }
  return { words, text: "" };
}

function readPage(kind: number, args: string, words: number[]): void {
  const names = ["pfn", "order"];
  let rest = args;
  if (kind === Kind.MM_PAGE_ALLOC) names.push("migratetype", "gfp_flags");
  if (kind === Kind.MM_LRU_INSERTION) {
    names.push("lru");
    const flags = /(?:^| )flags=(.*)$/s.exec(args);
    if (!flags) throw new Refused();
    rest = args.slice(0, flags.index);
    words[Word.LRU_FLAGS] = lruFlags(flags[1]!);
  }
  if (kind >= Kind.MM_FILEMAP_ADD) {
    names.push("†dev", "†ino");
    // The two values stand behind their names as words of their own; the mark is in no Latin-1 text.
    rest = rest.replace(/(?<=^| )(dev|ino) ([^ ]*)/g, "†$1=$2");
  }
  const fields = fieldsOf(rest, names);
  const pfn = below(number(fields.get("pfn")), 2 ** 40);
  words[Word.PFN_LO] = low(BigInt(pfn));
  words[Word.PFN_HI] = high(BigInt(pfn));
  const needsOrder = kind === Kind.MM_PAGE_ALLOC || kind === Kind.MM_PAGE_FREE;
  if (needsOrder || fields.has("order")) words[Word.ORDER] = below(decimal(fields.get("order")), 21);
  if (kind === Kind.MM_PAGE_ALLOC) {
    words[Word.MIGRATETYPE] = below(decimal(fields.get("migratetype")), 32);
    words[Word.GFP] = gfpBits(fields.get("gfp_flags") ?? "");
    if (pfn === 0 && /^page=(?:\(|(?:0x)?0* )/.test(args)) words[Word.KIND] = Kind.MM_PAGE_ALLOC_FAILED;
  }
  if (kind === Kind.MM_LRU_INSERTION) words[Word.LRU] = below(decimal(fields.get("lru")), 5);
  if (kind >= Kind.MM_FILEMAP_ADD) {
    const dev = fields.get("†dev");
    if (dev !== undefined) {
      const [major, minor] = dev.split(/:(.*)/s);
      words[Word.DEV] = below(decimal(major), 4096) * 2 ** 20 + below(decimal(minor), 2 ** 20);
    }
    const ino = fields.get("†ino") ?? "";
    if (!/^[\da-fA-F]{1,16}$/.test(ino) || /^f{16}$/i.test(ino)) throw new Refused();
    words[Word.INO_LO] = low(BigInt(`0x${ino}`));
    words[Word.INO_HI] = high(BigInt(`0x${ino}`));
  }
}

function readCounter(args: string, words: number[]): void {
  const fields = fieldsOf(args, ["memcg_id", "item", "val"]);
  const id = fields.get("memcg_id");
  if (!/^\d{1,19}$/.test(id ?? "")) throw new Refused();
  words[Word.MEMCG_LO] = low(BigInt(id!));
  words[Word.MEMCG_HI] = high(BigInt(id!));
  words[Word.ITEM] = below(decimal(fields.get("item")), 2 ** 31);
  const val = fields.get("val") ?? "";
  if (!/^-?\d{1,19}$/.test(val)) throw new Refused();
  if (Number(val) < -(2 ** 31) || Number(val) >= 2 ** 31) throw new Refused();
  words[Word.VAL] = Number(val) >>> 0;
}

function readFork(args: string, words: number[]): void {
  words[Word.CHILD_PID] = pidOf(/^.* child_pid=([^ ]*)/s.exec(args)?.[1]);
  words[Word.TASK_PID] = pidOf(/ pid=(\d+) child_comm=/.exec(args)?.[1]);
}

/** The named fields; a field that comes twice is refused. */
function fieldsOf(args: string, names: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const word of args.split(" ")) {
    const name = names.find((candidate) => word.startsWith(`${candidate}=`));
    if (name === undefined) continue;
    if (fields.has(name)) throw new Refused();
    fields.set(name, word.slice(name.length + 1));
  }
  return fields;
}

function decimal(text: string | undefined): number {
  if (text === undefined || !/^\d{1,19}$/.test(text)) throw new Refused();
  return Number(text);
}

function number(text: string | undefined): number {
  if (text !== undefined && /^0x[\da-fA-F]{1,16}$/.test(text)) return Number(text);
  return decimal(text);
}

function below(value: number, limit: number): number {
  if (value >= limit) throw new Refused();
  return value;
}

function pidOf(text: string | undefined): number {
  return below(decimal(text), 4194304);
}

function lruFlags(text: string): number {
  const letters: Record<string, number> = {
    " ": 0,
    M: LruFlag.MAPPED,
    a: LruFlag.ANON,
    f: LruFlag.FILE,
    s: LruFlag.SWAPCACHE,
    b: LruFlag.SWAPBACKED,
    d: LruFlag.MAPPEDTODISK,
    B: LruFlag.PRIVATE,
  };
  let bits = 0;
  for (const letter of text) {
    const bit = letters[letter];
    if (bit === undefined) throw new Refused();
    bits |= bit;
  }
  if (((bits & LruFlag.ANON) !== 0) === ((bits & LruFlag.FILE) !== 0)) throw new Refused();
  return bits;
}

function gfpBits(text: string): number {
  if (text === "") throw new Refused();
  let bits = 0;
  for (const flag of text.split("|")) {
    if (!flag.startsWith("0x")) {
      bits |= GFP_FLAGS.get(flag) ?? 0;
      continue;
    }
    if (!/^0x[\da-fA-F]{1,16}$/.test(flag) || /^0xf{16}$/i.test(flag)) throw new Refused();
    const value = BigInt(flag);
    const has = (bit: bigint, meaning: number) => ((value & bit) !== 0n ? meaning : 0);
    bits |= Gfp.NUMERIC | has(0x2n, Gfp.HIGHMEM) | has(0x8n, Gfp.MOVABLE) | has(0x10n, Gfp.RECLAIMABLE);
    bits |=
      has(0x100n, Gfp.ZERO) | has(0x1000n, Gfp.WRITE) | has(0x40000n, Gfp.COMP) | has(0x400000n, Gfp.ACCOUNT);
  }
  return bits;
}

const low = (value: bigint) => Number(value & 0xffffffffn);
const high = (value: bigint) => Number(value >> 32n);
