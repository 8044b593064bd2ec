/* in-frame: designs that use what the page's record has anyway: overlay, object. */
#include "charge.h"
#include "columns.h"
#include "recount.h"

/* The owner is in the word at 12 of anonymous pages and of those on a list, else in the place of the first link. */
static inline uint32_t is_in_index(const struct PageFrame *frame) {
  return type_of(frame) == PageType_ANON || frame->lru;
}

static inline uint32_t overlay_owner_of(const struct view *view, uint32_t pfn) {
  const struct PageFrame *frame = &view->frames[pfn];
  return is_in_index(frame) ? frame->memcgId : frame->lruNext;
}

static inline uint32_t overlay_set(const struct view *view, uint32_t pfn, uint32_t id) {
  struct PageFrame *frame = &view->frames[pfn];
  if (is_in_index(frame)) {
    frame->memcgId = (uint16_t)id;
    if (!frame->lru) frame->lruNext = 0;
  } else {
    frame->memcgId = 0;
    frame->lruNext = id;
  }
  return Err_OK;
}

static inline uint32_t overlay_take(const struct view *view, uint32_t pfn) {
  const uint32_t id = overlay_owner_of(view, pfn);
  overlay_set(view, pfn, 0);
  return id;
}

NOTHING_AT_END(overlay)

LOOKUP_TWINS(overlay)
RECOUNT_TWIN(overlay)
CHARGE_TWINS(overlay)

enum { OBJECT_PAGES_MIN = 64, OBJECT_PAGES_SHIFT = 15, NR_OPEN = 3 };

static inline struct MemObject *objects_of(const struct view *view) { return (struct MemObject *)view->index; }

static inline struct MemSection *fallback_of(const struct view *view) {
  return (struct MemSection *)(objects_of(view) + view->core->objectsMax);
}

/* The page names an object, which has the owner; a page of a shared one may have its own in a column. */
static inline uint32_t object_owner_of(const struct view *view, uint32_t pfn) {
  const struct MemObject *object = &objects_of(view)[view->frames[pfn].memcgId];
  if (object->isShared) {
    const uint32_t own = column_owner_at(view, fallback_of(view), pfn);
    if (own) return own;
  }
  return object->memcgId;
}

/* A new object without pages; 0 = all numbers are taken. */
static inline uint32_t new_object(const struct view *view, uint32_t id) {
  struct MemObject *objects = objects_of(view);
  uint32_t number = objects->nrPages;
  if (number) {
    objects->nrPages = objects[number].nrPages;
    objects[number].nrPages = 0;
  } else {
    if (view->core->objectsEnd == view->core->objectsMax) return 0;
    number = view->core->objectsEnd++;
  }
  objects[number].memcgId = (uint16_t)id;
  return number;
}

static inline void free_object(const struct view *view, uint32_t number) {
  struct MemObject *object = &objects_of(view)[number];
  uint16_t *open = container_at(view, object->memcgId)->open;
  for (uint32_t kind = 0; kind < NR_OPEN; kind++)
    if (open[kind] == number) open[kind] = 0;
  object->memcgId = 0;
  object->isShared = 0;
  object->nrPages = objects_of(view)->nrPages;
  objects_of(view)->nrPages = number;
}

/* The object that new pages of this owner and type join; 0 = none. */
static inline uint32_t object_for(const struct view *view, uint32_t id, uint32_t type) {
  if (type == PageType_NONE || type == PageType_KERNEL) return 0;
  const uint32_t shared_out = view->nrFrames >> OBJECT_PAGES_SHIFT;
  const uint32_t most = shared_out > OBJECT_PAGES_MIN ? shared_out : OBJECT_PAGES_MIN;
  uint16_t *open = &container_at(view, id)->open[type - PageType_ANON];
  if (*open && objects_of(view)[*open].nrPages < most) return *open;
  const uint32_t number = new_object(view, id);
  if (number) *open = (uint16_t)number;
  return number;
}

static inline uint32_t object_set(const struct view *view, uint32_t pfn, uint32_t id) {
  const uint32_t err = columns_reserve(view, fallback_of(view), pfn);
  if (err) return err;
  struct PageFrame *frame = &view->frames[pfn];
  const uint32_t number = frame->memcgId ? 0 : object_for(view, id, type_of(frame));
  if (number) {
    frame->memcgId = (uint16_t)number;
    objects_of(view)[number].nrPages++;
    return Err_OK;
  }
  objects_of(view)[frame->memcgId].isShared = 1;
  columns_set(view, fallback_of(view), pfn, id);
  return Err_OK;
}

static inline uint32_t object_take(const struct view *view, uint32_t pfn) {
  struct PageFrame *frame = &view->frames[pfn];
  const uint32_t id = object_owner_of(view, pfn);
  const uint32_t number = frame->memcgId;
  struct MemObject *object = &objects_of(view)[number];
  if (object->isShared && column_owner_at(view, fallback_of(view), pfn)) columns_clear(view, fallback_of(view), pfn);
  if (!number) return id;
  frame->memcgId = 0;
  if (!--object->nrPages) free_object(view, number);
  return id;
}

NOTHING_AT_END(object)

LOOKUP_TWINS(object)
RECOUNT_TWIN(object)
CHARGE_TWINS(object)
