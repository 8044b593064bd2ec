/* charge: pages of order 0, each a folio of its own, charged to a container and uncharged, many at once.
 *
 * charge: a = container, b = PageType.  The passes of the core: every page is asked and marked, then owners, then types;
 * the counters of the tree change once.  uncharge: likewise; runs of one owner are counted at once.
 * Of the designs whose charge needs no memory; the others' cost lies in their allocator, which is the core's own.
 * Answers 0, or an Err code, and then has left things half done, as the core never does: a benchmark is not refused.  Nor
 * does it give 64 pages to more than three containers, so that no palette block overflows (OVERFLOW). */
#include "twin.h"

enum { TYPE_NONE = PageType_NONE, OTHER = 4, PALETTE_PAGES = 64, PCG_USED = 1 << 1 };

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

/* A page's type, which decides under which heading its owner counts it: it comes under the new one, or leaves the old. */
static inline void set_type(const struct view *view, uint32_t pfn, uint32_t type, uint32_t id, uint32_t enters) {
  struct PageFrame *frame = &view->frames[pfn];
  uint32_t *own = container_at(view, id)->own;
  if (!enters) own[heading_of((frame->flags & TYPE_MASK) >> TYPE_SHIFT)]--;
  frame->flags = (uint16_t)((frame->flags & ~TYPE_MASK) | type << TYPE_SHIFT);
  if (enters) own[heading_of(type)]++;
}

static void charge_pages(const struct view *view, uint32_t id, uint32_t nrPages) {
  struct Container *container = container_at(view, id);
  container->chargedPages += nrPages;
  container->chargeEvents += nrPages;
  view->core->chargedPages += nrPages;
  while (id) {
    container = container_at(view, id);
    container->usagePages += nrPages;
    if (container->usagePages > container->peakPages) container->peakPages = container->usagePages;
    id = container->parentId;
  }
}

static void uncharge_pages(const struct view *view, uint32_t id, uint32_t nrPages) {
  struct Container *container = container_at(view, id);
  container->chargedPages -= nrPages;
  container->unchargeEvents += nrPages;
  view->core->chargedPages -= nrPages;
  while (id) {
    container = container_at(view, id);
    container->usagePages -= nrPages;
    id = container->parentId;
  }
}

/* Designs: give a page that has no owner one (OVERFLOW: not in this block), take it away and say who it was. */

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

#define CHARGE_TWINS(design)                                                                                           \
  uint32_t design##_charge(const struct batch *batch) {                                                                \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = charge_err(&view, pfns[i]);                                                                 \
      if (err) return err;                                                                                             \
      view.frames[pfns[i]].flags |= FrameFlag_CHARGED;                                                                 \
    }                                                                                                                  \
    const uint32_t refused = limit_err(&view, batch->a, batch->count);                                                 \
    if (refused) return refused;                                                                                       \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = design##_set(&view, pfns[i], batch->a);                                                     \
      if (err) return err;                                                                                             \
    }                                                                                                                  \
    for (uint32_t i = 0; i < batch->count; i++) set_type(&view, pfns[i], batch->b, batch->a, 1);                       \
    charge_pages(&view, batch->a, batch->count);                                                                       \
    return Err_OK;                                                                                                     \
  }                                                                                                                    \
  uint32_t design##_uncharge(const struct batch *batch) {                                                              \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = uncharge_err(&view, pfns[i]);                                                               \
      if (err) return err;                                                                                             \
      view.frames[pfns[i]].flags &= (uint16_t)~FrameFlag_CHARGED;                                                      \
    }                                                                                                                  \
    uint32_t owner = 0, run = 0;                                                                                       \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t its_owner = design##_take(&view, pfns[i]);                                                        \
      if (!its_owner) return Err_OVERFLOW;                                                                             \
      if (its_owner != owner) {                                                                                        \
        if (run) uncharge_pages(&view, owner, run);                                                                    \
        owner = its_owner;                                                                                             \
        run = 0;                                                                                                       \
      }                                                                                                                \
      set_type(&view, pfns[i], TYPE_NONE, its_owner, 0);                                                               \
      run++;                                                                                                           \
    }                                                                                                                  \
    if (run) uncharge_pages(&view, owner, run);                                                                        \
    return Err_OK;                                                                                                     \
  }

CHARGE_TWINS(in_page)
CHARGE_TWINS(column)
CHARGE_TWINS(page_cgroup)
CHARGE_TWINS(palette)
