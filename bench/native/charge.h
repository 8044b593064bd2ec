/* charge: pages of order 0, each a folio of its own, charged to a container and uncharged, many at once.
 *
 * charge: a = container, b = PageType.  The passes of the core: every page is asked, marked and given its type, then its
 * owner; the counters of the tree change once.  uncharge: every page is asked and its mark taken, then its owner and type;
 * runs of one owner are counted at once.
 *
 * A design says how a page gets an owner and loses it:
 *   NAME_set(view, pfn, id)     gives a page that has no owner one; 0, or an Err code
 *   NAME_take(view, pfn)        takes the owner away and says who it was
 *   NAME_end(view)              follows each batch
 * Answers 0, or an Err code, and then has left things half done, as the core never does: a benchmark is not refused.  A twin
 * cannot grow memory, so the core goes first: what its charge has made room for is enough for the twin's. */
#pragma once
#include "twin.h"

enum { OTHER = 4, FORMER_SHIFT = 11, FORMER_MASK = TYPE_MASK << (FORMER_SHIFT - TYPE_SHIFT) };

static inline struct Container *container_at(const struct view *view, uint32_t id) {
  return (struct Container *)(view->memory + view->core->containersPtr) + id;
}

static inline uint32_t type_of(const struct PageFrame *frame) { return (frame->flags & TYPE_MASK) >> TYPE_SHIFT; }

static inline void set_flags(struct PageFrame *frame, uint32_t clear, uint32_t set) {
  frame->flags = (uint16_t)((frame->flags & ~clear) | set);
}

static inline uint32_t is_cache_type(uint32_t type) { return type == PageType_FILE || type == PageType_SHMEM; }

/* The heading under which pages of a type count, in the page cache or not. */
static inline uint32_t heading_for(uint32_t type, uint32_t cached) {
  return type == PageType_NONE || (is_cache_type(type) && !cached) ? OTHER : type - 1;
}

static inline uint32_t counts_as_mapped(const struct PageFrame *frame) {
  return frame->mapCount && is_cache_type(type_of(frame));
}

/* Why this is no page of order 0 that has been allocated, or 0. */
static inline uint32_t head_err(const struct view *view, uint32_t pfn) {
  if (pfn >= view->nrFrames) return Err_BAD_PFN;
  const struct PageFrame *frame = &view->frames[pfn];
  if (!(frame->flags & FrameFlag_HEAD)) return frame->flags & FrameFlag_TAIL ? Err_NOT_HEAD : Err_NOT_ALLOCATED;
  return frame->order ? Err_BAD_ORDER : Err_OK;
}

static inline uint32_t uncharge_err(const struct view *view, uint32_t pfn) {
  const uint32_t err = head_err(view, pfn);
  if (err) return err;
  const struct PageFrame *frame = &view->frames[pfn];
  if (!(frame->flags & FrameFlag_CHARGED)) return Err_NOT_CHARGED;
  return frame->lru || frame->mapCount || frame->flags & FrameFlag_CACHED ? Err_BUSY : Err_OK;
}

static inline void add_usage(const struct view *view, uint32_t id, uint32_t nrPages) {
  for (; id; id = container_at(view, id)->parentId) container_at(view, id)->usagePages += nrPages;
}

/* Takes room at every level, or at none. */
static inline uint32_t limit_err(const struct view *view, uint32_t id, uint32_t nrPages) {
  for (uint32_t level = id; level; level = container_at(view, level)->parentId) {
    struct Container *container = container_at(view, level);
    if (container->maxPages != PAGES_MAX && (uint64_t)container->usagePages + nrPages > container->maxPages) {
      container->failCount++;
      return Err_LIMIT;
    }
  }
  add_usage(view, id, nrPages);
  return Err_OK;
}

/* What a batch of charges has found out about its pages. */
struct charged {
  uint32_t cachedPages;
  uint32_t mappedPages;
  uint32_t flags;
};

