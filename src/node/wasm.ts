// wasm: the compiled modules of this package, read from its own folder.
import { readFile } from "node:fs/promises";

/** Two folders up, from src/node as from dist/node; bundles that move this file must bring the bytes themselves. */
const PACKAGE_ROOT = new URL("../../", import.meta.url);

/** Reads `build/<name>.wasm`. */
export async function readWasm(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`build/${name}.wasm`, PACKAGE_ROOT);
  try {
    return new Uint8Array(await readFile(url));
  } catch (error) {
    throw new Error(`build/${name}.wasm cannot be read; build the package first`, { cause: error });
  }
}
