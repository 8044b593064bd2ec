/**
 * place-many: pfns handed to the core in batches as large as it takes.
 */
import type { BatchEnd, Core } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import { opText } from "./op-verbs.js";
import { runAt } from "./sharing.js";

/** Runs one batch of placed pfns after the other; `first` and `third` are the words of the operation, for the error. */
export function placeMany(
  core: Core,
  pfns: Uint32Array,
  first: number,
  third: number,
  run: (count: number) => BatchEnd,
): void {
  const most = core.placeMax;
  for (let from = 0; from < pfns.length; from += most) {
    const part = pfns.subarray(from, from + most);
    core.placePfns(part);
    const { done, code } = runAt(from, () => run(part.length));
    if (code !== "OK")
      throw new LedgerError(code, opText(first, part[done]!, third), { opIndex: from + done });
  }
}
