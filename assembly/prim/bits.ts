// bits: alignment and rounding.

/** `n` rounded up to a multiple of `unit`, a power of two. */
export function alignUp64(n: u64, unit: u64): u64 {
  return (n + unit - 1) & ~(unit - 1);
}

/** How many `unit`s hold `n`. */
export function ceilDiv(n: u32, unit: u32): u32 {
  return (n + unit - 1) / unit;
}

/** Whether `pfn` is a multiple of 2^order. */
export function isAligned(pfn: u32, order: u32): bool {
  return (pfn & ((1 << order) - 1)) == 0;
}
