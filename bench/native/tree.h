/* tree: trees of 64 ways keyed by pfn, six bits of it a level. */
#pragma once
#include "slab.h"

enum { SHIFT = 6, SLOTS = 64, SLOT_MASK = SLOTS - 1 };

/* First height that reaches `pfn`. */
static inline uint32_t height_for(uint32_t pfn) {
  uint32_t height = 0;
  for (; pfn; pfn >>= SHIFT) height++;
  return height;
}

static inline uint32_t max_height(uint32_t a, uint32_t b) { return a > b ? a : b; }
