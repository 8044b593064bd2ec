/**
 * open: a ledger from a module or from its bytes.
 */
import { Ledger } from "./ledger.js";
import type { LedgerSize } from "./ledger-types.js";

/** The core of one owner design: compiled, or the bytes of its wasm file. */
export type LedgerSource = { readonly module: WebAssembly.Module } | { readonly wasm: BufferSource };

export type OpenOptions = LedgerSource & LedgerSize;

/**
 * Opens an empty ledger, compiling the module first where bytes are given.  `Ledger.open` does the same at once for a
 * compiled module.  Throws LedgerError (BAD_ARG, NO_MEMORY), AbiMismatchError, or WebAssembly.CompileError.
 */
export async function openLedger(options: OpenOptions): Promise<Ledger> {
  const module = "module" in options ? options.module : await WebAssembly.compile(options.wasm);
  return Ledger.open(module, options);
}
