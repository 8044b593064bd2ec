/* slab: the core's objects and slabs (core/slab.ts), got and given back in its own pool and arena.
 *
 * Nothing here grows memory: what is not there is refused (pool_reserve), which a benchmark never meets. */
#pragma once
#include "twin.h"

enum { SLAB_MASK_BITS = 32 };

static inline struct SlabPool *pool_of(const struct view *view) { return view->core->nodePool; }

/* Linear memory by address. */
static inline void *at(const struct view *view, uint32_t ptr) { return view->memory + ptr; }

static inline uint32_t ptr_of(const struct view *view, const void *object) {
  return (uint32_t)((const uint8_t *)object - view->memory);
}

/* Slabs go by number + 1, 0 = none. */
static inline struct SlabHead *slab_at(const struct view *view, uint32_t number) {
  return (struct SlabHead *)(view->arena + (size_t)(number - 1) * SLAB_BYTES);
}

static inline uint32_t slab_number(const struct view *view, const struct SlabHead *slab) {
  return (uint32_t)((const uint8_t *)slab - view->arena) / SLAB_BYTES + 1;
}

static inline uint32_t arena_reserve(const struct view *view, uint32_t nrSlabs) {
  const struct Core *core = view->core;
  const uint32_t ready = core->arenaFreeSlabs + (core->arenaEnd - core->arenaNext) / SLAB_BYTES;
  return nrSlabs <= ready ? Err_OK : Err_NO_MEMORY;
}

static inline struct SlabHead *arena_take(const struct view *view) {
  struct Core *core = view->core;
  struct SlabHead *slab;
  if (core->arenaFreeSlab) {
    slab = slab_at(view, core->arenaFreeSlab);
    core->arenaFreeSlab = slab->next;
    core->arenaFreeSlabs--;
    slab->next = 0;
    return slab;
  }
  slab = at(view, core->arenaNext);
  core->arenaNext += SLAB_BYTES;
  return slab;
}

static inline void arena_give(const struct view *view, struct SlabHead *slab) {
  struct Core *core = view->core;
  slab->prev = 0;
  slab->next = core->arenaFreeSlab;
  core->arenaFreeSlab = slab_number(view, slab);
  core->arenaFreeSlabs++;
}

static inline void link_partial(const struct view *view, struct SlabHead *slab) {
  struct SlabPool *pool = pool_of(view);
  const uint32_t number = slab_number(view, slab);
  slab->prev = 0;
  slab->next = pool->partialSlab;
  if (slab->next) slab_at(view, slab->next)->prev = number;
  pool->partialSlab = number;
}

static inline void unlink_partial(const struct view *view, struct SlabHead *slab) {
  if (slab->prev) slab_at(view, slab->prev)->next = slab->next;
  else pool_of(view)->partialSlab = slab->next;
  if (slab->next) slab_at(view, slab->next)->prev = slab->prev;
  slab->next = 0;
  slab->prev = 0;
}

/* A whole slab without a head, counted as one object. */
static inline uint32_t pool_take_slab(const struct view *view) {
  pool_of(view)->nrSlabs++;
  pool_of(view)->nrObjects++;
  return ptr_of(view, arena_take(view));
}

/* Takes back a whole slab that its user has emptied. */
static inline void pool_give_slab(const struct view *view, uint32_t ptr) {
  pool_of(view)->nrSlabs--;
  pool_of(view)->nrObjects--;
  arena_give(view, at(view, ptr));
}

static inline uint32_t pool_reserve(const struct view *view, uint32_t nrObjects) {
  const struct SlabPool *pool = pool_of(view);
  const uint32_t room = pool->nrSlabs * pool->perSlab - pool->nrObjects;
  return arena_reserve(view, nrObjects <= room ? 0 : (nrObjects - room + pool->perSlab - 1) / pool->perSlab);
}

static inline uint32_t low_bits(uint32_t bits) { return (uint32_t)(((uint64_t)1 << bits) - 1); }

/* usedMask of a slab that has no room. */
static inline uint32_t full_mask(const struct SlabPool *pool) {
  return low_bits(pool->perSlab <= SLAB_MASK_BITS ? pool->perSlab : (pool->perSlab + SLAB_MASK_BITS - 1) / SLAB_MASK_BITS);
}

/* Where a slab of more than 32 objects says which are in use. */
static inline uint32_t *mask_words(struct SlabHead *slab) { return (uint32_t *)(slab + 1); }

static inline uint32_t mark_used(const struct SlabPool *pool, struct SlabHead *slab) {
  const uint32_t bit = (uint32_t)__builtin_ctz(~slab->usedMask);
  if (pool->perSlab <= SLAB_MASK_BITS) {
    slab->usedMask |= 1u << bit;
    return bit;
  }
  uint32_t *word = &mask_words(slab)[bit];
  const uint32_t slot = (uint32_t)__builtin_ctz(~*word);
  const uint32_t behind = pool->perSlab - bit * SLAB_MASK_BITS;
  *word |= 1u << slot;
  slab->nrUsed++;
  if (*word == low_bits(behind < SLAB_MASK_BITS ? behind : SLAB_MASK_BITS)) slab->usedMask |= 1u << bit;
  return bit * SLAB_MASK_BITS + slot;
}

/* Whether the slab is empty now. */
static inline uint32_t mark_free(const struct SlabPool *pool, struct SlabHead *slab, uint32_t slot) {
  if (pool->perSlab <= SLAB_MASK_BITS) {
    slab->usedMask &= ~(1u << slot);
    return slab->usedMask == 0;
  }
  mask_words(slab)[slot / SLAB_MASK_BITS] &= ~(1u << slot % SLAB_MASK_BITS);
  slab->usedMask &= ~(1u << slot / SLAB_MASK_BITS);
  return --slab->nrUsed == 0;
}

/* An object, all zero, that pool_reserve has found room for. */
static inline uint32_t pool_get(const struct view *view) {
  struct SlabPool *pool = pool_of(view);
  struct SlabHead *slab;
  if (pool->partialSlab) {
    slab = slab_at(view, pool->partialSlab);
  } else {
    slab = arena_take(view);
    pool->nrSlabs++;
    link_partial(view, slab);
  }
  const uint32_t slot = mark_used(pool, slab);
  pool->nrObjects++;
  if (slab->usedMask == full_mask(pool)) unlink_partial(view, slab);
  return ptr_of(view, slab) + pool->headBytes + slot * pool->objectBytes;
}

/* Takes back an object that its user has emptied. */
static inline void pool_put(const struct view *view, uint32_t ptr) {
  struct SlabPool *pool = pool_of(view);
  struct SlabHead *slab = slab_at(view, (ptr - view->core->arenaPtr) / SLAB_BYTES + 1);
  const uint32_t slot = (ptr - ptr_of(view, slab) - pool->headBytes) / pool->objectBytes;
  if (slab->usedMask == full_mask(pool)) link_partial(view, slab);
  const uint32_t is_empty = mark_free(pool, slab, slot);
  pool->nrObjects--;
  if (!is_empty) return;
  unlink_partial(view, slab);
  pool->nrSlabs--;
  arena_give(view, slab);
}
