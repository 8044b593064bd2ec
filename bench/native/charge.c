/* charge: designs whose charge needs no memory: in-page, column, page-cgroup, and the palette while no block overflows: 64
 * pages with more than three owners are refused (OVERFLOW), and the benchmark has none. */
#include "charge.h"

enum { PALETTE_PAGES = 64, PCG_USED = 1 << 1 };

static inline uint32_t in_page_set(const struct view *view, uint32_t pfn, uint32_t id) {
  view->frames[pfn].memcgId = (uint16_t)id;
  return Err_OK;
}
static inline uint32_t in_page_take(const struct view *view, uint32_t pfn) {
  const uint32_t id = view->frames[pfn].memcgId;
  view->frames[pfn].memcgId = 0;
  return id;
}

static inline uint32_t column_set(const struct view *view, uint32_t pfn, uint32_t id) {
  ((uint16_t *)view->index)[pfn] = (uint16_t)id;
  return Err_OK;
}
static inline uint32_t column_take(const struct view *view, uint32_t pfn) {
  uint16_t *owner = (uint16_t *)view->index + pfn;
  const uint32_t id = *owner;
  *owner = 0;
  return id;
}

static inline uint32_t page_cgroup_set(const struct view *view, uint32_t pfn, uint32_t id) {
  struct PageCgroup *record = (struct PageCgroup *)view->index + pfn;
  record->page = pfn + 1;
  record->memcgId = id;
  record->flags |= PCG_USED;
  return Err_OK;
}
static inline uint32_t page_cgroup_take(const struct view *view, uint32_t pfn) {
  struct PageCgroup *record = (struct PageCgroup *)view->index + pfn;
  if (!(record->flags & PCG_USED)) return 0;
  record->flags &= ~(uint32_t)PCG_USED;
  return record->memcgId;
}

/* The slot that has the owner, else one without uses, else 0. */
static inline uint32_t slot_for(const struct PaletteBlock *block, uint32_t id) {
  for (uint32_t slot = 1; slot < 4; slot++)
    if (block->own[slot] == id) return slot;
  for (uint32_t slot = 1; slot < 4; slot++)
    if (!block->uses[slot]) return slot;
  return 0;
}

static inline uint32_t palette_set(const struct view *view, uint32_t pfn, uint32_t id) {
  struct PaletteBlock *block = (struct PaletteBlock *)view->index + pfn / PALETTE_PAGES;
  const uint32_t slot = block->own0 ? 0 : slot_for(block, id);
  if (!slot) return Err_OVERFLOW;
  block->own[slot] = (uint16_t)id;
  const uint32_t page = pfn % PALETTE_PAGES;
  block->codes[page >> 5] |= (uint64_t)slot << ((page & 31) << 1);
  block->uses[slot]++;
  return Err_OK;
}
static inline uint32_t palette_take(const struct view *view, uint32_t pfn) {
  struct PaletteBlock *block = (struct PaletteBlock *)view->index + pfn / PALETTE_PAGES;
  const uint32_t page = pfn % PALETTE_PAGES;
  const uint32_t shift = (page & 31) << 1;
  uint64_t *codes = &block->codes[page >> 5];
  const uint32_t code = (uint32_t)(*codes >> shift) & 3;
  if (!code) return 0;
  *codes &= ~((uint64_t)3 << shift);
  block->uses[code]--;
  return block->own[code];
}

NOTHING_AT_END(in_page)
NOTHING_AT_END(column)
NOTHING_AT_END(page_cgroup)
NOTHING_AT_END(palette)

CHARGE_TWINS(in_page)
CHARGE_TWINS(column)
CHARGE_TWINS(page_cgroup)
CHARGE_TWINS(palette)
