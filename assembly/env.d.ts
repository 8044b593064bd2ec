// env: what the build puts in place by `--use`, declared for editors and for tsc.
//
// The compiler never reads this file: there a missing flag is an error (TS2304), with no fallback.

type PageFrame = import("./abi").PageFrame;

/** 1 in builds that check invariants, 0 in those that ship. */
declare const DEBUG: u32;

/** 1 in builds for shared memory: atomics, the ledger lock and its journal are compiled in; else 0. */
declare const SHARED: u32;

/** 1 in builds for torture: freed objects are poisoned, and readers dawdle where a race would show; else 0. */
declare const TORTURE: u32;

/** Number of the step that is wrong on purpose, of tools/mutations.json; 0 = none. */
declare const MUTATE: u32;

/** 1 in builds that show what a design's own way through a batch gains: pages are looked up one after the other; else 0. */
declare const ONE_BY_ONE: u32;

/** The page descriptor, one class of assembly/abi.ts; that file gives it its name, `PageFrame`. */
declare type FrameRecord = import("./abi").CompactFrame;
declare const FrameRecord: typeof import("./abi").CompactFrame;

/**
 * The owner design, one file of assembly/owner.  Callers guarantee pfn + nrPages <= nrFrames throughout.
 *
 * A design keeps no page without an owner: memcgId 0 is what `ownerOf` answers for those, never an argument.
 */
declare abstract class OwnerLookup {
  /** Design id of the module. */
  static readonly DESIGN: u32;
  /**
   * The owner lies in fields of the page frame record that its type leaves free.  False: nothing calls settle, and the
   * design does without it.
   */
  static readonly OVERLAYS: bool;
  /** Bytes of the flat index for so many frames, zero if all lies in slabs. */
  static sizeBytes(nrFrames: u32): u64;
  /** Sets the design's state up, once the regions are laid out. */
  static init(): void;
  /** Whether countOwners is there; else batches go page by page. */
  static readonly COUNTS: bool;
  /** Whether owners lie in frame records, so that a ledger without those is refused. */
  static readonly NEEDS_RECORDS: bool;
  /** Whether ownersOfChunk is there; else batches repeat ownerFrom. */
  static readonly CHUNKS: bool;
  /**
   * Whether lookups in shared memory go without the ledger lock: each is right whatever a writer does meanwhile.  An owner
   * that one writer is just giving may show early, and go again if its operation is refused or undone.
   */
  static readonly LOCK_FREE_READS: bool;
  /** Whether batches read plainly first, by plainOwnersOfChunk, and ask the sequence whether nobody had the lock meanwhile. */
  static readonly SEQUENCED: bool;
  /** Whether lookups follow addresses of objects that are retired: they announce themselves to grace periods. */
  static readonly RETIRES: bool;
  /** Bytes from the start of an object that is retired to its record Retired. */
  static readonly RETIRED_AT: u32;
  /** Whether single pages can be charged and uncharged without the lock, in shared memory. */
  static readonly LOCKLESS: bool;
  /** Marks that a page's entry can have; 0 = none, and setMark, clearMark and nextMark are not there. */
  static readonly MARKS: u32;
  /** Gives the entry of an owned page a mark; takes it away; the first page from `pfn` on that has it, or u32.MAX_VALUE. */
  static setMark(pfn: u32, mark: u32): void;
  static clearMark(pfn: u32, mark: u32): void;
  static nextMark(pfn: u32, mark: u32): u32;
  /** What lookups start from, loaded once for a batch: holds until the index changes. */
  static base(): usize;
  /** Owner of a page, 0 = none.  Loads only. */
  static ownerFrom(base: usize, pfn: u32): u32;
  /** The same, by itself. */
  static ownerOf(pfn: u32): u32;
  /** Owners, u16 each at `out`, of LOOKUP_CHUNK pages, pfns at `pfns`.  Only where CHUNKS says so. */
  static ownersOfChunk(base: usize, pfns: usize, out: usize): void;
  /** The same by plain loads, right while nobody has the lock; else it ends, and its answers are worth nothing.  Only where SEQUENCED says so. */
  static plainOwnersOfChunk(base: usize, pfns: usize, out: usize): void;
  /**
   * Makes sure that setOwners on this range cannot fail; false leaves every owner as it was.  Until then nothing but
   * clearOwners within the range may come between, and what that retires is not to be had again before setOwners.  The
   * caller holds no address of the index.
   */
  static prepare(pfn: u32, nrPages: u32): bool;
  /** Gives the pages to `memcgId`, whether they had an owner or not. */
  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void;
  /** Takes the owner of pages that all have one.  Cannot fail, and nothing prepares it. */
  static clearOwners(pfn: u32, nrPages: u32): void;
  /**
   * The head of a charged folio has just changed its type, gone on or off a list, or become a head: the owner goes to
   * the field that is free now, the old one is no longer read.
   */
  static settle(head: PageFrame, memcgId: u32): void;
  /**
   * Gives a page without an owner to `id`; takes it from its owner.  The agent's counts and its pageStock change with it, in one run
   * of code without call or loop; answers a Lockless.  The caller has entered the write gate, and is online.  Only where LOCKLESS says so.
   */
  static chargeLockless(pfn: u32, id: u32): u32;
  static unchargeLockless(pfn: u32): u32;
  /** Bytes held for the index now: the flat part and slabs in use. */
  static usedBytes(): u32;
  /** Adds the pages of every owner to the u32 words at `counts`, by id; word 0 is nobody's.  Only where COUNTS says so. */
  static countOwners(counts: usize): void;
  /** The arena has moved up by `delta` bytes. */
  static relocate(delta: u32): void;
  /** The design's own invariants: 0, or a code that its file explains. */
  static check(): u32;
}
