/**
 * cut-replay: a ledger in Node that has replayed the first lines of a capture, and what its frames are then.
 */
import { FrameFlag, TYPE_MASK, TYPE_SHIFT } from "../../src/abi.js";
import { replayLines } from "../capture/replay-lines.js";

export interface CutFrame {
  /** Path; "" = no owner. */
  readonly owner: string;
  /** As the laboratory's columns: 0 = not allocated. */
  readonly type: number;
  readonly lru: number;
  readonly order: number;
}

export interface Cut {
  readonly events: number;
  readonly nrFrames: number;
  frame(pfn: number): CutFrame;
}

/** `lines` undefined: the whole trace. */
export async function cutReplay(capture: string, lines?: number): Promise<Cut> {
  const replay = await replayLines(capture, lines);
  const ledger = replay.ledgers[0]!;
  const { core } = ledger;
  const paths = new Map(replay.attribution.groups.all().map(({ id, path }) => [id, path]));
  const flagsOf = (pfn: number) => core.u16[(core.framePtr(pfn) + core.frame.flags) >>> 1]!;
  return {
    events: replay.events,
    nrFrames: ledger.nrFrames,
    frame(pfn) {
      const isKnown = pfn < ledger.nrFrames && (flagsOf(pfn) & FrameFlag.ALLOCATED) !== 0;
      if (!isKnown) return { owner: "", type: 0, lru: 0, order: 0 };
      const bytes = new Uint8Array(core.u16.buffer);
      const order = bytes[core.framePtr(pfn) + core.frame.order]!;
      const head = pfn - (pfn % 2 ** order);
      const id = ledger.ownerOf(pfn);
      return {
        owner: id === 0 ? "" : (paths.get(id) ?? `container ${id}`),
        type: ((flagsOf(head) & TYPE_MASK) >>> TYPE_SHIFT) + 1,
        // The record has the list's number plus 1, 0 = on none.
        lru: bytes[core.framePtr(head) + core.frame.lru]! + 1,
        order: order + 1,
      };
    },
  };
}
