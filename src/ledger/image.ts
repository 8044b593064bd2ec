/**
 * image: the bytes of a snapshot, written and taken apart.
 *
 *   0      4        8         12      16         20        24        28                            all little endian
 *   │ PLGS │ format │ ABI hash │ kind │ nameBytes │ nrBlocks │ crc32 │ reserved │
 *   32     names: JSON [[id, name], …], UTF-8, padded with spaces to a multiple of 4
 *          numbers of the blocks, u32 each, ascending
 *          the blocks, 4 KiB each: block n is linear memory n·4096 … n·4096 + 4095
 *
 * The kind is the owner design in the lower half and the frame layout in the upper one.
 * A block that is not there is all zero.  The checksum is that of the whole image with its own word taken as zero.
 */
import { ABI_HASH, AGENTS_PTR, CORE_PTR, Core as CoreRecord } from "../abi.js";
import { AbiMismatchError } from "../core/errors.js";
import { crc32 } from "./crc32.js";
import { SnapshotError } from "./snapshot-error.js";

export const BLOCK_BYTES = 4096;
const MAGIC = 0x53474c50;
const FORMAT = 1;
const HEADER_BYTES = 32;

/** Byte offsets in the header. */
const Header = {
  magic: 0,
  format: 4,
  abiHash: 8,
  kind: 12,
  nameBytes: 16,
  nrBlocks: 20,
  crc: 24,
  reserved: 28,
} as const;

/** Blocks of linear memory by number, ascending; views of the image. */
export interface ImageParts {
  readonly designId: number;
  readonly frameLayout: number;
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: readonly number[];
  block(index: number): Uint8Array;
}

export interface ImageSource {
  readonly designId: number;
  readonly frameLayout: number;
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: readonly number[];
  readonly memory: Uint8Array;
}

export function writeImage(source: ImageSource): Uint8Array<ArrayBuffer> {
  const { designId, frameLayout, names, numbers, memory } = source;
  const json = new TextEncoder().encode(JSON.stringify([...names]));
  const nameBytes = Math.ceil(json.length / 4) * 4;
  const numbersAt = HEADER_BYTES + nameBytes;
  const blocksAt = numbersAt + numbers.length * 4;
  const image = new Uint8Array(blocksAt + numbers.length * BLOCK_BYTES);
  const words = new DataView(image.buffer);
  words.setUint32(Header.magic, MAGIC, true);
  words.setUint32(Header.format, FORMAT, true);
  words.setUint32(Header.abiHash, ABI_HASH, true);
  words.setUint32(Header.kind, designId | (frameLayout << 16), true);
  words.setUint32(Header.nameBytes, nameBytes, true);
  words.setUint32(Header.nrBlocks, numbers.length, true);
  image.set(json, HEADER_BYTES);
  image.fill(0x20, HEADER_BYTES + json.length, numbersAt);
  numbers.forEach((number, i) => {
    words.setUint32(numbersAt + i * 4, number, true);
    const from = number * BLOCK_BYTES;
    image.set(memory.subarray(from, from + BLOCK_BYTES), blocksAt + i * BLOCK_BYTES);
  });
  // How far memory had grown, and who works on it, is not the ledger's: equal ledgers have equal images.
  if (numbers[0] === 0) {
    words.setUint32(blocksAt + CORE_PTR + CoreRecord.arenaEnd, 0, true);
    image.fill(0, blocksAt, blocksAt + CORE_PTR);
    image.fill(0, blocksAt + AGENTS_PTR, blocksAt + BLOCK_BYTES);
  }
  words.setUint32(Header.crc, crc32(image), true);
  return image;
}

/** Takes an image apart, once it is known to be whole.  Throws SnapshotError or AbiMismatchError. */
export function readImage(image: Uint8Array): ImageParts {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < 4 || words.getUint32(Header.magic, true) !== MAGIC)
    throw new SnapshotError("foreign", "these bytes are no image of a ledger");
  if (image.length < HEADER_BYTES) throw new SnapshotError("truncated", "the image ends within its header");
  const format = words.getUint32(Header.format, true);
  if (format !== FORMAT)
    throw new SnapshotError("version", `the image has format ${format}, this release reads ${FORMAT}`);
  const nameBytes = words.getUint32(Header.nameBytes, true);
  const nrBlocks = words.getUint32(Header.nrBlocks, true);
  const numbersAt = HEADER_BYTES + nameBytes;
  const blocksAt = numbersAt + nrBlocks * 4;
  const bytes = blocksAt + nrBlocks * BLOCK_BYTES;
  if (image.length !== bytes)
    throw new SnapshotError("truncated", `the image has ${image.length} bytes, its header tells of ${bytes}`);
  if (checksum(image) !== words.getUint32(Header.crc, true))
    throw new SnapshotError("damaged", "the checksum does not fit the bytes");
  const abiHash = words.getUint32(Header.abiHash, true);
  if (abiHash !== ABI_HASH) throw new AbiMismatchError("the image", abiHash, ABI_HASH);
  if (words.getUint32(Header.reserved, true) !== 0)
    throw new SnapshotError("inconsistent", "a reserved word is in use");
  const numbers: number[] = [];
  for (let i = 0; i < nrBlocks; i++) {
    const number = words.getUint32(numbersAt + i * 4, true);
    if (number <= (numbers.at(-1) ?? -1))
      throw new SnapshotError("inconsistent", "the blocks are out of order");
    numbers.push(number);
  }
  return {
    designId: words.getUint16(Header.kind, true),
    frameLayout: words.getUint16(Header.kind + 2, true),
    names: readNames(image.subarray(HEADER_BYTES, numbersAt)),
    numbers,
    block: (i) => image.subarray(blocksAt + i * BLOCK_BYTES, blocksAt + (i + 1) * BLOCK_BYTES),
  };
}

function checksum(image: Uint8Array): number {
  const before = crc32(image.subarray(0, Header.crc));
  return crc32(image.subarray(Header.crc + 4), crc32(new Uint8Array(4), before));
}

function readNames(bytes: Uint8Array): Map<number, string> {
  let pairs: unknown;
  try {
    pairs = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SnapshotError("inconsistent", "the names are no JSON", { cause });
  }
  const names = new Map<number, string>();
  if (!Array.isArray(pairs)) throw new SnapshotError("inconsistent", "the names are no list");
  for (const pair of pairs as unknown[]) {
    const [id, name] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof id !== "number" || typeof name !== "string" || names.has(id))
      throw new SnapshotError("inconsistent", "the names are no list of ids and names");
    names.set(id, name);
  }
  return names;
}
