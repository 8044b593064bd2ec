/**
 * image-check-rcu: what waits for a grace period in a restored image, and the records that pages point to.
 *
 * An image may be written while objects wait: they are part of it, and are freed later as they would have been.  The
 * agents that read beside it are not: nobody holds an address of a memory that was not there before.
 */
import { Core as CoreRecord, PCG_BATCH, PcgFlag, PcgRecord, Retired } from "../abi.js";
import type { Core } from "../core/core.js";
import { type ArenaCheck, must, OWNER_MAX } from "./image-check-arena.js";

const isBefore = (epoch: number, other: number) => ((epoch - other) | 0) < 0;

/** A design that retires nothing has no epochs and no lists. */
export function checkNothingRetired(core: Core): void {
  const { gpEpoch, nrRetired, retiredFirst, retiredLast } = CoreRecord;
  for (const offset of [gpEpoch, nrRetired, retiredFirst, retiredLast])
    must(core.coreWord(offset) === 0, "something is retired that nobody frees");
}

/** Number of objects that wait; each is reached.  `retiredAt`: where in an object its record Retired begins. */
export function walkRetired(arena: ArenaCheck, retiredAt = 0): number {
  const { core } = arena;
  const gpEpoch = core.coreWord(CoreRecord.gpEpoch);
  must(gpEpoch !== 0, "the epoch is impossible");
  let last = 0;
  let count = 0;
  let epoch: number | undefined;
  for (let off = core.coreWord(CoreRecord.retiredFirst); off !== 0; count++) {
    const ptr = arena.arenaPtr + off;
    arena.reach(ptr - retiredAt);
    const stamp = arena.word(ptr + Retired.epoch);
    must(!isBefore(gpEpoch, stamp) && !isBefore(stamp, epoch ?? stamp), "a retired object has a wrong stamp");
    epoch = stamp;
    last = off;
    off = arena.word(ptr + Retired.next);
  }
  must(last === core.coreWord(CoreRecord.retiredLast), "the list of retired objects ends elsewhere");
  must(count === core.coreWord(CoreRecord.nrRetired), "the number of retired objects is wrong");
  return count;
}

/** Number of page_cgroup records: behind pointers, out of use, and retired. */
export function walkPcgRecords(arena: ArenaCheck): number {
  const { core } = arena;
  const indexPtr = core.coreWord(CoreRecord.indexPtr);
  const waiting = walkRetired(arena);
  let records = 0;
  for (let pfn = 0; pfn < core.nrFrames; pfn++) {
    const ptr = arena.word(indexPtr + 4 * pfn);
    if (ptr === 0) continue;
    arena.reach(ptr);
    records++;
    const owner = arena.word(ptr + PcgRecord.memcgId);
    must(owner > 0 && owner <= OWNER_MAX, "a record has an impossible owner");
    must(arena.word(ptr + PcgRecord.page) === pfn + 1, "a record is another page's");
    must(arena.word(ptr + PcgRecord.flags) < PcgFlag.OBSOLETE, "a page points to a record out of use");
  }
  let obsolete = 0;
  for (let off = core.coreWord(CoreRecord.obsoleteFirst); off !== 0; obsolete++) {
    const ptr = arena.arenaPtr + off;
    arena.reach(ptr);
    must((arena.word(ptr + PcgRecord.flags) & PcgFlag.OBSOLETE) !== 0, "a record is used and is not");
    off = arena.word(ptr + PcgRecord.next);
  }
  must(
    obsolete === core.coreWord(CoreRecord.nrObsolete) && obsolete < PCG_BATCH,
    "the number of records out of use is wrong",
  );
  return waiting + records + obsolete;
}
