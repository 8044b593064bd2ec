// names: a hash table of event names, known and unknown, each with its count.
//
// The host seeds the names that the scanner understands, so they are spelt once, in src/capture/records.ts.
// Unknown names join the same table as they appear; a trace full of sched_switch costs one probe a line.
//
//     slot  0 hash u32 │ 4 length u32 │ 8 value u32 │ 12 – │ 16 count u64 │ 24 name, 64 bytes │ 88 –
//
// INVARIANTS  N1  length 0 marks a free slot; slots are never freed.
//             N2  at most NAMES_MAX unknown names plus the seeds, so at least a third of the slots stays free
//                 and a probe always ends.
//             N3  the seeds come first: no trace can push a known name out, nor make it slow to find.
import { getState, setState } from "./bytes";
import {
  NAMES_MAX,
  SLOT_BYTES,
  SLOT_COUNT,
  SLOT_HASH,
  SLOT_LENGTH,
  SLOT_NAME,
  SLOT_VALUE,
  STATE_NR_NAMES,
} from "./records";

/** First eight bytes; shorter names are filled up with zeros. */
function headWord(name: usize, length: u32): u64 {
  const word = load<u64>(name);
  return length < 8 ? word & (((<u64>1) << (length << 3)) - 1) : word;
}

function hashOf(name: usize, length: u32): u32 {
  let mixed = headWord(name, length) ^ ((<u64>length) << 56);
  if (length > 8) mixed ^= rotl<u64>(load<u64>(name + length - 8), 23);
  mixed *= 0x9e3779b97f4a7c15;
  return <u32>(mixed >> 32);
}

function sameName(slot: usize, name: usize, length: u32): bool {
  if (load<u64>(slot, SLOT_NAME) != headWord(name, length)) return false;
  if (length <= 8) return true;
  // The last word overlaps the one before it: no tail of odd bytes.
  const last = length - 8;
  for (let i: u32 = 8; i < last; i += 8) {
    if (load<u64>(slot + i, SLOT_NAME) != load<u64>(name + i)) return false;
  }
  return load<u64>(slot + last, SLOT_NAME) == load<u64>(name + last);
}

/** The slot of the name, or the free slot where it belongs. */
export function findSlot(table: usize, nrSlots: u32, name: usize, length: u32): usize {
  const hash = hashOf(name, length);
  let slotIdx = hash & (nrSlots - 1);
  while (true) {
    const slot = table + slotIdx * SLOT_BYTES;
    const slotLength = load<u32>(slot, SLOT_LENGTH);
    if (slotLength == 0) return slot; // N1
    if (slotLength == length && load<u32>(slot, SLOT_HASH) == hash && sameName(slot, name, length))
      return slot;
    slotIdx = (slotIdx + 1) & (nrSlots - 1); // N2
  }
}

export function fillSlot(slot: usize, name: usize, length: u32, value: u32): void {
  store<u32>(slot, hashOf(name, length), SLOT_HASH);
  store<u32>(slot, length, SLOT_LENGTH);
  store<u32>(slot, value, SLOT_VALUE);
  memory.copy(slot + SLOT_NAME, name, length);
}

export function countSlot(slot: usize): void {
  store<u64>(slot, load<u64>(slot, SLOT_COUNT) + 1, SLOT_COUNT);
}

export function isFree(slot: usize): bool {
  return load<u32>(slot, SLOT_LENGTH) == 0;
}

/** Counts an unknown name.  False when the table holds as many of them as it may. */
export function addUnknown(slot: usize, name: usize, length: u32): bool {
  const nrNames = getState(STATE_NR_NAMES);
  if (nrNames >= NAMES_MAX) return false; // N2
  setState(STATE_NR_NAMES, nrNames + 1);
  fillSlot(slot, name, length, 0);
  return true;
}

/** Letters, digits, `_`, `-` and `.`, a letter or `_` first. */
export function isEventName(name: usize, length: u32): bool {
  if (isDigitOrPunctuation(load<u8>(name))) return false;
  for (let i: u32 = 0; i < length; i++) {
    const byte = <u32>load<u8>(name + i);
    const letter = (byte | 0x20) - 0x61;
    if (letter > 25 && byte != 0x5f && !isDigitOrPunctuation(byte)) return false;
  }
  return true;
}

function isDigitOrPunctuation(byte: u32): bool {
  return byte - 0x30 <= 9 || byte == 0x2d || byte == 0x2e;
}
