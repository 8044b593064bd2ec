// typed-arrays: the same layouts as in the core, in typed arrays of JavaScript's own.
//
// Each twin is made from the owners alone, so it also is a second opinion on what a design should answer.  Designs of nodes
// and records that come and go (hash, page-cgroup-rcu, radix-rcu, xarray) are no arrays; radix stands for the trees.
import { FrameFlag, PageType, TYPE_MASK, TYPE_SHIFT } from "../../dist/abi.js";
import { palette } from "./palette.mjs";

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

/** The same records in four words each; the owner where the page's type leaves a field free.  @param {Uint16Array} owners @returns {LookupOf} */
function overlay(owners) {
  const frames = new Uint32Array(owners.length * 4);
  const halves = new Uint16Array(frames.buffer);
  for (let pfn = 0; pfn < owners.length; pfn++) {
    if (owners[pfn] === 0) continue;
    frames[pfn * 4 + 2] = FrameFlag.HEAD | FrameFlag.CHARGED | (PageType.ANON << TYPE_SHIFT);
    halves[pfn * 8 + 6] = owners[pfn];
  }
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      if (pfn >= length) {
        out[i] = 0;
        continue;
      }
      const word = frames[pfn * 4 + 2];
      // On a list, or anonymous.
      const isInIndex = (word & TYPE_MASK) >>> TYPE_SHIFT === PageType.ANON || word >>> 24 !== 0;
      out[i] = isInIndex ? halves[pfn * 8 + 6] : frames[pfn * 4];
    }
  };
}

const OBJECT_PAGES = 64;

/** Such records that name an object of 64 pages or more, which has the owner.  @param {Uint16Array} owners @returns {LookupOf} */
function object(owners) {
  const most = Math.max(OBJECT_PAGES, owners.length >>> 15);
  const frames = new Uint16Array(owners.length * 8);
  /** Owner and, beside it, whether the object is shared: none is.  */
  const objects = [0, 0];
  const open = new Map();
  for (let pfn = 0; pfn < owners.length; pfn++) {
    const id = owners[pfn];
    if (id === 0) continue;
    let joined = open.get(id);
    if (joined === undefined || joined.pages === most) {
      joined = { number: objects.length / 2, pages: 0 };
      objects.push(id, 0);
      open.set(id, joined);
    }
    joined.pages++;
    frames[pfn * 8 + 6] = joined.number;
  }
  const table = Uint16Array.from(objects);
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      const at = pfn < length ? frames[pfn * 8 + 6] * 2 : 0;
      if (table[at + 1] !== 0) throw new Error("no object is shared here");
      out[i] = table[at];
    }
  };
}

const RECORD_WORDS = 5;
const USED = 1 << 1;

/** A page_cgroup of five words per frame: flags, then the owner.  @param {Uint16Array} owners @returns {LookupOf} */
function pageCgroup(owners) {
  const records = new Uint32Array(owners.length * RECORD_WORDS);
  for (let pfn = 0, at = 0; pfn < owners.length; pfn++, at += RECORD_WORDS) {
    if (owners[pfn] === 0) continue;
    records[at] = USED;
    records[at + 1] = owners[pfn];
    records[at + 2] = pfn + 1;
  }
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const at = pfns[i] * RECORD_WORDS;
      out[i] = pfns[i] < length && records[at] & USED ? records[at + 1] : 0;
    }
  };
}

const SECTION_SHIFT = 11;
const SECTION_PAGES = 1 << SECTION_SHIFT;

/** Columns of 2048 owners where there are any, behind column 0 of nobody's.  @param {Uint16Array} owners @returns {LookupOf} */
function section(owners) {
  const directory = new Uint32Array(Math.ceil(owners.length / SECTION_PAGES));
  const parts = [];
  for (let number = 0; number < directory.length; number++) {
    const part = owners.subarray(number * SECTION_PAGES, (number + 1) * SECTION_PAGES);
    if (part.some((id) => id !== 0)) directory[number] = parts.push(part);
  }
  const columns = new Uint16Array((parts.length + 1) * SECTION_PAGES);
  for (const [i, part] of parts.entries()) columns.set(part, (i + 1) * SECTION_PAGES);
  const { length } = owners;
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      const column = pfn < length ? directory[pfn >>> SECTION_SHIFT] : 0;
      out[i] = column === 0 ? 0 : columns[column * SECTION_PAGES + (pfn & (SECTION_PAGES - 1))];
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
export const typedArrayTwins = {
  column,
  "in-page": inPage,
  object,
  overlay,
  "page-cgroup": pageCgroup,
  palette,
  radix,
  section,
};
