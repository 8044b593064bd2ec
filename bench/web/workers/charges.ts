/**
 * charges: pages charged and uncharged again, by a design and by a Map; one half of a round is timed, the other is not.
 *
 *   at rest   every page is charged
 *   a round   those placed are uncharged, then charged, CALL of them at a time, to one container after the other
 *
 * The usage of every container after each half is the answer.
 */
import { Container, PageType } from "../../../src/abi.js";
import type { Core } from "../../../src/core/core.js";
import type { Sampler } from "../../../src/measure/index.js";
import { MapLedger } from "../../twins/map-ledger.mjs";
import type { Suite } from "../views/arguments/bench-protocol.js";
import { CONTAINERS, type Contender, type Who } from "./contenders.js";

/** Pages charged by one call. */
const CALL = 8192;
const IDS = CONTAINERS + 1;

/** Who keeps books of pages. */
interface Books {
  charge(pfns: Uint32Array, id: number): void;
  uncharge(pfns: Uint32Array): void;
  usagePages(id: number): number;
}

/** Time of the halves that count, of all contenders: they take turns. */
export class HalfClock {
  #ms = 0;
  constructor(readonly timed: Suite) {}

  time(half: Suite, work: () => void): void {
    const start = performance.now();
    work();
    if (half === this.timed) this.#ms += performance.now() - start;
  }

  /** A run that is not kept, then as many as take so long by this clock. */
  readonly sampler: Sampler = (run, minSampleMs) => {
    run();
    this.#ms = 0;
    let runs = 0;
    do {
      run();
      runs++;
    } while (this.#ms < minSampleMs);
    return (this.#ms / runs) * 1e6;
  };
}

export function wasmBooks(core: Core): Books {
  const must = ({ code }: { readonly code: string }) => {
    if (code !== "OK") throw new Error(`a charge was refused: ${code}`);
  };
  return {
    charge(pfns, id) {
      core.placePfns(pfns);
      must(core.chargePlaced(pfns.length, id, PageType.ANON));
    },
    uncharge(pfns) {
      core.placePfns(pfns);
      must(core.unchargePlaced(pfns.length));
    },
    usagePages: (id) => core.containerWord(id, Container.usagePages),
  };
}

export function mapBooks(owners: Uint16Array): Books {
  const ledger = new MapLedger(Object.fromEntries(Array.from({ length: CONTAINERS }, (_, i) => [i + 1, 0])));
  for (const [pfn, id] of owners.entries()) ledger.charge(Uint32Array.of(pfn), id);
  return ledger;
}

export function chargeContender(who: Who, books: Books, clock: HalfClock): Contender {
  const answers = new Uint32Array(2 * IDS);
  let calls: Uint32Array[] = [];
  const uncharge = () => {
    for (const pfns of calls) books.uncharge(pfns);
  };
  const charge = () => {
    for (const [call, pfns] of calls.entries()) books.charge(pfns, containerOf(call * CALL));
  };
  const note = (from: number) => {
    for (let id = 1; id < IDS; id++) answers[from + id] = books.usagePages(id);
  };
  return {
    ...who,
    place(pfns) {
      calls = [];
      for (let first = 0; first < pfns.length; first += CALL) calls.push(pfns.subarray(first, first + CALL));
    },
    ask() {
      clock.time("uncharge", uncharge);
      note(0);
      clock.time("charge", charge);
      note(IDS);
    },
    answers: () => answers,
  };
}

/** What is to be answered.  `owners`, of all frames, are then those that charging leaves behind. */
export function usageAfter(owners: Uint16Array, pfns: Uint32Array): Uint32Array {
  const answers = new Uint32Array(2 * IDS);
  for (const [i, pfn] of pfns.entries()) owners[pfn] = containerOf(i);
  for (const id of owners) answers[IDS + id]!++;
  answers.copyWithin(0, IDS);
  for (const pfn of pfns) answers[owners[pfn]!]!--;
  return answers;
}

/** The container that the i-th page is charged to. */
function containerOf(i: number): number {
  return 1 + (Math.floor(i / CALL) % CONTAINERS);
}
