/**
 * folio: what a page frame's record says, read from linear memory.
 */
import {
  Core as CoreRecord,
  FrameFlag,
  type LruList,
  PageFrame,
  type PageType,
  TYPE_MASK,
  TYPE_SHIFT,
} from "../abi.js";
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
  const framesPtr = core.coreWord(CoreRecord.framesPtr);
  const halves = core.u16;
  const half = (frame: number, offset: number) =>
    halves[(framesPtr + frame * PageFrame.sizeBytes + offset) >>> 1]!;
  if ((half(pfn, PageFrame.flags) & FrameFlag.ALLOCATED) === 0) return null;
  // Order and list are neighbouring bytes of one half word.
  const order = half(pfn, PageFrame.order) & 0xff;
  const head = pfn - (pfn % 2 ** order);
  const flags = half(head, PageFrame.flags);
  const lru = half(head, PageFrame.order) >>> 8;
  return {
    pfn: head,
    order,
    type: ((flags & TYPE_MASK) >>> TYPE_SHIFT) as PageType,
    charged: (flags & FrameFlag.CHARGED) !== 0,
    cached: (flags & FrameFlag.CACHED) !== 0,
    mapCount: half(head, PageFrame.mapCount),
    list: lru === 0 ? null : ((lru - 1) as LruList),
    wasSplit: (flags & FrameFlag.WAS_SPLIT) !== 0,
  };
}
