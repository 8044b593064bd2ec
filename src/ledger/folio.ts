/**
 * folio: what a page frame's record says, read from linear memory.
 */
import { FrameFlag, type LruList, type PageType, TYPE_MASK, TYPE_SHIFT } from "../abi.js";
import type { Core } from "../core/core.js";

/** A folio as it is now. */
export interface FolioInfo {
  /** Its first frame. */
  readonly pfn: number;
  /** It has 2^order frames. */
  readonly order: number;
  readonly type: PageType;
  readonly charged: boolean;
  /** In a page cache. */
  readonly cached: boolean;
  readonly mapCount: number;
  /** null on no list. */
  readonly list: LruList | null;
  /** Was part of a larger folio once. */
  readonly wasSplit: boolean;
}

/** The folio that `pfn`, below the core's nrFrames, is part of; null if the frame is free. */
export function folioAt(core: Core, pfn: number): FolioInfo | null {
  const { frame } = core;
  const halves = core.u16;
  const half = (at: number, offset: number) => halves[(at + offset) >>> 1]!;
  const byte = (at: number, offset: number) => (half(at, offset) >>> ((offset & 1) * 8)) & 0xff;
  const ptr = core.framePtr(pfn);
  if ((half(ptr, frame.flags) & FrameFlag.ALLOCATED) === 0) return null;
  const order = byte(ptr, frame.order);
  const head = pfn - (pfn % 2 ** order);
  const headPtr = core.framePtr(head);
  const flags = half(headPtr, frame.flags);
  const lru = byte(headPtr, frame.lru);
  return {
    pfn: head,
    order,
    type: ((flags & TYPE_MASK) >>> TYPE_SHIFT) as PageType,
    charged: (flags & FrameFlag.CHARGED) !== 0,
    cached: (flags & FrameFlag.CACHED) !== 0,
    mapCount: half(headPtr, frame.mapCount),
    list: lru === 0 ? null : ((lru - 1) as LruList),
    wasSplit: (flags & FrameFlag.WAS_SPLIT) !== 0,
  };
}
