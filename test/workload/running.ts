// running: histories taken as a whole, and run on ledgers.
import { expect } from "vitest";
import type { Core } from "../../src/core/core.js";
import { type History, OP_WORDS } from "../../src/workload/history.js";

/** All words of a history, asked for in portions of so many operations. */
export function wordsOf(history: History, portion = 4096): Uint32Array {
  const words = new Uint32Array(portion * OP_WORDS);
  const parts: Uint32Array[] = [];
  for (let count = history.fill(words); count > 0; count = history.fill(words))
    parts.push(words.slice(0, count * OP_WORDS));
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Runs operations one by one; each must answer what its last word says. */
export function runExpecting(core: Core, words: Uint32Array, what: string): void {
  for (let at = 0; at < words.length; at += OP_WORDS) {
    const err = core.runOne(words[at]!, words[at + 1]!, words[at + 2]!);
    if (err !== (words[at + 3]! & 0xff))
      expect.fail(
        `${what}: operation ${at / OP_WORDS} (${words.subarray(at, at + OP_WORDS)}) answers ${err}`,
      );
  }
}
