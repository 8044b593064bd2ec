// frame-layouts: page descriptors of the kernels that the arguments were about, as data.
//
// Each is a struct page of its time, word for word; the engine keeps its own fields in the words where that kernel kept
// their counterparts, and never touches the rest.  So a descriptor has the size, the stride and the distances that it
// had then, and the same engine runs on it.  The compact record, `PageFrame` in schema.mjs, is layout 0.
//
// A word is [name in the kernel, bytes, fields kept there …], in the order of the struct.  Fields sit at the start of
// their word, one behind the other.  `memcgId` is only in the layouts that have a pointer to the owner.
//
// Sources: sizes of 2004 from Arcangeli's count in the anon_vma thread (48 bytes in mainline 2.6, 52 with objrmap, 44
// with anon_vma: mapcount comes, the pte_chain goes); that pte takes 8 bytes and `virtual` is there, as on a 32-bit
// machine with high memory, is what his count adds up to.  2006: struct page of 2.6.18, with the pointer where Seth's
// patch 02 puts it, behind lru and before `virtual`.  2015: struct page of Linux 4.3, and Zhu's three function pointers.

/** 32 bits, 2.6.4: no mapping count of its own; the pte word (chain, or one pte) says whether a page is mapped. */
const FLAGS_2004 = ["flags", 4, "flags", "lru"];
const LIST_TO_LRU_2004 = [
  ["list", 8],
  ["mapping", 4],
  ["index", 4, "order"],
  ["lru.next", 4, "lruNext"],
  ["lru.prev", 4, "lruPrev"],
];
const ENDING_2004 = [
  ["private", 4],
  ["virtual", 4],
];

const WORDS_2006 = [
  ["flags", 8, "flags", "lru"],
  ["_count", 4],
  ["_mapcount", 4, "mapCount"],
  ["private", 8, "order"],
  ["mapping", 8],
  ["index", 8],
  ["lru.next", 8, "lruNext"],
  ["lru.prev", 8, "lruPrev"],
];
const OWNER_2006 = ["ctn", 8, "memcgId"];

const WORDS_2015 = [
  ["flags", 8, "flags", "lru"],
  ["mapping", 8],
  ["index", 8],
  ["_mapcount", 4, "mapCount"],
  ["_count", 4],
  ["lru.next", 8, "lruNext"],
  ["lru.prev", 8, "lruPrev"],
  ["private", 8, "order"],
  ["mem_cgroup", 8, "memcgId"],
];

/** In the order of their numbers, from 1 on. */
export const frameLayouts = [
  {
    name: "linux-2004",
    text: "32 bits, mainline 2.4 and 2.6.4, reverse mapping by pte_chain; no owner",
    sizeBytes: 48,
    words: [FLAGS_2004, ["count", 4], ...LIST_TO_LRU_2004, ["pte", 8, "mapCount"], ...ENDING_2004],
  },
  {
    name: "linux-2004-objrmap",
    text: "linux-2004 with objrmap: a count of mappings beside the chain; no owner",
    sizeBytes: 52,
    words: [
      FLAGS_2004,
      ["count", 4],
      ["mapcount", 4, "mapCount"],
      ...LIST_TO_LRU_2004,
      ["pte", 8],
      ...ENDING_2004,
    ],
  },
  {
    name: "linux-2004-anon-vma",
    text: "linux-2004 with anon_vma (Arcangeli's RFC2): the count stays, the chain is gone; no owner",
    sizeBytes: 44,
    words: [FLAGS_2004, ["count", 4], ["mapcount", 4, "mapCount"], ...LIST_TO_LRU_2004, ...ENDING_2004],
  },
  {
    name: "linux-2006",
    text: "64 bits, 2.6.18, all memory mapped; no owner",
    sizeBytes: 56,
    words: WORDS_2006,
  },
  {
    name: "linux-2006-owner",
    text: "linux-2006 with Seth's pointer to the container: exactly one cache line",
    sizeBytes: 64,
    words: [...WORDS_2006, OWNER_2006],
  },
  {
    name: "linux-2006-owner-virtual",
    text: "linux-2006-owner where WANT_PAGE_VIRTUAL is set: 8 bytes more than a line, and few begin at one (Lameter's objection)",
    sizeBytes: 72,
    words: [...WORDS_2006, OWNER_2006, ["virtual", 8]],
  },
  {
    name: "linux-2015",
    text: "64 bits, Linux 4.3, where the pointer to the owner is back",
    sizeBytes: 64,
    words: WORDS_2015,
  },
  {
    name: "linux-2015-movable",
    text: "linux-2015 with three function pointers for movable pages (Zhu): the 24 bytes that Babka refused",
    sizeBytes: 88,
    words: [...WORDS_2015, ["isolate", 8], ["put", 8], ["migrate", 8]],
  },
];

const WIDTH = { u8: 1, u16: 2, u32: 4 };

/** `linux-2006-owner` → LINUX_2006_OWNER */
export const constantOf = (name) => name.toUpperCase().replaceAll("-", "_");

/** `linux-2006-owner` → Linux2006OwnerFrame */
export const classOf = (name) => `${name.replace(/(^|-)(\w)/g, (_, __, c) => c.toUpperCase())}Frame`;

/** Fields between two places, so that each byte has a name; reserved ones are named by their offset. */
function reserved(from, to) {
  const fields = [];
  for (let at = from; at < to; ) {
    const type = at % 2 || to - at < 2 ? "u8" : at % 4 || to - at < 4 ? "u16" : "u32";
    fields.push([`reserved${at}`, type, "C", ""]);
    at += WIDTH[type];
  }
  return fields;
}

/** A layout as a record of the schema.  Throws where it lacks a field of `compact`, has one twice or a wrong total. */
export function recordOf(layout, compact) {
  const fail = (what) => {
    throw new Error(`${layout.name}: ${what}`);
  };
  const known = new Map(compact.fields.map((field) => [field[0], field]));
  const fields = [];
  let at = 0;
  for (const [word, bytes, ...kept] of layout.words) {
    let next = at;
    for (const name of kept) {
      const [, type, letter, text] = known.get(name) ?? fail(`${word} keeps an unknown field ${name}`);
      known.delete(name);
      // The owner has a pointer's place: 32 bits are stored where 64 were.
      const stored = name === "memcgId" ? "u32" : type;
      fields.push([name, stored, letter, text]);
      next += WIDTH[stored];
    }
    if (next > at + bytes) fail(`${word} is too small for ${kept.join(", ")}`);
    fields.push(...reserved(next, at + bytes));
    at += bytes;
  }
  const missing = [...known.keys()].filter((name) => name !== "memcgId");
  if (missing.length) fail(`no place for ${missing.join(", ")}`);
  return { text: layout.text, sizeBytes: layout.sizeBytes, fields };
}

/** Bytes that the owner takes in a descriptor: its word's, used or not. */
export const ownerBytesOf = (layout) => layout.words.find((word) => word.includes("memcgId"))?.[1] ?? 0;

/** The numbers, as an enum of the schema. */
export const frameLayoutEnum = {
  text: "which page descriptor a module was built with",
  values: {
    COMPACT: [0, "16 bytes: the record PageFrame"],
    ...Object.fromEntries(
      frameLayouts.map(({ name, sizeBytes, text }, i) => [
        constantOf(name),
        [i + 1, `${sizeBytes} bytes: ${text}`],
      ]),
    ),
  },
};
