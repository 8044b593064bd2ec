// scanning: helpers of the tests that read traces from memory.
import { type ScanSummary, scanTrace } from "../../src/capture/reader.js";
import { type EventBatch, Kind, RECORD_WORDS, Word } from "../../src/capture/records.js";
import { loadScanner } from "../../src/capture/scanner.js";
import { readWasm } from "../../src/node/wasm.js";
import type { ModelRecord } from "../model/regex-reader.js";

export const scanner = await loadScanner(await readWasm("scan"));

export const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Deterministic random numbers: mulberry32. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** The bytes in chunks of the lengths that `nextLength` gives. */
export async function* inChunks(bytes: Uint8Array, nextLength: () => number) {
  for (let at = 0; at < bytes.length; ) {
    const length = Math.max(1, nextLength());
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

export interface Scanned {
  readonly records: ModelRecord[];
  readonly summary: ScanSummary | undefined;
  readonly error: unknown;
}

const decode = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** Reads a whole text and keeps all of its records. */
export async function scanAll(bytes: Uint8Array, nextLength: () => number = () => 1 << 20): Promise<Scanned> {
  const records: ModelRecord[] = [];
  const sink = (batch: EventBatch) => {
    for (let i = 0; i < batch.count; i++) {
      const words = Array.from(batch.words.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS));
      records.push({ words, text: takeText(batch, words) });
    }
  };
  try {
    const summary = await scanTrace(inChunks(bytes, nextLength), sink, { scanner, file: "t.txt" });
    return { records, summary, error: undefined };
  } catch (error) {
    return { records, summary: undefined, error };
  }
}

/** Takes the text out of a textual record: where it lies in memory depends on the chunks. */
function takeText(batch: EventBatch, words: number[]): string {
  const kind = words[Word.KIND]!;
  const textual = (kind >= Kind.CGROUP_MKDIR && kind < Kind.MM_PAGE_ALLOC_FAILED) || kind === Kind.LOST;
  if (!textual) return "";
  const offset = words[Word.TEXT_OFFSET]!;
  const text = decode(batch.text.subarray(offset, offset + words[Word.TEXT_BYTES]!));
  words[Word.TEXT_OFFSET] = 0;
  words[Word.TEXT_BYTES] = 0;
  return text;
}
