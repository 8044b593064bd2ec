/**
 * differences: every frame that ledger and kernel place otherwise, by reason.
 *
 * They may be as many as there are frames: of each its number is kept, and that of its pair of places, of which there are few.
 */
import type { FrameDifference as Difference } from "../capture/verify-frames.js";
import type { FrameDifference } from "./protocol.js";

export class Differences {
  readonly #byReason = new Map<string, { readonly pfns: number[]; readonly pairs: number[] }>();
  readonly #pairs: { readonly kernel: string; readonly ledger: string }[] = [];
  readonly #pairOf = new Map<string, number>();

  take({ pfn, kernel, ledger, reason }: Difference): void {
    const key = JSON.stringify([kernel, ledger]);
    const pair = this.#pairOf.get(key) ?? this.#pairs.push({ kernel, ledger }) - 1;
    this.#pairOf.set(key, pair);
    const found = this.#byReason.get(reason) ?? { pfns: [], pairs: [] };
    this.#byReason.set(reason, found);
    found.pfns.push(pfn);
    found.pairs.push(pair);
  }

  /** `count` of one reason, as they were found: by pfn. */
  some(reason: string, from: number, count: number): FrameDifference[] {
    const { pfns = [], pairs = [] } = this.#byReason.get(reason) ?? {};
    return pfns.slice(from, from + count).map((pfn, i) => ({ pfn, ...this.#pairs[pairs[from + i]!]! }));
  }
}
