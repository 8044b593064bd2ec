// typed-arrays: the same layouts as in the core, in typed arrays of JavaScript's own.
//
// Each twin is made from the owners alone, so it also is a second opinion on what a design should answer.

/** @typedef {(pfns: Uint32Array, out: Uint16Array) => () => void} LookupOf  answers the batch as a function */

/** One u16 per frame.  @param {Uint16Array} owners @returns {LookupOf} */
function column(owners) {
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      out[i] = pfn < length ? owners[pfn] : 0;
    }
  };
}

/** A record of 16 bytes per frame, the owner at byte 12: a view that strides over them.  @param {Uint16Array} owners @returns {LookupOf} */
function inPage(owners) {
  const frames = new Uint16Array(owners.length * 8);
  for (let pfn = 0; pfn < owners.length; pfn++) frames[pfn * 8 + 6] = owners[pfn];
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      out[i] = pfn < length ? frames[pfn * 8 + 6] : 0;
    }
  };
}

const SHIFT = 6;
const SLOTS = 64;

/** Nodes of 64 slots in one array, node 0 for "nothing"; the kernel's loop.  @param {Uint16Array} owners @returns {LookupOf} */
function radix(owners) {
  let height = 1;
  while (owners.length - 1 >= 2 ** (height * SHIFT)) height++;
  // A node for each block of 64 with an owner, and the path to it.
  const used = [];
  let below = new Uint8Array(Math.ceil(owners.length / SLOTS));
  for (let pfn = 0; pfn < owners.length; pfn++) if (owners[pfn] !== 0) below[pfn >>> SHIFT] = 1;
  for (let level = 0; level < height; level++) {
    used.push(below);
    const above = new Uint8Array(Math.ceil(below.length / SLOTS));
    for (let i = 0; i < below.length; i++) if (below[i]) above[i >>> SHIFT] = 1;
    below = above;
  }
  let nodes = 1;
  const numbers = used.map((level) => Uint32Array.from(level, (there) => (there ? nodes++ : 0)));
  const slots = new Uint32Array(nodes * SLOTS);
  for (let level = 1; level < height; level++)
    for (let i = 0; i < numbers[level - 1].length; i++)
      if (numbers[level - 1][i])
        slots[numbers[level][i >>> SHIFT] * SLOTS + (i & (SLOTS - 1))] = numbers[level - 1][i];
  for (let pfn = 0; pfn < owners.length; pfn++)
    if (owners[pfn] !== 0) slots[numbers[0][pfn >>> SHIFT] * SLOTS + (pfn & (SLOTS - 1))] = owners[pfn];
  const root = numbers[height - 1][0];
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      let slot = pfn < length ? root : 0;
      for (let shift = height * SHIFT; slot !== 0 && shift > 0; ) {
        shift -= SHIFT;
        slot = slots[slot * SLOTS + ((pfn >>> shift) & (SLOTS - 1))];
      }
      out[i] = slot;
    }
  };
}

/** By the design that they are twins of.  @type {Record<string, (owners: Uint16Array) => LookupOf>} */
export const typedArrayTwins = { column, "in-page": inPage, radix };
