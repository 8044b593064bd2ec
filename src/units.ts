/**
 * units: branded numbers, so that a frame number is never added to a byte count by accident.
 *
 * One word, one meaning (docs/glossary.md): a *page* is the accounted 4 KiB frame, never wasm's 64 KiB page.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Page frame number: index of a 4 KiB frame of physical memory. */
export type Pfn = Branded<"Pfn">;
/** Number of 4 KiB pages. */
export type Pages = Branded<"Pages">;
/** Number of bytes. */
export type Bytes = Branded<"Bytes">;
/** Container id inside a ledger: 1..65534; 0 means "no owner". */
export type MemcgId = Branded<"MemcgId">;

export const PAGE_BYTES = 4096;

export const pfn = (n: number): Pfn => n as Pfn;
export const pages = (n: number): Pages => n as Pages;
export const memcgId = (n: number): MemcgId => n as MemcgId;
export const pagesToBytes = (n: number): Bytes => (n * PAGE_BYTES) as Bytes;
export const bytesToPages = (n: number): Pages => (n / PAGE_BYTES) as Pages;
