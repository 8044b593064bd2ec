/**
 * frame-look: one page frame in words: what it is now, and what happened to it.
 */
import { FrameFlag, LruList, Op, PageType, TYPE_MASK, TYPE_SHIFT } from "../abi.js";
import { EVENT_MASK, isFolioOp, OP_WORDS, REFUSED } from "./op-log.js";
import type { FrameEvent, FrameNow } from "./protocol.js";
import type { Recording } from "./recording.js";
import type { Sliced } from "./slices.js";

const nameOf = (numbers: Readonly<Record<string, number>>) => {
  const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name.toLowerCase()]));
  return (number: number) => names.get(number) ?? String(number);
};
const typeName = nameOf(PageType);
const listName = nameOf(LruList);

const FLAG_NAMES = [
  [FrameFlag.CHARGED, "charged"],
  [FrameFlag.CACHED, "cached"],
  [FrameFlag.WAS_SPLIT, "was split"],
] as const;

export function frameNow(recording: Recording, pfn: number, indexById: Int32Array): FrameNow {
  const { core } = recording;
  const free: FrameNow = {
    pfn,
    owner: -1,
    isAllocated: false,
    head: pfn,
    order: 0,
    type: "",
    lru: "",
    flags: "",
    mappings: 0,
  };
  if (!(Number.isInteger(pfn) && pfn >= 0 && pfn < core.nrFrames)) return free;
  const { frame, u16 } = core;
  const bytes = new Uint8Array(u16.buffer);
  const flagsOf = (at: number) => u16[(core.framePtr(at) + frame.flags) >>> 1]!;
  if ((flagsOf(pfn) & FrameFlag.ALLOCATED) === 0) return free;
  const order = bytes[core.framePtr(pfn) + frame.order]!;
  const head = pfn - (pfn % 2 ** order);
  const flags = flagsOf(head);
  const list = bytes[core.framePtr(head) + frame.lru]!;
  const id = core.ownerOf(pfn);
  const type = (flags & TYPE_MASK) >>> TYPE_SHIFT;
  return {
    pfn,
    owner: id === 0 ? -1 : indexById[id]!,
    isAllocated: true,
    head,
    order,
    type: type === PageType.NONE ? "not said" : typeName(type),
    lru: list === 0 ? "on none" : listName(list - 1),
    flags: FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0)
      .map(([, name]) => name)
      .join(", "),
    mappings: u16[(core.framePtr(head) + frame.mapCount) >>> 1]!,
  };
}

/**
 * What happened to a frame up to the recording's moment, newest first; `total` counts what is not listed too.  The whole
 * log is read.  undefined if it was told to stop.
 */
export function* frameHistory(
  recording: Recording,
  pfn: number,
  limit: number,
): Sliced<{ events: FrameEvent[]; total: number } | undefined> {
  const { log, clock, event: upTo } = recording;
  const words = new Uint32Array(16384 * OP_WORDS);
  const room = Math.max(0, Math.min(Math.floor(limit), HISTORY_MAX));
  /** The last `room` of them, round and round. */
  const kept: { word0: number; word2: number; word3: number; path: string }[] = [];
  let total = 0;
  /** Of the folio that the frame is in: a split names the new one. */
  let folioOrder = 0;
  const reader = log.reader();
  const paths = new PathsOnTheWay(recording);
  for (let count = reader.read(upTo, words); count > 0; count = reader.read(upTo, words)) {
    if (yield reader.place.event / upTo) return undefined;
    for (let at = 0; at < count * OP_WORDS; at += OP_WORDS) {
      const word0 = words[at]!;
      const code = word0 & 0xff;
      if (code === Op.CONTAINER_CREATE && (words[at + 3]! & REFUSED) === 0) paths.created(words[at + 1]!);
      const order = (word0 >>> 8) & 0xff;
      const reach = code === Op.SPLIT ? Math.max(order, folioOrder) : order;
      if ((words[at + 1]! ^ pfn) >>> reach !== 0 || !isFolioOp(code)) continue;
      folioOrder = order;
      if (room > 0)
        kept[total % room] = {
          word0,
          word2: words[at + 2]!,
          word3: words[at + 3]!,
          path: paths.of(word0 >>> 16),
        };
      total++;
    }
  }
  const events: FrameEvent[] = [];
  for (let i = total - 1; i >= Math.max(0, total - room); i--) {
    const { word0, word2, word3, path } = kept[i % room]!;
    const event = word3 & EVENT_MASK;
    const what = (word3 & REFUSED) === 0 ? inWords(word0, word2, path) : refusalInWords(word0, path);
    events.push({ event, seconds: clock.secondsAt(event), what });
  }
  return { events, total };
}

/** Most events that are listed. */
export const HISTORY_MAX = 10000;

/** Paths by id while the log is read: an id may be given out again. */
class PathsOnTheWay {
  readonly #byId = new Map<number, number>();
  readonly #recording: Recording;
  #next = 0;

  constructor(recording: Recording) {
    this.#recording = recording;
  }
  /** Containers are made in the order of their indexes. */
  created(id: number): void {
    this.#byId.set(id, this.#next++);
  }
  of(id: number): string {
    const index = this.#byId.get(id);
    return id === 0 || index === undefined ? "" : this.#recording.spans.pathOf(index);
  }
}

/** Histories let nothing be refused but charges, by a limit. */
function refusalInWords(word0: number, path: string): string {
  const order = (word0 >>> 8) & 0xff;
  return `charge to ${path} refused: over a limit, its own or one above${order === 0 ? "" : `, order ${order}`}`;
}

function inWords(word0: number, word2: number, path: string): string {
  const order = (word0 >>> 8) & 0xff;
  const size = order === 0 ? "" : `, order ${order}`;
  const as = word2 === PageType.NONE ? "" : ` as ${typeName(word2)}`;
  const charged = path === "" ? "" : `charged to ${path}${as}`;
  switch (word0 & 0xff) {
    case Op.ALLOC:
      return `allocated${size}`;
    case Op.ALLOC_CHARGE:
      return `allocated${size}, ${charged || "charged to nobody"}`;
    case Op.CHARGE:
      return charged + size;
    case Op.RECHARGE:
      return (charged || `uncharged: its owner is outside${as}`) + size;
    case Op.MOVE_CHARGE:
      return `charge moved to ${path}${size}`;
    case Op.UNCHARGE:
      return `uncharged${size}`;
    case Op.FREE:
    case Op.RELEASE:
      return `freed${size}`;
    case Op.LRU_ADD:
    case Op.LRU_PUT:
      return `put on ${listName(word2)}${size}`;
    case Op.LRU_ACTIVATE:
    case Op.REPLAY_ACTIVATE:
      return `activated${size}`;
    case Op.LRU_DEL:
    case Op.REPLAY_LRU_DEL:
      return `taken off its list${size}`;
    case Op.CACHE_ADD:
      return `added to a page cache${path === "" ? "" : `, ${charged}`}${size}`;
    case Op.CACHE_DEL:
    case Op.REPLAY_CACHE_DEL:
      return `taken out of its page cache${size}`;
    case Op.MAP:
      return `mapped${size}`;
    case Op.UNMAP:
      return `unmapped${size}`;
    case Op.SET_TYPE:
      return `is ${typeName(word2)} now${size}`;
    case Op.SPLIT:
      return `split to order ${order}`;
    default:
      return `operation ${word0 & 0xff}${size}`;
  }
}