/* Asks and marks every page; the type that it had is kept beside the new one. */
static inline uint32_t mark_pages(const struct view *view, const struct batch *batch, struct charged *charged) {
  const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);
  for (uint32_t i = 0; i < batch->count; i++) {
    const uint32_t err = head_err(view, pfns[i]);
    if (err) return err;
    struct PageFrame *frame = &view->frames[pfns[i]];
    if (frame->flags & FrameFlag_CHARGED) return Err_CHARGED;
    set_flags(frame, TYPE_MASK, batch->b << TYPE_SHIFT | FrameFlag_CHARGED | type_of(frame) << FORMER_SHIFT);
    charged->cachedPages += !!(frame->flags & FrameFlag_CACHED);
    charged->mappedPages += counts_as_mapped(frame);
    charged->flags |= frame->flags;
  }
  return limit_err(view, batch->a, batch->count);
}

static inline void count_charge(const struct view *view, const struct batch *batch, const struct charged *charged) {
  const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);
  if (charged->flags & FORMER_MASK)
    for (uint32_t i = 0; i < batch->count; i++) set_flags(&view->frames[pfns[i]], FORMER_MASK, 0);
  struct Container *container = container_at(view, batch->a);
  container->own[heading_for(batch->b, 1)] += charged->cachedPages;
  container->own[heading_for(batch->b, 0)] += batch->count - charged->cachedPages;
  container->mappedPages += charged->mappedPages;
  container->chargedPages += batch->count;
  container->chargeEvents += batch->count;
  view->core->chargedPages += batch->count;
  for (uint32_t id = batch->a; id; id = container->parentId) {
    container = container_at(view, id);
    if (container->usagePages > container->peakPages) container->peakPages = container->usagePages;
  }
}

static inline uint32_t unmark_pages(const struct view *view, const struct batch *batch) {
  const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);
  for (uint32_t i = 0; i < batch->count; i++) {
    const uint32_t err = uncharge_err(view, pfns[i]);
    if (err) return err;
    set_flags(&view->frames[pfns[i]], FrameFlag_CHARGED, 0);
  }
  return Err_OK;
}

static inline void leave_heading(const struct view *view, const struct PageFrame *frame, uint32_t id) {
  struct Container *container = container_at(view, id);
  container->own[heading_for(type_of(frame), frame->flags & FrameFlag_CACHED)]--;
  container->mappedPages -= counts_as_mapped(frame);
}

static inline void count_loss(const struct view *view, uint32_t id, uint32_t nrPages) {
  if (!id) return;
  struct Container *container = container_at(view, id);
  container->chargedPages -= nrPages;
  container->unchargeEvents += nrPages;
  add_usage(view, id, -nrPages);
  view->core->chargedPages -= nrPages;
}

#define CHARGE_TWINS(design)                                                                                           \
  uint32_t design##_charge(const struct batch *batch) {                                                                \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    struct charged charged = {0};                                                                                      \
    const uint32_t refused = mark_pages(&view, batch, &charged);                                                       \
    if (refused) return refused;                                                                                       \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t err = design##_set(&view, pfns[i], batch->a);                                                     \
      if (err) return err;                                                                                             \
    }                                                                                                                  \
    count_charge(&view, batch, &charged);                                                                              \
    design##_end(&view);                                                                                               \
    return Err_OK;                                                                                                     \
  }                                                                                                                    \
  uint32_t design##_uncharge(const struct batch *batch) {                                                              \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    const uint32_t refused = unmark_pages(&view, batch);                                                               \
    if (refused) return refused;                                                                                       \
    uint32_t owner = 0, run = 0;                                                                                       \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      struct PageFrame *frame = &view.frames[pfns[i]];                                                                 \
      const uint32_t its_owner = design##_take(&view, pfns[i]);                                                        \
      if (!its_owner) return Err_OVERFLOW;                                                                             \
      if (its_owner != owner) {                                                                                        \
        count_loss(&view, owner, run);                                                                                 \
        owner = its_owner;                                                                                             \
        run = 0;                                                                                                       \
      }                                                                                                                \
      leave_heading(&view, frame, its_owner);                                                                          \
      set_flags(frame, TYPE_MASK, PageType_NONE << TYPE_SHIFT);                                                        \
      run++;                                                                                                           \
    }                                                                                                                  \
    count_loss(&view, owner, run);                                                                                     \
    design##_end(&view);                                                                                               \
    return Err_OK;                                                                                                     \
  }

/* For designs that keep nothing for a grace period. */
#define NOTHING_AT_END(design)                                                                                         \
  static inline void design##_end(const struct view *view) { (void)view; }
