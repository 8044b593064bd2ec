/* twin: the shape of a native twin, and how it finds things in linear memory.
 *
 *   JavaScript ── run(number, buffer, pfnsPtr, outPtr, count, a, b) ──► struct batch ──► twin
 *
 * A twin runs the algorithm of an owner design on the very bytes of the wasm memory, and answers a word: 0 where it did
 * all of its work.  `view` holds what does not change during a batch, so that C need not read it again after each store;
 * wasm reads it each time, which is part of what is compared. */
#pragma once
#include "abi.h"

/* As a reader of userspace RCU, in a quiescent state behind each batch; a word that a writer publishes is loaded as such.
 * Where one of them does not lead to the next, LOADS_IN_ORDER between the two. */
#ifdef QSBR
#define _LGPL_SOURCE
#include <urcu/urcu-qsbr.h>
#define PUBLISHED(word) rcu_dereference(word)
#define LOADS_IN_ORDER() cmm_smp_rmb()
enum { BESIDE_WRITERS = 1 };
/* Once a thread; in addon.c. */
void begin_reading(void);
static inline void end_reading(void) { urcu_qsbr_quiescent_state(); }
#else
#define PUBLISHED(word) (word)
#define LOADS_IN_ORDER() ((void)0)
enum { BESIDE_WRITERS = 0 };
static inline void begin_reading(void) {}
static inline void end_reading(void) {}
#endif

struct batch {
  uint8_t *memory;
  uint32_t pfnsPtr;
  uint32_t outPtr;
  uint32_t count;
  /* What else a twin wants to know; see its comment. */
  uint32_t a;
  uint32_t b;
};

typedef uint32_t (*twin_fn)(const struct batch *batch);

struct twin {
  const char *name;
  twin_fn run;
};

struct view {
  uint8_t *memory;
  struct Core *core;
  uint32_t nrFrames;
  uint8_t *index;
  uint8_t *arena;
  struct PageFrame *frames;
};

static inline struct view view_of(uint8_t *memory) {
  struct Core *core = (struct Core *)(memory + CORE_PTR);
  return (struct view){
      .memory = memory,
      .core = core,
      .nrFrames = core->nrFrames,
      .index = memory + core->indexPtr,
      .arena = memory + core->arenaPtr,
      .frames = (struct PageFrame *)(memory + core->framesPtr),
  };
}

/* Two twins from a design's owner_of(const struct view *, pfn): the owner alone, u16 each; and with the frame touched,
 * u32 each: its flags, the owner above them. */
#define LOOKUP_TWINS(design)                                                                                           \
  uint32_t design##_owners(const struct batch *batch) {                                                                \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    uint16_t *out = (uint16_t *)(batch->memory + batch->outPtr);                                                       \
    begin_reading();                                                                                                   \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t pfn = pfns[i];                                                                                    \
      out[i] = pfn < view.nrFrames ? (uint16_t)design##_owner_of(&view, pfn) : 0;                                      \
    }                                                                                                                   \
    end_reading();                                                                                                     \
    return 0;                                                                                                          \
  }                                                                                                                    \
  uint32_t design##_frames(const struct batch *batch) {                                                                \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    uint32_t *out = (uint32_t *)(batch->memory + batch->outPtr);                                                       \
    for (uint32_t i = 0; i < batch->count; i++) {                                                                      \
      const uint32_t pfn = pfns[i];                                                                                    \
      out[i] = pfn < view.nrFrames ? view.frames[pfn].flags | design##_owner_of(&view, pfn) << 16 : 0;                 \
    }                                                                                                                  \
    return 0;                                                                                                          \
  }
