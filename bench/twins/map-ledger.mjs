// map-ledger: charging as one writes it first: a Map of pfn to container, counters as properties of objects.

export class MapLedger {
  #owners = new Map();
  #containers = new Map();

  /** @param {Record<number, number>} tree  parent by id, 0 = none */
  constructor(tree) {
    for (const [id, parent] of Object.entries(tree))
      this.#containers.set(Number(id), {
        parent: this.#containers.get(parent),
        chargedPages: 0,
        anonPages: 0,
        usagePages: 0,
        peakPages: 0,
        maxPages: Number.POSITIVE_INFINITY,
      });
  }

  /** Charges pages that nobody owns, all or none.  @param {Uint32Array | number[]} pfns */
  charge(pfns, id) {
    const own = this.#containers.get(id);
    for (const pfn of pfns) if (this.#owners.has(pfn)) throw new Error(`page ${pfn} is charged`);
    for (let c = own; c; c = c.parent)
      if (c.usagePages + pfns.length > c.maxPages) throw new Error(`limit of a level above ${id}`);
    for (const pfn of pfns) this.#owners.set(pfn, own);
    own.chargedPages += pfns.length;
    own.anonPages += pfns.length;
    for (let c = own; c; c = c.parent) {
      c.usagePages += pfns.length;
      c.peakPages = Math.max(c.peakPages, c.usagePages);
    }
  }

  /** @param {Uint32Array} pfns */
  uncharge(pfns) {
    for (const pfn of pfns) if (!this.#owners.has(pfn)) throw new Error(`page ${pfn} is not charged`);
    for (const pfn of pfns) {
      const own = this.#owners.get(pfn);
      this.#owners.delete(pfn);
      own.chargedPages--;
      own.anonPages--;
      for (let c = own; c; c = c.parent) c.usagePages--;
    }
  }

  usagePages(id) {
    return this.#containers.get(id).usagePages;
  }
}
