// owner-records: the records of the owner designs, in the notation of schema.mjs, which they are a part of.

export const ownerRecords = {
  PageCgroup: {
    text: "side record of one page frame, as in Linux 2.6.28 on 32 bits",
    sizeBytes: 20,
    fields: [
      ["flags", "u32", "L", "bit 0 lock, bit 1 used"],
      ["memcgId", "u32", "L", "owner, valid while used"],
      ["page", "u32", "L", "pfn + 1: the way back"],
      ["lruNext", "u32", "C", "kept for the record's size: lists are linked by frame here"],
      ["lruPrev", "u32", "C", "likewise"],
    ],
  },
  RadixNode: {
    text: "64-way radix tree node, as in Linux 2.6.18 on 32 bits",
    sizeBytes: 276,
    fields: [["count", "u32", "L", "slots in use"]],
    tails: [
      ["slots", "u32", 64, "L", "address of a node, or at the bottom the owner"],
      ["tags", "u32", 4, "C", "two tags of 64 bits: an owner index sets none"],
    ],
  },
  MemSection: {
    text: "directory entry of one section, 2048 page frames; all zero = nobody owns a page of it",
    sizeBytes: 8,
    fields: [
      ["columnPtr", "u32", "L", "a slab of 2048 owners, u16 each, or 0"],
      ["nrOwned", "u32", "L", "owners in it that are not 0"],
    ],
  },
  MemObject: {
    text: "stand-in for an anon_vma or address_space: what a page names instead of an owner; number 0 is no object",
    sizeBytes: 8,
    fields: [
      ["memcgId", "u16", "L", "its owner; 0 in a free record and in number 0"],
      ["isShared", "u16", "L", "1 once a page of it had another owner, which is in a column; 1 in number 0"],
      [
        "nrPages",
        "u32",
        "L",
        "pages that name it; in a free record and in number 0 the next free number, 0 = none",
      ],
    ],
  },
  PcgChunk: {
    text: "side records of 128 page frames, linked into a bucket of a hash table",
    sizeBytes: 2572,
    fields: [
      ["next", "u32", "L", "address of the next chunk of the bucket, 0 = none"],
      ["number", "u32", "L", "pfn >> 7 of its pages"],
      ["nrUsed", "u32", "L", "records with the used bit"],
    ],
    tails: [["records", "PageCgroup", 128, "L", "by pfn & 127"]],
  },
  XaNode: {
    text: "64-way XArray node, as in Linux 4.20 on 32 bits",
    sizeBytes: 300,
    fields: [
      ["shift", "u8", "C", "bits of the pfn below those that this node tells apart: 0, 6, 12 …"],
      ["offset", "u8", "C", "slot in the parent"],
      ["count", "u8", "L", "slots that are not 0, siblings too"],
      ["nrValues", "u8", "L", "slots that hold a value or a sibling of one"],
      ["parent", "u32", "L", "address of the node above, 0 in the root"],
      [
        "breaks",
        "u32",
        "A",
        "runs of this node broken up so far; in the original the way back to the array, of which there is one here",
      ],
      ["rcuNext", "u32", "L", "Retired.next; a list of nodes in the original as well"],
      ["rcuEpoch", "u32", "L", "Retired.epoch"],
    ],
    tails: [
      [
        "slots",
        "u32",
        64,
        "A",
        "value << 1 | 1, node address | 2, slot << 2 | 2 of a sibling's head, XA_RETRY, or 0",
      ],
      ["marks", "u32", 6, "L", "XA_MARKS marks of 64 bits each"],
    ],
  },
  PaletteBlock: {
    text: "owners of 64 page frames: half a cache line; all zero = nobody owns a page of it",
    sizeBytes: 32,
    fields: [
      ["codes0", "u64", "A", "2 bits a page, 32 pages: 0 = none or overflowed, else the slot"],
      ["codes1", "u64", "A", "the other 32"],
      ["own0", "u16", "A", "0xffff while the owners are behind the link, else 0: what code 0 finds"],
      ["own1", "u16", "A", "owner of slot 1; without uses the last one it had"],
      ["own2", "u16", "A", "of slot 2"],
      ["own3", "u16", "A", "of slot 3"],
      ["uses0", "u8", "L", "behind a column: its pages with an owner; else 0"],
      [
        "uses1",
        "u8",
        "L",
        "pages with code 1; in shared memory, once there are none, 0x80 | the epoch of that moment",
      ],
      ["uses2", "u8", "L", "with code 2"],
      ["uses3", "u8", "L", "with code 3"],
      ["link", "u32", "A", "byte in the arena of the overflow block, + 1 if that is a column; 0 = none"],
    ],
    groups: [
      ["codes", "codes0", 2],
      ["own", "own0", 4],
      ["uses", "uses0", 4],
    ],
  },
  WideBlock: {
    text: "overflow of a palette block: 15 owners",
    sizeBytes: 128,
    fields: [],
    tails: [
      ["codes", "u64", 4, "A", "4 bits a page, 16 pages each: 0 = none, else the slot"],
      ["own", "u16", 16, "A", "owner by slot; without uses the last one it had; slot 0 stays 0"],
      ["uses", "u8", 16, "L", "pages by slot; in slot 0 the number of slots with uses"],
      ["reserved80", "u64", 6, "C", "the size of a column block: both come from one pool"],
    ],
  },
  ColumnBlock: {
    text: "overflow of a wide block: no palette any more",
    sizeBytes: 128,
    fields: [],
    tails: [["own", "u16", 64, "A", "owner by page, 0 = none"]],
  },
  RadixRcuNode: {
    text: "64-way radix tree node that readers may still be in when it goes, as in Linux 2.6.20 on 32 bits",
    sizeBytes: 288,
    fields: [
      ["count", "u32", "L", "slots in use"],
      ["height", "u32", "C", "levels from here down: 1 at the bottom"],
      ["rcuNext", "u32", "L", "Retired.next"],
      ["rcuEpoch", "u32", "L", "Retired.epoch; the original's callback, of which there is one kind here"],
    ],
    tails: [
      ["slots", "u32", 64, "A", "address of a node, or at the bottom the owner"],
      ["tags", "u32", 4, "C", "two tags of 64 bits: an owner index sets none"],
    ],
  },
  PcgRecord: {
    text: "side record of one charged page, as in the patches of August 2008 on 32 bits",
    sizeBytes: 24,
    fields: [
      ["flags", "u32", "A", "PcgFlag bits"],
      ["memcgId", "u32", "A", "owner, valid while not OBSOLETE"],
      ["next", "u32", "L", "out of use: the next such record, then Retired.next"],
      [
        "lruNext",
        "u32",
        "L",
        "kept for the record's size, lists are linked by frame here; then Retired.epoch",
      ],
      ["page", "u32", "C", "pfn + 1: the way back"],
      ["lruPrev", "u32", "C", "kept for the record's size"],
    ],
  },
};
