// lru-list: the LRU lists of a container, doubly linked through the heads of their folios.
//
//   Container.lists[k]          PageFrame 7         PageFrame 96
//   ┌───────┬──────┐ first     ┌─────────┐ next     ┌─────────┐
//   │   8   │  97  │ ────────► │ next 97 │ ───────► │ next  0 │
//   └───────┴──────┘           │ prev  0 │ ◄─────── │ prev  8 │
//               │ last         └─────────┘   prev   └────▲────┘
//               └────────────────────────────────────────┘
//
// Links are pfn + 1, so that zero ends a list and fresh memory is a set of empty lists.  Numbers stay valid when
// regions move, addresses would not.
//
// INVARIANTS  L1  lru is k + 1 exactly in the heads on list k, and 0 in every other frame.
//             L2  All folios of a list belong to the container whose list it is.
//             L3  lruPages of list k is the sum of the pages of its folios.
//             L4  prev of the first and next of the last are 0; next of a folio's prev is the folio itself.
// COST        Adding writes three records, taking out up to three.
import { Container, LruHead, LruList, PageFrame } from "../abi";
import { frameAt } from "./region";

/** Number of `inactiveAnonPages` among the own counters: those of the lists follow in order. */
const LRU_COUNTER: u32 = 5;

function addPages(owner: Container, list: u32, nrPages: u32): void {
  owner.ownSet(LRU_COUNTER + list, owner.ownAt(LRU_COUNTER + list) + nrPages);
}

/** The active list of the same kind; UNEVICTABLE has none and stays what it is. */
export function activeOf(list: u32): u32 {
  return list == LruList.UNEVICTABLE ? list : list | 1;
}

/** Puts a folio that is on no list to the front. */
export function lruLink(owner: Container, list: u32, pfn: u32, frame: PageFrame): void {
  const ends = owner.listsAt(list);
  if (DEBUG) assert(frame.lru == 0); // L1
  frame.lru = <u8>(list + 1);
  frame.lruPrev = 0;
  frame.lruNext = ends.first;
  if (ends.first) frameAt(ends.first - 1).lruPrev = pfn + 1;
  else ends.last = pfn + 1;
  ends.first = pfn + 1;
  addPages(owner, list, (<u32>1) << (<u32>frame.order));
}

/** Puts a new folio, split off from `after`, behind it on the same list.  Pages on the list stay the same. */
export function lruLinkBehind(owner: Container, after: u32, pfn: u32): void {
  const before = frameAt(after);
  const frame = frameAt(pfn);
  const ends = owner.listsAt(<u32>before.lru - 1);
  frame.lru = before.lru;
  frame.lruPrev = after + 1;
  frame.lruNext = before.lruNext;
  if (before.lruNext) frameAt(before.lruNext - 1).lruPrev = pfn + 1;
  else ends.last = pfn + 1;
  before.lruNext = pfn + 1;
}

/** Takes a folio off the list that it is on. */
export function lruUnlink(owner: Container, frame: PageFrame): void {
  const list = <u32>frame.lru - 1;
  const ends: LruHead = owner.listsAt(list);
  if (DEBUG) assert(frame.lru != 0); // L1
  if (frame.lruPrev) frameAt(frame.lruPrev - 1).lruNext = frame.lruNext;
  else ends.first = frame.lruNext;
  if (frame.lruNext) frameAt(frame.lruNext - 1).lruPrev = frame.lruPrev;
  else ends.last = frame.lruPrev;
  frame.lruNext = 0;
  frame.lruPrev = 0;
  frame.lru = 0;
  addPages(owner, list, -((<u32>1) << (<u32>frame.order)));
}
