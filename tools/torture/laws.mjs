// laws: what must hold of a ledger while nobody works on it, whatever its agents have done, and whoever of them died where.
import { Container, Core as CoreRecord, Err, Op } from "../../dist/abi.js";
import { errorName } from "../../dist/core/errors.js";
import { outcomes, PLACES } from "./counted.mjs";
import { unchargeAll } from "./lockless.mjs";
import { LIMITED, LIMITED_PAGES, NR_FRAMES, TREE } from "./plan.mjs";

const LARGEST = 9;
const same = (a, b) => a.every((n, i) => n === b[i]);

export class Laws {
  /**
   * @param {import("../../dist/core/core.js").Core} core
   * @param {import("./figures.mjs").Figures} figures
   */
  constructor(core, figures) {
    this.core = core;
    this.figures = figures;
    /** Counted pages by place, as of the last look. */
    this.counted = PLACES.map(() => 0);
  }

  /** Counted pages by place, from statistics. */
  #countedNow() {
    const { counting } = this.core;
    counting.flush(true);
    return PLACES.map(({ id, kind }) => counting.stats(id).own[kind]);
  }

  /** What is counted is what agents say they have charged; a dead one's last call may be done in part. */
  #countedFaults() {
    const { figures, core } = this;
    const now = this.#countedNow();
    let possible = [this.counted];
    for (let slot = 1; slot <= figures.slots; slot++) {
      const adds = outcomes(figures.counts(slot));
      possible = possible.flatMap((sums) => adds.map((add) => sums.map((n, i) => n + add[i])));
      figures.counts(slot).fill(0);
    }
    const faults = [];
    if (!possible.some((sums) => same(sums, now)))
      faults.push(`counted pages are ${now}, and should be ${possible.map(String).join(" or ")}`);
    for (const { id } of TREE) {
      const pages = PLACES.reduce((n, place, i) => n + (place.id === id ? now[i] : 0), 0);
      if (core.counting.pages(id) !== pages)
        faults.push(`container ${id} has ${core.counting.pages(id)} counted pages, by kind ${pages}`);
    }
    this.counted = now;
    figures.pool.set(now);
    return faults;
  }

  /** Usage of each container is its pages, its counted pages, and stocks, here and below. */
  #usageFaults() {
    const { core } = this;
    const below = Array.from(core.recountOwners());
    const owned = below.reduce((n, pages, id) => (id ? n + pages : n), 0);
    for (const [i, { id }] of PLACES.entries()) below[id] += this.counted[i];
    const faults = [];
    for (const { id, parent } of [...TREE].reverse()) {
      const usage = core.containerWord(id, Container.usagePages);
      const stocked = core.counting.stocked(id);
      if (usage !== below[id] + stocked)
        faults.push(
          `container ${id} is charged for ${usage} pages, has ${below[id]} and ${stocked} in stocks`,
        );
      if (id === LIMITED && usage > LIMITED_PAGES)
        faults.push(`${usage} pages where ${LIMITED_PAGES} may be`);
      below[parent] += below[id];
    }
    const charged = core.coreWord(CoreRecord.chargedPages);
    if (charged !== owned) faults.push(`${charged} pages are charged, ${owned} have an owner`);
    return faults;
  }

  /** What is wrong, now that all agents rest, or are gone. */
  faults() {
    const differences = this.core.audit();
    const faults = differences === 0 ? [] : [`audit: ${differences} differences`];
    return [...faults, ...this.#countedFaults(), ...this.#usageFaults()];
  }

  /** The same, and what is wrong when the last page has gone. */
  faultsAtTheEnd() {
    const { core } = this;
    const faults = this.faults();
    for (const [i, { id, kind }] of PLACES.entries()) {
      const err = this.counted[i] > 0 ? core.counting.uncharge(id, this.counted[i], kind) : Err.OK;
      if (err !== Err.OK) faults.push(`the last counted pages of container ${id}: ${errorName(err)}`);
    }
    if (core.nrRecords === 0) unchargeAll(core);
    else
      for (let pfn = 0; pfn < NR_FRAMES; pfn += 2 ** LARGEST)
        core.runOne(Op.RELEASE | (LARGEST << 8), pfn, 0);
    core.counting.drain();
    // Announced by batches: a few of them, and nothing waits any more.
    for (let i = 0; i < 4; i++) core.execute(new Uint32Array(4), 1, true);
    for (const { id } of TREE) {
      const usage = core.containerWord(id, Container.usagePages);
      if (usage !== 0) faults.push(`container ${id} is charged for ${usage} pages after the last one went`);
    }
    if (this.#countedNow().some((n) => n !== 0)) faults.push("counted pages after the last one went");
    const waiting = core.coreWord(CoreRecord.nrRetired);
    if (waiting !== 0) faults.push(`${waiting} retired objects are never freed`);
    if (core.audit() !== 0) faults.push("audit after the end");
    return faults;
  }
}
