/* page-cgroup-rcu: a pointer for each page; a record that is out of use stays readable until nobody can be reading it. */
#include "charge.h"
#include "grace-period.h"
#include "recount.h"

static inline uint32_t *pointer_of(const struct view *view, uint32_t pfn) { return (uint32_t *)view->index + pfn; }

static inline struct PcgRecord *record_at(const struct view *view, uint32_t ptr) {
  return (struct PcgRecord *)(view->memory + ptr);
}

static inline uint32_t page_cgroup_rcu_owner_of(const struct view *view, uint32_t pfn) {
  const uint32_t ptr = PUBLISHED(*pointer_of(view, pfn));
  if (!ptr) return 0;
  const struct PcgRecord *record = record_at(view, ptr);
  return PUBLISHED(record->flags) & PcgFlag_OBSOLETE ? 0 : record->memcgId;
}

static inline uint32_t flags_for(const struct PageFrame *frame) {
  const uint32_t type = type_of(frame);
  if (!is_cache_type(type)) return PcgFlag_ACTIVE;
  return type == PageType_FILE ? PcgFlag_CACHE | PcgFlag_FILE : PcgFlag_CACHE | PcgFlag_ACTIVE;
}

static inline uint32_t page_cgroup_rcu_set(const struct view *view, uint32_t pfn, uint32_t id) {
  const uint32_t err = pool_reserve(view, 1);
  if (err) return err;
  const uint32_t ptr = pool_get(view);
  struct PcgRecord *record = record_at(view, ptr);
  record->flags = flags_for(&view->frames[pfn]);
  record->page = pfn + 1;
  record->memcgId = id;
  *pointer_of(view, pfn) = ptr;
  return Err_OK;
}

/* Hands the whole list of records out of use to the grace period. */
static inline void drain(const struct view *view) {
  struct Core *core = view->core;
  uint32_t off = core->obsoleteFirst;
  core->obsoleteFirst = 0;
  core->nrObsolete = 0;
  while (off) {
    const uint32_t ptr = core->arenaPtr + off;
    off = record_at(view, ptr)->next;
    retire(view, ptr);
  }
}

static inline uint32_t page_cgroup_rcu_take(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  const uint32_t id = page_cgroup_rcu_owner_of(view, pfn);
  if (!id) return 0;
  const uint32_t ptr = *pointer_of(view, pfn);
  struct PcgRecord *record = record_at(view, ptr);
  record->flags |= PcgFlag_OBSOLETE;
  *pointer_of(view, pfn) = 0;
  record->next = core->obsoleteFirst;
  core->obsoleteFirst = ptr - core->arenaPtr;
  if (++core->nrObsolete >= PCG_BATCH) drain(view);
  return id;
}

static inline void page_cgroup_rcu_end(const struct view *view) { quiescent(view); }

LOOKUP_TWINS(page_cgroup_rcu)
RECOUNT_TWIN(page_cgroup_rcu)
CHARGE_TWINS(page_cgroup_rcu)
