// palette: blocks of 64 pages in typed arrays: a 2-bit code for each, three owners, and behind a link more of them.
//
//   block     │ codes: 4 × u32 │ own0 own1 own2 own3: u16 │ · │ link: u32 │     32 bytes, two views of them
//   overflow  │ codes: 32 bytes of 4 bits, then 16 owners │ or 64 owners │     128 bytes, as in the core
//
// Code 0 of a block that has overflowed finds OVERFLOWED, as in the core.

const PAGES = 64;
const BLOCK_WORDS = 8;
const OWN_AT = 8;
const LINK_AT = 7;
const OVERFLOWED = 0xffff;
/** Owners that codes of 2 and of 4 bits can tell. */
const NARROW_OWNERS = 3;
const WIDE_OWNERS = 15;
/** An overflow block in u16, and where in it the owners of a wide one begin. */
const OVERFLOW_WORDS = 64;
const WIDE_OWN_AT = 16;

/** Who owns pages of a block, in the order of appearance.  @param {Uint16Array} owners */
const ownersIn = (owners) => [...new Set(owners)].filter((id) => id !== 0);

/** The overflow block of a block, and which of the two kinds it is.  @param {Uint16Array} owners */
function overflowOf(owners) {
  const block = new Uint16Array(OVERFLOW_WORDS);
  const own = ownersIn(owners);
  const isColumn = own.length > WIDE_OWNERS;
  if (isColumn) {
    block.set(owners);
  } else {
    block.set(own, WIDE_OWN_AT + 1);
    for (let page = 0; page < owners.length; page++)
      block[page >>> 2] |= (own.indexOf(owners[page]) + 1) << ((page & 3) << 2);
  }
  return { block, isColumn };
}

/** @param {Uint16Array} owners */
function layOut(owners) {
  const words = new Uint32Array(Math.ceil(owners.length / PAGES) * BLOCK_WORDS);
  const halves = new Uint16Array(words.buffer);
  const overflows = [];
  for (let first = 0, at = 0; first < owners.length; first += PAGES, at += BLOCK_WORDS) {
    const part = owners.subarray(first, first + PAGES);
    const own = ownersIn(part);
    if (own.length > NARROW_OWNERS) {
      const { block, isColumn } = overflowOf(part);
      halves[at * 2 + OWN_AT] = OVERFLOWED;
      words[at + LINK_AT] = (overflows.length * OVERFLOW_WORDS) | Number(isColumn);
      overflows.push(block);
      continue;
    }
    halves.set(own, at * 2 + OWN_AT + 1);
    for (let page = 0; page < part.length; page++)
      words[at + (page >>> 4)] |= (own.indexOf(part[page]) + 1) << ((page & 15) << 1);
  }
  const more = new Uint16Array(overflows.length * OVERFLOW_WORDS);
  for (const [i, block] of overflows.entries()) more.set(block, i * OVERFLOW_WORDS);
  return { words, halves, more };
}

/** @param {Uint16Array} owners @returns {import("./typed-arrays.mjs").LookupOf} */
export function palette(owners) {
  const { words, halves, more } = layOut(owners);
  const { length } = owners;
  const behindLink = (link, page) => {
    if (link & 1) return more[link - 1 + page];
    return more[link + WIDE_OWN_AT + ((more[link + (page >>> 2)] >>> ((page & 3) << 2)) & 15)];
  };
  return (pfns, out) => () => {
    const count = pfns.length;
    for (let i = 0; i < count; i++) {
      const pfn = pfns[i];
      if (pfn >= length) {
        out[i] = 0;
        continue;
      }
      const at = (pfn >>> 6) * BLOCK_WORDS;
      const code = (words[at + ((pfn >>> 4) & 3)] >>> ((pfn & 15) << 1)) & 3;
      const found = halves[at * 2 + OWN_AT + code];
      out[i] = found === OVERFLOWED ? behindLink(words[at + LINK_AT], pfn & (PAGES - 1)) : found;
    }
  };
}
