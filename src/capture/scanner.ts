// scanner: the scan module and its memory, as typed views.
//
// A Scanner is compiled code and may serve any number of runs; each run has an instance and one megabyte of
// memory of its own, so that two traces can be read at a time.
import { EVENT_KINDS, GFP_FLAGS } from "./event-names.js";
import { Scan, Slot } from "./records.js";

/** The bytes of scan.wasm, or what was compiled from them. */
export type ScanCode = ArrayBuffer | Uint8Array<ArrayBuffer> | WebAssembly.Module;

/** A compiled scanner. */
export interface Scanner {
  readonly module: WebAssembly.Module;
}

/** Compiles the scan module.  Works alike in Node and in browsers: the bytes are the caller's to fetch. */
export async function loadScanner(code: ScanCode): Promise<Scanner> {
  if (code instanceof WebAssembly.Module) return { module: code };
  return { module: await WebAssembly.compile(code) };
}

interface Exports {
  seed(isGfpFlag: number, length: number, value: number): void;
  scan(start: number, end: number, firstLine: number): number;
}

/** One run's instance: text goes into `input`, `scan` fills `words`. */
export interface ScanRun {
  readonly input: Uint8Array;
  readonly words: Uint32Array;
  scan(start: number, end: number, firstLine: number): number;
  /** Reads a state word; `offset` is one of State. */
  state(offset: number): number;
  /** Calls `visit` for each event name seen; `kind` is 0 for an unknown one. */
  eachName(visit: (name: string, kind: number, count: number) => void): void;
}

export async function startRun(scanner: Scanner): Promise<ScanRun> {
  const pages = Scan.MEMORY_BYTES / 65536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = await WebAssembly.instantiate(scanner.module, { env: { memory } });
  const calls = instance.exports as unknown as Exports;
  const view = new DataView(memory.buffer);
  const input = new Uint8Array(memory.buffer, Scan.INPUT_PTR, Scan.INPUT_BYTES);
  const encoder = new TextEncoder();
  const seedAll = (names: ReadonlyMap<string, number>, isGfpFlag: number) => {
    for (const [name, value] of names) {
      // Zeros behind the name, since the scanner reads names by whole words.
      input.fill(0, 0, 2 * Scan.NAME_MAX_BYTES);
      const { written } = encoder.encodeInto(name, input);
      calls.seed(isGfpFlag, written, value);
    }
  };
  seedAll(EVENT_KINDS, 0);
  seedAll(GFP_FLAGS, 1);
  return {
    input,
    words: new Uint32Array(memory.buffer, Scan.OUTPUT_PTR, Scan.OUTPUT_RECORDS * Scan.RECORD_WORDS),
    scan: calls.scan,
    state: (offset) => view.getUint32(Scan.STATE_PTR + offset, true),
    eachName(visit) {
      const decoder = new TextDecoder();
      for (let slotIdx = 0; slotIdx < Scan.NAMES_SLOTS; slotIdx++) {
        const slot = Scan.NAMES_PTR + slotIdx * Slot.BYTES;
        const count = Number(view.getBigUint64(slot + Slot.COUNT, true));
        if (count === 0) continue;
        const length = view.getUint32(slot + Slot.LENGTH, true);
        const name = decoder.decode(new Uint8Array(memory.buffer, slot + Slot.NAME, length));
        visit(name, view.getUint32(slot + Slot.VALUE, true), count);
      }
    },
  };
}
