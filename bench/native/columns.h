/* columns: u16 columns of 2048 owners each, there while one of them has an owner (core/owner-columns.ts). */
#pragma once
#include "slab.h"

enum { COLUMN_SHIFT = 11, COLUMN_MASK = (1 << COLUMN_SHIFT) - 1 };

static inline uint32_t column_owner_at(const struct view *view, const struct MemSection *directory, uint32_t pfn) {
  const uint32_t columnPtr = directory[pfn >> COLUMN_SHIFT].columnPtr;
  return columnPtr ? ((const uint16_t *)at(view, columnPtr))[pfn & COLUMN_MASK] : 0;
}

static inline uint32_t columns_reserve(const struct view *view, const struct MemSection *directory, uint32_t pfn) {
  return arena_reserve(view, !directory[pfn >> COLUMN_SHIFT].columnPtr);
}

static inline void columns_set(const struct view *view, struct MemSection *directory, uint32_t pfn, uint32_t id) {
  struct MemSection *section = &directory[pfn >> COLUMN_SHIFT];
  if (!section->columnPtr) section->columnPtr = pool_take_slab(view);
  uint16_t *owner = (uint16_t *)at(view, section->columnPtr) + (pfn & COLUMN_MASK);
  section->nrOwned += !*owner;
  *owner = (uint16_t)id;
}

static inline void columns_clear(const struct view *view, struct MemSection *directory, uint32_t pfn) {
  struct MemSection *section = &directory[pfn >> COLUMN_SHIFT];
  ((uint16_t *)at(view, section->columnPtr))[pfn & COLUMN_MASK] = 0;
  if (--section->nrOwned) return;
  pool_give_slab(view, section->columnPtr);
  section->columnPtr = 0;
}
