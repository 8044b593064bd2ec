// config: numbers of the build and of the machine, in one place.
//
// DEBUG comes from the build by `--use DEBUG=0|1`; without the flag nothing compiles.

/** wasm's own page, the unit of memory.grow: never called a page elsewhere. */
export const WASM_PAGE_BYTES: u32 = 65536;

/** One wasm page short of 4 GiB, so that no end address wraps to zero. */
export const WASM_PAGES_MAX: u32 = 65535;

/** The arena asks for this much at a time, so that growing stays rare; it takes less if this cannot be had. */
export const ARENA_CHUNK_WASM_PAGES: u32 = 16;

/** Pages that a batch of lookups takes on together: a multiple of 8. */
export const LOOKUP_CHUNK: u32 = 128;
