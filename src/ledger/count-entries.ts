/**
 * count-entries: counted charges and uncharges in batches as large as the buffer.
 */
import { COUNT_UNCHARGE, Err } from "../abi.js";
import { COUNT_WORDS, type Counting } from "../core/counting.js";
import { errorName, LedgerError } from "../core/errors.js";

/** Runs entries of two words.  Throws the LedgerError of the first that is refused. */
export function countEntries(counting: Counting, entries: Uint32Array): void {
  const count = entries.length / COUNT_WORDS;
  if (!Number.isInteger(count)) throw new LedgerError("BAD_ARG", `countMany(${entries.length} words)`);
  for (let first = 0; first < count; ) {
    const room = counting.entries();
    const n = Math.min(count - first, room.length / COUNT_WORDS);
    room.set(entries.subarray(first * COUNT_WORDS, (first + n) * COUNT_WORDS));
    const { done, err } = counting.runEntries(0, n);
    if (err !== Err.OK) throw refused(entries, first + done, err);
    first += n;
  }
}

function refused(entries: Uint32Array, at: number, err: number): LedgerError {
  const word = entries[at * COUNT_WORDS]!;
  const verb = (word & COUNT_UNCHARGE) === 0 ? "charge" : "uncharge";
  const what = `${verb}(container ${word & 0xffff}, ${entries[at * COUNT_WORDS + 1]} pages)`;
  return new LedgerError(errorName(err), what, { opIndex: at });
}
