/* hash: chunks of 128 records, by a hash of their number; the chunks of a bucket form a list. */
#include "charge.h"
#include "recount.h"
#include "slab.h"
#include <string.h>

enum { CHUNK_SHIFT = 7, CHUNK_MASK = (1 << CHUNK_SHIFT) - 1, PCG_USED = 1 << 1 };

static inline uint32_t *bucket_of(const struct view *view, uint32_t number) {
  return (uint32_t *)view->index + ((number * 0x9e3779b9u) >> view->core->hashShift);
}

static inline struct PcgChunk *chunk_at(const struct view *view, uint32_t ptr) {
  return (struct PcgChunk *)(view->memory + ptr);
}

/* Address of the chunk with this number, 0 = there is none. */
static inline uint32_t find_chunk(const struct view *view, uint32_t number) {
  uint32_t ptr = *bucket_of(view, number);
  while (ptr && chunk_at(view, ptr)->number != number) ptr = chunk_at(view, ptr)->next;
  return ptr;
}

static inline uint32_t hash_owner_of(const struct view *view, uint32_t pfn) {
  const uint32_t ptr = find_chunk(view, pfn >> CHUNK_SHIFT);
  if (!ptr) return 0;
  const struct PageCgroup *record = &chunk_at(view, ptr)->records[pfn & CHUNK_MASK];
  return record->flags & PCG_USED ? record->memcgId : 0;
}

static inline uint32_t add_chunk(const struct view *view, uint32_t number) {
  const uint32_t ptr = pool_get(view);
  uint32_t *bucket = bucket_of(view, number);
  chunk_at(view, ptr)->number = number;
  chunk_at(view, ptr)->next = *bucket;
  *bucket = ptr;
  return ptr;
}

static inline void drop_chunk(const struct view *view, uint32_t ptr) {
  uint32_t *word = bucket_of(view, chunk_at(view, ptr)->number);
  while (*word != ptr) word = &chunk_at(view, *word)->next;
  *word = chunk_at(view, ptr)->next;
  memset(chunk_at(view, ptr), 0, sizeof(struct PcgChunk));
  pool_put(view, ptr);
}

/* Looks for the chunk twice, as the core does: to prepare, and to set. */
static inline uint32_t hash_set(const struct view *view, uint32_t pfn, uint32_t id) {
  const uint32_t number = pfn >> CHUNK_SHIFT;
  const uint32_t err = pool_reserve(view, !find_chunk(view, number));
  if (err) return err;
  const uint32_t found = find_chunk(view, number);
  struct PcgChunk *chunk = chunk_at(view, found ? found : add_chunk(view, number));
  struct PageCgroup *record = &chunk->records[pfn & CHUNK_MASK];
  if (!(record->flags & PCG_USED)) chunk->nrUsed++;
  record->page = pfn + 1;
  record->memcgId = id;
  record->flags |= PCG_USED;
  return Err_OK;
}

/* Likewise: to say whose the page is, and to clear. */
static inline uint32_t hash_take(const struct view *view, uint32_t pfn) {
  const uint32_t id = hash_owner_of(view, pfn);
  if (!id) return 0;
  const uint32_t ptr = find_chunk(view, pfn >> CHUNK_SHIFT);
  struct PcgChunk *chunk = chunk_at(view, ptr);
  chunk->records[pfn & CHUNK_MASK].flags &= ~(uint32_t)PCG_USED;
  if (!--chunk->nrUsed) drop_chunk(view, ptr);
  return id;
}

NOTHING_AT_END(hash)

LOOKUP_TWINS(hash)
RECOUNT_TWIN(hash)
CHARGE_TWINS(hash)
