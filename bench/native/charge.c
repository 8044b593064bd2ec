/* charge: pages of order 0, each a folio of its own, charged to a container and uncharged, many at once.
 *
 * charge: a = container, b = PageType.  All pages are asked first, then the tree, then all is written: flags and owner of
 * each page, the container's counters once.  uncharge: the owner of each page pays, runs of one owner at once.
 * Answers 0, or an Err code.  A palette block that would overflow is refused with OVERFLOW half way: a benchmark gives no
 * 64 pages to more than three containers. */
#include "twin.h"

enum { TYPE_NONE = PageType_NONE, OTHER = 4, PALETTE_PAGES = 64 };

/* The heading under which an unmapped folio outside the page cache counts. */
static inline uint32_t heading_of(uint32_t type) {
  return type == PageType_ANON || type == PageType_KERNEL ? type - 1 : OTHER;
}

static inline struct Container *container_at(const struct view *view, uint32_t id) {
  return (struct Container *)(view->memory + view->core->containersPtr) + id;
}

/* Why a page cannot be charged, or 0. */
static inline uint32_t charge_err(const struct view *view, uint32_t pfn) {
  if (pfn >= view->nrFrames) return Err_BAD_PFN;
  const struct PageFrame *frame = &view->frames[pfn];
  if (!(frame->flags & FrameFlag_HEAD)) return frame->flags & FrameFlag_TAIL ? Err_NOT_HEAD : Err_NOT_ALLOCATED;
  if (frame->order) return Err_BAD_ORDER;
  return frame->flags & FrameFlag_CHARGED ? Err_CHARGED : Err_OK;
}

static inline uint32_t uncharge_err(const struct view *view, uint32_t pfn) {
  if (pfn >= view->nrFrames) return Err_BAD_PFN;
  const struct PageFrame *frame = &view->frames[pfn];
  if (!(frame->flags & FrameFlag_HEAD)) return frame->flags & FrameFlag_TAIL ? Err_NOT_HEAD : Err_NOT_ALLOCATED;
  if (frame->order) return Err_BAD_ORDER;
  if (!(frame->flags & FrameFlag_CHARGED)) return Err_NOT_CHARGED;
  return frame->lru || frame->mapCount || frame->flags & FrameFlag_CACHED ? Err_BUSY : Err_OK;
}

/* Asks every level for room. */
static uint32_t limit_err(const struct view *view, uint32_t id, uint32_t nrPages) {
  while (id) {
    struct Container *container = container_at(view, id);
    if (container->maxPages != PAGES_MAX && container->usagePages + nrPages > container->maxPages) {
      container->failCount++;
      return Err_LIMIT;
    }
    id = container->parentId;
  }
  return Err_OK;
}

static void charge_pages(const struct view *view, uint32_t id, uint32_t nrPages, uint32_t type) {
  struct Container *container = container_at(view, id);
  container->chargedPages += nrPages;
  container->chargeEvents += nrPages;
  container->own[heading_of(type)] += nrPages;
  view->core->chargedPages += nrPages;
  while (id) {
    container = container_at(view, id);
    container->usagePages += nrPages;
    if (container->usagePages > container->peakPages) container->peakPages = container->usagePages;
    id = container->parentId;
  }
}

static void uncharge_pages(const struct view *view, uint32_t id, uint32_t nrPages, uint32_t type) {
  struct Container *container = container_at(view, id);
  container->chargedPages -= nrPages;
  container->unchargeEvents += nrPages;
  container->own[heading_of(type)] -= nrPages;
  view->core->chargedPages -= nrPages;
  while (id) {
    container = container_at(view, id);
    container->usagePages -= nrPages;
    id = container->parentId;
  }
}

/* Designs: give a page that has no owner one, take it away and say who it was; false = the block would overflow. */

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

#define CHARGE_TWINS(design)                                                                                           \
  uint32_t design##_charge(const struct batch *batch) {                                                                \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = charge_err(&view, pfns[i]);                                                                 \
      if (err) return err;                                                                                             \
    }                                                                                                                  \
    const uint32_t refused = limit_err(&view, batch->a, batch->count);                                                 \
    if (refused) return refused;                                                                                       \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = design##_set(&view, pfns[i], batch->a);                                                     \
      if (err) return err;                                                                                             \
      struct PageFrame *frame = &view.frames[pfns[i]];                                                                 \
      frame->flags = (uint16_t)((frame->flags & ~TYPE_MASK) | batch->b << TYPE_SHIFT | FrameFlag_CHARGED);             \
    }                                                                                                                  \
    charge_pages(&view, batch->a, batch->count, batch->b);                                                             \
    return Err_OK;                                                                                                     \
  }                                                                                                                    \
  uint32_t design##_uncharge(const struct batch *batch) {                                                              \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = uncharge_err(&view, pfns[i]);                                                               \
      if (err) return err;                                                                                             \
    }                                                                                                                  \
    uint32_t owner = 0, type = TYPE_NONE, run = 0;                                                                     \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      struct PageFrame *frame = &view.frames[pfns[i]];                                                                 \
      const uint32_t itsType = (frame->flags & TYPE_MASK) >> TYPE_SHIFT;                                               \
      const uint32_t itsOwner = design##_take(&view, pfns[i]);                                                         \
      if (!itsOwner) return Err_OVERFLOW;                                                                              \
      frame->flags = (uint16_t)(frame->flags & ~(TYPE_MASK | FrameFlag_CHARGED));                                      \
      if (run && (itsOwner != owner || itsType != type)) {                                                             \
        uncharge_pages(&view, owner, run, type);                                                                       \
        run = 0;                                                                                                       \
      }                                                                                                                \
      owner = itsOwner;                                                                                                \
      type = itsType;                                                                                                  \
      run++;                                                                                                           \
    }                                                                                                                  \
    if (run) uncharge_pages(&view, owner, run, type);                                                                  \
    return Err_OK;                                                                                                     \
  }

CHARGE_TWINS(in_page)
CHARGE_TWINS(column)
CHARGE_TWINS(palette)
