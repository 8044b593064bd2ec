/* on-demand: designs whose tables or records come with an owner: section, hash, page-cgroup-rcu. */
#include "twin.h"

static inline uint32_t section_owner_of(const struct view *view, uint32_t pfn) {
  const uint32_t columnPtr = ((const struct MemSection *)view->index)[pfn >> 11].columnPtr;
  return columnPtr ? ((const uint16_t *)(view->memory + columnPtr))[pfn & 2047] : 0;
}

/* Chunks of 128 pages, by a hash of their number; the chunks of a bucket form a list. */
static inline uint32_t hash_owner_of(const struct view *view, uint32_t pfn) {
  const uint32_t used = 1u << 1;
  const uint32_t number = pfn >> 7;
  const uint32_t bucket = (number * 0x9e3779b9u) >> view->core->hashShift;
  uint32_t ptr = ((const uint32_t *)view->index)[bucket];
  while (ptr) {
    const struct PcgChunk *chunk = (const struct PcgChunk *)(view->memory + ptr);
    if (chunk->number == number) {
      const struct PageCgroup *record = &chunk->records[pfn & 127];
      return record->flags & used ? record->memcgId : 0;
    }
    ptr = chunk->next;
  }
  return 0;
}

/* A pointer for each page; a record that is out of use stays readable until nobody can be reading it. */
static inline uint32_t page_cgroup_rcu_owner_of(const struct view *view, uint32_t pfn) {
  const uint32_t ptr = PUBLISHED(((const uint32_t *)view->index)[pfn]);
  if (!ptr) return 0;
  const struct PcgRecord *record = (const struct PcgRecord *)(view->memory + ptr);
  return PUBLISHED(record->flags) & PcgFlag_OBSOLETE ? 0 : record->memcgId;
}

LOOKUP_TWINS(section)
LOOKUP_TWINS(hash)
LOOKUP_TWINS(page_cgroup_rcu)
