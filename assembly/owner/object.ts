// object: a page has no owner; it names its object, an anon_vma or address_space, and that has one.
//
//   PageFrame │ … │ number:u16 @12 │ … │          flat part
//                   │                             │ object 0 │ object 1 │ … │ objectsMax - 1 │ section 0 │ section 1 │ …
//                   ▼                                                                           │
//         MemObject │ memcgId │ isShared │ nrPages │                                            ▼
//                     │         └─ yes: the page may have an owner of its own ──► in a column (owner-columns)
//                     ▼
//                    owner
//
// Operations tell type and owner of a page, not its file or anon_vma, so objects are made up: each container has an open
// one for ANON, for FILE and for SHMEM, that its new pages join until it has objectPages() of them; then the next
// is opened.  An object goes with its last page.  Seth's sentence leaves two cases open, and both fall back on a
// column of owners, 2048 pages each, there on demand:
//   - pages without an object: kernel pages, pages whose type is not known when they are charged, and those that come
//     while all numbers are taken.  They name number 0, which is shared by definition;
//   - pages whose charge has moved: they stay in their object, as a page stays in its file, and the object is shared
//     from then on until it goes.
// A change of type leaves a page in its object.  A page that leaves its owner leaves its object.
//
// INVARIANTS  Q1  nrPages of an object is the number of pages that name it, 1 at least; an object has an owner.
//             Q2  Free records are linked from record 0 and hold nothing else; those from objectsEnd on are all zero.
//             Q3  A page with an owner in a column names number 0 or an object that is shared.
//             Q4  A container's open objects are its own.  An object may outlive its container, by pages that have moved.
//             Q5  N1 and N2 of owner-columns.
// CONTEXT     Ranges are folios: all their pages name one object and have one owner.  prepare cannot know the type that
//             the folio will have, so it asks for columns in any case.
// COST        5 loads per lookup (two bases, number, then isShared and owner in one word elsewhere), 2 or 3 more where shared.
//             The number stands for `mapping`, which the kernel's descriptor has anyway: it is not counted.  8 bytes for
//             each of nrFrames / 32 objects, 65536 at most: 0.25 per page, 0.008 at 2^26 pages; 4 KiB for each column.
// AFTER       Seth 2006, last mail of the thread: owners of user pages in anon_vma or mapping, a pointer only for kernel pages.
import {
  Design,
  MEM_OBJECT_BYTES,
  MemObject,
  PAGE_FRAME_BYTES,
  PageFrame,
  PageType,
  SLAB_BYTES,
} from "../abi";
import { frameType } from "../core/frame";
import {
  columnsCheck,
  columnsClear,
  columnsRelocate,
  columnsReserve,
  columnsSet,
  directoryBytes,
  OwnerColumns,
} from "../core/owner-columns";
import { containerAt, core, frameAt } from "../core/region";

/** Numbers are u16. */
const OBJECTS_MAX: u32 = 65536;
const OBJECTS_MIN: u32 = 16;
/** Page frames for each record of the table. */
const OBJECT_SHIFT: u32 = 5;
/** Pages that an object of a machine up to 8 GiB takes; beyond, as many as keep half of all numbers free. */
const PAGES_MIN: u32 = 64;
const PAGES_SHIFT: u32 = 15;
/** Open objects of a container: ANON, FILE, SHMEM. */
const NR_KINDS: u32 = 3;

/** Records for so many frames. */
function tableObjects(nrFrames: u32): u32 {
  return min(OBJECTS_MAX, max(OBJECTS_MIN, nrFrames >> OBJECT_SHIFT));
}

/** An object with so many pages takes no more. */
function objectPages(): u32 {
  return max(PAGES_MIN, core().nrFrames >> PAGES_SHIFT);
}

function objectAt(number: u32): MemObject {
  return changetype<MemObject>(<usize>(core().indexPtr + number * MEM_OBJECT_BYTES));
}

function directory(): u32 {
  return core().indexPtr + core().objectsMax * MEM_OBJECT_BYTES;
}

function directorySize(): u32 {
  return core().indexBytes - core().objectsMax * MEM_OBJECT_BYTES;
}

/** A new object without pages; 0 = all numbers are taken. */
function newObject(memcgId: u32): u32 {
  const c = core();
  let number = objectAt(0).nrPages;
  if (number) {
    objectAt(0).nrPages = objectAt(number).nrPages;
    objectAt(number).nrPages = 0;
  } else {
    number = c.objectsEnd;
    if (number == c.objectsMax) return 0;
    c.objectsEnd = number + 1;
  }
  objectAt(number).memcgId = <u16>memcgId;
  return number;
}

function freeObject(number: u32): void {
  const object = objectAt(number);
  const owner = containerAt(object.memcgId);
  for (let kind: u32 = 0; kind < NR_KINDS; kind++) if (owner.openAt(kind) == number) owner.openSet(kind, 0); // Q4
  object.memcgId = 0;
  object.isShared = 0;
  object.nrPages = objectAt(0).nrPages; // Q2
  objectAt(0).nrPages = number;
}

/** The object that new pages of this owner and type join; 0 = none. */
function objectFor(memcgId: u32, type: u32): u32 {
  if (type == PageType.NONE || type == PageType.KERNEL) return 0;
  const owner = containerAt(memcgId);
  const kind = type - PageType.ANON;
  const open: u32 = owner.openAt(kind);
  if (open && objectAt(open).nrPages < objectPages()) return open;
  const number = newObject(memcgId);
  if (number) owner.openSet(kind, <u16>number);
  return number;
}

function nameObject(pfn: u32, nrPages: u32, number: u32): void {
  let frame = changetype<usize>(frameAt(pfn));
  for (let i: u32 = 0; i < nrPages; i++, frame += PAGE_FRAME_BYTES) {
    changetype<PageFrame>(frame).memcgId = <u16>number;
  }
}

