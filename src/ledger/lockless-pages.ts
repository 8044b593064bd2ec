/**
 * lockless-pages: single pages charged and uncharged by many agents at once, in a ledger without frame records.
 *
 * Agents of designs that can (`palette`, `column`, in shared memory) take turns at nothing but a page itself: they charge pages of their
 * own stock and change its owner by an atomic step.  Elsewhere each page is charged under the ledger lock, with the same results.
 * Such pages are in `recount`, in lookups and in the usage at once; chargedPages and otherPages of a view have them once somebody asks
 * for counters, totals, an audit or a snapshot.  Usage counts stocks too, as for counted pages: see Container.usage.
 */
import { Op } from "../abi.js";
import type { Core } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import { checkPfns } from "./args.js";
import { type ContainerRef, word0 } from "./op-verbs.js";
import { placeMany } from "./place-many.js";

export class LocklessPages {
  readonly #core: Core;
  readonly #idOf: (verb: string, container: ContainerRef) => number;

  constructor(core: Core, idOf: (verb: string, container: ContainerRef) => number) {
    this.#core = core;
    this.#idOf = idOf;
  }

  /**
   * Charges pages to a container, in any order, in batches of 131,072: each is charged whole or not at all, but another agent
   * sees its pages come one by one.  Throws the LedgerError of the first that is refused, `opIndex` its place; batches before it stay
   * charged.  BAD_ARG (the ledger has frame records), BAD_PFN, CHARGED, LIMIT, OFFLINE, NO_CONTAINER, NO_MEMORY.  LOCKED, where another
   * agent has the ledger lock for long: then the pages before `opIndex` are charged.
   */
  charge(pfns: Uint32Array, container: ContainerRef): void {
    const id = this.#idOf("lockless.charge", container);
    this.#check("lockless.charge", pfns);
    placeMany(this.#core, pfns, word0(Op.CHARGE, 0, id), 0, (count) => this.#core.lockless.charge(count, id));
  }

  /** Uncharges pages, whoever has them.  BAD_ARG likewise; BAD_PFN, NOT_CHARGED, LOCKED: those before `opIndex` are uncharged. */
  uncharge(pfns: Uint32Array): void {
    this.#check("lockless.uncharge", pfns);
    placeMany(this.#core, pfns, Op.UNCHARGE, 0, (count) => this.#core.lockless.uncharge(count));
  }

  #check(verb: string, pfns: Uint32Array): void {
    checkPfns(verb, pfns);
    if (this.#core.nrRecords !== 0)
      throw new LedgerError("BAD_ARG", verb, {
        remedy: "open the ledger with frameRecords: false, or use chargeMany and unchargeMany",
      });
  }
}
