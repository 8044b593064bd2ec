// journal: what an operation overwrites in shared memory, so that a survivor can undo it when its agent dies.
//
//   journalPtr                                                       top                          end
//   │ old bytes, to a multiple of 8 │ address:u32 │ bytes:u32 │ …    │ ──►                            │
//     one note, read from its end: the newest first
//
// One agent at a time holds the ledger lock, so one journal is enough.  Every store to what the lock guards is noted
// first, by the setters of abi.ts, or by put, clearBytes and note where code stores by itself.  Commit sets top back to the
// start: from then on the operation has happened.  Undo takes the notes back from the newest to the oldest.
//
// INVARIANTS  U1  Between begin and commit each byte that the lock guards is either as it was, or in a note whose value for
//                 it, the oldest there, is what it was.
//             U2  top names the end of a complete note.
//             U3  A word that is added to without the lock has notes of numbers added only: see addNoted.
// ORDERING    Un1 old value and trailer behind top · Un2 top · Un3 the store itself.  An agent is stopped between two
//             instructions and its thread ends before anyone undoes, so a survivor sees a prefix of them: without Un2 there
//             was no Un3; with Un2 the note is complete, and undoing it is right whether Un3 has happened or not.
//             Notes of one address may repeat, and ranges overlap: played back from the newest to the oldest, the oldest
//             value is stored last (U1).  Each is dropped (top) after it has been stored, and may be stored twice: so undo
//             itself may be stopped at any point, and begun again by the next survivor.
// CONTEXT     The caller holds the ledger lock.  memory.grow cannot be undone and need not be: arenaEnd is not noted, and
//             memory that nothing names is room for the next who asks.
// COST        Per store a call, two loads, four stores; 16 bytes of the journal.  Without SHARED nothing.
// AFTER       undo logs of databases (steal, no force); the kernel needs none, its processors do not die one by one.

import { Mutation } from "./torture";

/** Where LedgerLock keeps top, end and full: abi.ts compares. */
export const JOURNAL_TOP: usize = 832;
export const JOURNAL_END: usize = 836;
export const JOURNAL_FULL: usize = 840;

const TRAILER_BYTES: u32 = 8;

/** Room for a note of `bytes` bytes: where it goes; 0 = nothing is noted now.  Stops the call where there is none. */
function noteRoom(bytes: u32): u32 {
  if (MUTATE == Mutation.NOT_NOTED) return 0;
  const top = load<u32>(JOURNAL_TOP);
  const end = load<u32>(JOURNAL_END);
  if (end == 0) return 0;
  if (bytes > end - top) {
    store<u32>(JOURNAL_FULL, 1);
    unreachable();
  }
  return top;
}

/** Notes a word of 1, 2, 4 or 8 bytes before it is overwritten. */
export function note<T>(ptr: usize): void {
  const top = <usize>noteRoom(16);
  if (!top) return;
  store<u64>(top, <u64>load<T>(ptr)); // Un1
  store<u32>(top, <u32>ptr, 8);
  store<u32>(top, sizeof<T>(), 12);
  store<u32>(JOURNAL_TOP, <u32>top + 16); // Un2
}

/** Notes a range before it is overwritten. */
function noteBytes(ptr: usize, bytes: u32): void {
  const padded = (bytes + 7) & ~7;
  const top = <usize>noteRoom(padded + TRAILER_BYTES);
  if (!top) return;
  memory.copy(top, ptr, <usize>bytes);
  store<u32>(top + padded, <u32>ptr);
  store<u32>(top + padded, bytes, 4);
  store<u32>(JOURNAL_TOP, <u32>top + padded + TRAILER_BYTES);
}

/** `store` for what the ledger lock guards. */
export function put<T>(ptr: usize, value: T): void {
  if (SHARED) note<T>(ptr);
  store<T>(ptr, value);
}

/** Fills a range that the ledger lock guards with zeros. */
export function clearBytes(ptr: usize, bytes: usize): void {
  if (SHARED) noteBytes(ptr, <u32>bytes);
  memory.fill(ptr, 0, bytes);
}

/** Stands in a trailer for a note of a number that was added to a word. */
const ADDED: u32 = 0xffff_ffff;

/**
 * Adds to a word that other agents add to as well, without the lock, and answers what it was.  Its note is the number:
 * undo subtracts it.  Un2 and the add, and in undo the drop and the subtraction, lie in one run of code without call or
 * loop, and a thread is terminated only at those: so the note stands exactly if the number was added.
 */
export function addNoted(ptr: usize, delta: u32): u32 {
  if (!SHARED) {
    const was = load<u32>(ptr);
    store<u32>(ptr, was + delta);
    return was;
  }
  if (MUTATE == Mutation.SUM_BY_VALUE) {
    note<u32>(ptr);
    return atomic.add<u32>(ptr, delta);
  }
  const top = <usize>noteRoom(16);
  if (top) {
    store<u64>(top, <u64>delta);
    store<u32>(top, <u32>ptr, 8);
    store<u32>(top, ADDED, 12);
    store<u32>(JOURNAL_TOP, <u32>top + 16);
  }
  return atomic.add<u32>(ptr, delta);
}

/** Begins to note, in an empty journal. */
export function journalOpen(ptr: u32, bytes: u32): void {
  store<u32>(JOURNAL_TOP, ptr);
  store<u32>(JOURNAL_FULL, 0);
  store<u32>(JOURNAL_END, ptr + bytes);
}

/** Ends noting, for what cannot be undone. */
export function journalClose(): void {
  store<u32>(JOURNAL_END, 0);
}

/** What was noted has happened. */
export function journalCommit(ptr: u32): void {
  store<u32>(JOURNAL_TOP, ptr);
}

export function journalIsEmpty(ptr: u32): bool {
  return load<u32>(JOURNAL_TOP) == ptr;
}

function restore(ptr: usize, from: usize, bytes: u32): void {
  // Whole words, so that who reads beside it never sees half of one.
  if (bytes == 4) store<u32>(ptr, load<u32>(from));
  else if (bytes == 2) store<u16>(ptr, load<u16>(from));
  else if (bytes == 1) store<u8>(ptr, load<u8>(from));
  else if (bytes == 8) store<u64>(ptr, load<u64>(from));
  else memory.copy(ptr, from, <usize>bytes);
}

/** Takes back all that was noted since the last commit. */
export function journalUndo(ptr: u32): void {
  let top = load<u32>(JOURNAL_TOP);
  while (top != ptr) {
    const trailer = <usize>(top - TRAILER_BYTES);
    const bytes = load<u32>(trailer, 4);
    if (bytes == ADDED) {
      const ptr = <usize>load<u32>(trailer);
      const delta = load<u32>(trailer - 8);
      top -= 16;
      store<u32>(JOURNAL_TOP, top);
      atomic.sub<u32>(ptr, delta);
      continue;
    }
    top -= ((bytes + 7) & ~7) + TRAILER_BYTES;
    restore(<usize>load<u32>(trailer), <usize>top, bytes);
    store<u32>(JOURNAL_TOP, top);
  }
  store<u32>(JOURNAL_FULL, 0);
}
