/* flat: designs that find a page's owner by arithmetic: in-page, column, page-cgroup. */
#include "recount.h"

static inline uint32_t in_page_owner_of(const struct view *view, uint32_t pfn) { return view->frames[pfn].memcgId; }

static inline uint32_t column_owner_of(const struct view *view, uint32_t pfn) {
  return ((const uint16_t *)view->index)[pfn];
}

static inline uint32_t page_cgroup_owner_of(const struct view *view, uint32_t pfn) {
  const uint32_t used = 1u << 1;
  const struct PageCgroup *record = (const struct PageCgroup *)view->index + pfn;
  return record->flags & used ? record->memcgId : 0;
}

LOOKUP_TWINS(in_page)
RECOUNT_TWIN(in_page)
LOOKUP_TWINS(column)
LOOKUP_TWINS(page_cgroup)
RECOUNT_TWIN(page_cgroup)
