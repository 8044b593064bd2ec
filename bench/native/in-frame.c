/* in-frame: designs that use what the page's record has anyway: overlay, object. */
#include "twin.h"

/* The owner is in the word at 12 of anonymous pages and of those on a list, else in the place of the first link. */
static inline uint32_t overlay_owner_of(const struct view *view, uint32_t pfn) {
  const struct PageFrame *frame = &view->frames[pfn];
  const uint32_t type = (frame->flags & TYPE_MASK) >> TYPE_SHIFT;
  return type == PageType_ANON || frame->lru ? frame->memcgId : frame->lruNext;
}

LOOKUP_TWINS(overlay)

/* The page names an object, which has the owner; a page of a shared one may have its own in a column. */
static inline uint32_t object_owner_of(const struct view *view, uint32_t pfn) {
  const struct MemObject *objects = (const struct MemObject *)view->index;
  const struct MemObject *object = &objects[view->frames[pfn].memcgId];
  if (object->isShared) {
    const struct MemSection *directory = (const struct MemSection *)(objects + view->core->objectsMax);
    const uint32_t columnPtr = directory[pfn >> 11].columnPtr;
    const uint32_t own = columnPtr ? ((const uint16_t *)(view->memory + columnPtr))[pfn & 2047] : 0;
    if (own) return own;
  }
  return object->memcgId;
}

LOOKUP_TWINS(object)
