/**
 * frame-figures: what the map of frames says in numbers, and the map itself in few bytes.
 *
 * Encoded, the map is pairs of varints (owner, length of its run), base64; free frames are owner 0.
 */
import type { ReportFrameMap } from "./report-data.js";

export interface FrameMapFigures {
  /** Frames by owner byte; [0] counts free ones. */
  readonly byOwner: readonly number[];
  readonly owned: number;
  /** Unbroken runs of one owner. */
  readonly runs: number;
  /** Aligned blocks of 64 frames that hold an owned frame … */
  readonly blocks: number;
  /** … by the number of different owners in them, free counted as one: 1, 2, 3, 4, 5 and more. */
  readonly blocksByOwners: readonly [number, number, number, number, number];
}

const BLOCK_FRAMES = 64;

export function frameFigures(map: ReportFrameMap): FrameMapFigures {
  const { owners, firstPfn } = map;
  const byOwner = new Array<number>(256).fill(0);
  const blocksByOwners: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  const lastBlock = new Int32Array(256).fill(-1);
  let runs = 0;
  let blocks = 0;
  let before = 0;
  let block = -1;
  let different = 0;
  let isOwned = false;

  const endBlock = () => {
    if (!isOwned) return;
    blocks++;
    blocksByOwners[Math.min(different, 5) - 1]!++;
  };

  for (let i = 0; i < owners.length; i++) {
    const owner = owners[i]!;
    const at = Math.floor((firstPfn + i) / BLOCK_FRAMES);
    if (at !== block) {
      endBlock();
      block = at;
      different = 0;
      isOwned = false;
    }
    byOwner[owner]!++;
    if (lastBlock[owner] !== block) {
      lastBlock[owner] = block;
      different++;
    }
    if (owner !== 0) {
      isOwned = true;
      if (owner !== before) runs++;
    }
    before = owner;
  }
  endBlock();
  return { byOwner, owned: owners.length - byOwner[0]!, runs, blocks, blocksByOwners };
}

/** Owners as (owner, run) varint pairs in base64. */
export function encodeOwners(owners: Uint8Array): string {
  let bytes = new Uint8Array(4096);
  let length = 0;
  const varint = (value: number) => {
    let rest = value;
    for (; rest > 127; rest >>>= 7) bytes[length++] = (rest & 127) | 128;
    bytes[length++] = rest;
  };
  for (let from = 0; from < owners.length; ) {
    const owner = owners[from]!;
    let to = from + 1;
    while (to < owners.length && owners[to] === owner) to++;
    if (length + 16 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    varint(owner);
    varint(to - from);
    from = to;
  }
  return base64(bytes.subarray(0, length));
}

function base64(bytes: Uint8Array): string {
  // A multiple of three bytes at a time, so that no padding comes in between.
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x6000)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  return parts.join("");
}
