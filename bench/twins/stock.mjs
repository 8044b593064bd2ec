// stock: counted charges in JavaScript: the flat typed arrays of the core, and objects in a Map.

const STOCK_MIN = 64;
const STOCK_MAX = 4096;
const UNCHARGE = 0x80000000;

/** Per-container stocks over a tree, parents by id; runs entries of two words.  @param {Record<number, number>} tree */
export function typedArrayStocks(tree) {
  const count = Object.keys(tree).length + 1;
  const parents = new Uint16Array(count);
  for (const [id, parent] of Object.entries(tree)) parents[id] = parent;
  const usage = new Uint32Array(count);
  const stock = new Uint32Array(count);
  const capacity = new Uint32Array(count);
  const add = (id, pages) => {
    for (let level = id; level !== 0; level = parents[level]) usage[level] += pages;
  };
  const grow = (id) => {
    capacity[id] = Math.min(STOCK_MAX, Math.max(STOCK_MIN, capacity[id] * 2));
  };
  return {
    run(entries, first, n) {
      for (let i = first * 2; i < (first + n) * 2; i += 2) {
        const id = entries[i] & 0xffff;
        const pages = entries[i + 1];
        if (entries[i] >= UNCHARGE) {
          stock[id] += pages;
          if (stock[id] <= capacity[id]) continue;
          grow(id);
          if (stock[id] <= capacity[id]) continue;
          const less = stock[id] - (capacity[id] >>> 1);
          add(id, -less);
          stock[id] -= less;
        } else {
          if (stock[id] < pages) {
            grow(id);
            const more = Math.max(capacity[id], pages) - stock[id];
            add(id, more);
            stock[id] += more;
          }
          stock[id] -= pages;
        }
      }
    },
    usagePages: (id) => usage[id],
    stocked: () => stock.reduce((sum, n) => sum + n, 0),
  };
}

/** A walk up the tree for each charge, over objects in a Map.  @param {Record<number, number>} tree */
export function mapTree(tree) {
  const containers = new Map();
  for (const id of Object.keys(tree).map(Number))
    containers.set(id, { usage: 0, max: 2 ** 32 - 1, parent: 0 });
  for (const [id, parent] of Object.entries(tree)) containers.get(Number(id)).parent = parent;
  return {
    run(entries, first, n) {
      for (let i = first * 2; i < (first + n) * 2; i += 2) {
        const pages = entries[i] >= UNCHARGE ? -entries[i + 1] : entries[i + 1];
        for (let c = containers.get(entries[i] & 0xffff); c !== undefined; c = containers.get(c.parent)) {
          if (c.usage + pages > c.max) throw new Error("a limit");
          c.usage += pages;
        }
      }
    },
    usagePages: (id) => containers.get(id).usage,
    stocked: () => 0,
  };
}