/** Adds 1 to the pages of each object that a page names, or takes it away by the negative. */
function addNames(sign: u32): void {
  const nrFrames = core().nrFrames;
  for (let pfn: u32 = 0; pfn < nrFrames; pfn++) {
    const number: u32 = frameAt(pfn).memcgId;
    if (number) objectAt(number).nrPages += sign;
  }
}

/** Whether every page names an object that there is, and has an owner of its own only where it may (Q3). */
function namesAreSound(): bool {
  const c = core();
  for (let pfn: u32 = 0; pfn < c.nrFrames; pfn++) {
    const number: u32 = frameAt(pfn).memcgId;
    if (number >= c.objectsEnd || (number && !objectAt(number).memcgId)) return false;
    if (!objectAt(number).isShared && OwnerColumns.ownerAt(directory(), pfn)) return false;
  }
  return true;
}

/** Whether pages and objects agree on their number (Q1): what is left when each page has taken itself away is 0. */
function countsAreSound(): bool {
  const end = core().objectsEnd;
  let sound = true;
  for (let number: u32 = 1; number < end; number++) {
    if (objectAt(number).memcgId && !objectAt(number).nrPages) sound = false;
  }
  addNames(-1);
  for (let number: u32 = 1; number < end; number++) {
    if (objectAt(number).memcgId && objectAt(number).nrPages) sound = false;
  }
  addNames(1);
  return sound;
}

/** Whether the records without an owner are those on the list (Q2). */
function listIsSound(): bool {
  const end = core().objectsEnd;
  if (end == 0 || end > core().objectsMax || objectAt(0).memcgId || objectAt(0).isShared != 1) return false;
  let free: u32 = 0;
  for (let number: u32 = 1; number < end; number++) if (!objectAt(number).memcgId) free++;
  for (let number = objectAt(0).nrPages; number; number = objectAt(number).nrPages) {
    if (!free || number >= end || objectAt(number).memcgId || objectAt(number).isShared) return false;
    free--;
  }
  return free == 0;
}

/** Whether containers have open objects of their own only (Q4). */
function openAreSound(): bool {
  const c = core();
  for (let id: u32 = 1; id < c.containersEnd; id++) {
    for (let kind: u32 = 0; kind < NR_KINDS; kind++) {
      const number: u32 = containerAt(id).openAt(kind);
      if (number && (number >= c.objectsEnd || <u32>objectAt(number).memcgId != id)) return false;
    }
  }
  return true;
}

export abstract class ObjectLookup {
  static readonly DESIGN: u32 = Design.OBJECT;
  static readonly NEEDS_RECORDS: bool = true;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = false;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return <u64>tableObjects(nrFrames) * MEM_OBJECT_BYTES + directoryBytes(nrFrames);
  }

  static init(): void {
    const c = core();
    c.objectsMax = tableObjects(c.nrFrames);
    c.objectsEnd = 1;
    objectAt(0).isShared = 1;
  }

  @inline static base(): usize {
    return <usize>core().framesPtr;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    const object = objectAt(changetype<PageFrame>(base + pfn * PAGE_FRAME_BYTES).memcgId);
    if (object.isShared) {
      const ownId = OwnerColumns.ownerAt(directory(), pfn);
      if (ownId) return ownId;
    }
    return object.memcgId;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return ObjectLookup.ownerFrom(ObjectLookup.base(), pfn);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    return columnsReserve(directory(), pfn, nrPages);
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const frame = frameAt(pfn);
    const object = objectAt(frame.memcgId);
    const hasOwn = object.isShared != 0 && OwnerColumns.ownerAt(directory(), pfn) != 0;
    if (<u32>object.memcgId == memcgId) {
      if (hasOwn) columnsClear(directory(), pfn, nrPages); // back to where its object is
      return;
    }
    if (!object.memcgId && !hasOwn) {
      const number = objectFor(memcgId, frameType(frame));
      if (number) {
        nameObject(pfn, nrPages, number);
        objectAt(number).nrPages += nrPages; // Q1
        return;
      }
    }
    object.isShared = 1; // Q3
    columnsSet(directory(), pfn, nrPages, memcgId);
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    const number: u32 = frameAt(pfn).memcgId;
    const object = objectAt(number);
    if (object.isShared && OwnerColumns.ownerAt(directory(), pfn)) columnsClear(directory(), pfn, nrPages);
    if (!number) return;
    nameObject(pfn, nrPages, 0);
    object.nrPages -= nrPages; // Q1
    if (!object.nrPages) freeObject(number);
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  /** More frames mean more objects too: the directory makes room for them. */
  static relocate(delta: u32): void {
    const c = core();
    const bytes = <usize>directoryBytes(c.nrFrames);
    const before = <usize>directory();
    c.objectsMax = tableObjects(c.nrFrames);
    const after = <usize>directory();
    if (after != before) {
      // What the old directory did not cover is zero, and so is all that lies behind it.
      memory.copy(after, before, bytes);
      memory.fill(before, 0, min(bytes, after - before));
    }
    columnsRelocate(directory(), directorySize(), delta);
  }

  /**
   * 1, 2 = columns (Q5), 3 = the list of free records (Q2), 4 = a page's object or its own owner (Q3), 5 = an object's
   * pages (Q1), 6 = an open object (Q4).
   */
  static check(): u32 {
    const code = columnsCheck(directory(), directorySize());
    if (code) return code;
    if (!listIsSound()) return 3;
    if (!namesAreSound()) return 4;
    if (!countsAreSound()) return 5;
    return openAreSound() ? 0 : 6;
  }
}
