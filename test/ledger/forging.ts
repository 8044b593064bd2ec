/**
 * forging: images of a ledger with words changed, so that what a restore checks can be asked one by one.
 */
import { crc32 } from "../../src/ledger/crc32.js";
import { readImage } from "../../src/ledger/image.js";

/** Words of an image by their address. */
export function wordsOf(image: Uint8Array) {
  const { numbers } = readImage(image);
  const blocksAt = image.length - numbers.length * 4096;
  const view = new DataView(image.buffer, image.byteOffset);
  const at = (ptr: number) => blocksAt + numbers.indexOf(Math.floor(ptr / 4096)) * 4096 + (ptr % 4096);
  return {
    get: (ptr: number) => view.getUint32(at(ptr), true),
    set: (ptr: number, value: number) => view.setUint32(at(ptr), value, true),
  };
}

/** The image with words changed and a checksum that fits. */
export function forged(image: Uint8Array, change: (words: ReturnType<typeof wordsOf>) => void): Uint8Array {
  const copy = image.slice();
  change(wordsOf(copy));
  const view = new DataView(copy.buffer);
  view.setUint32(24, 0, true);
  view.setUint32(24, crc32(copy), true);
  return copy;
}
