/* recount: how many pages each owner holds, from the index alone.
 *
 * a = number of owner ids.  `outPtr` is that many u32, which are set here; nobody's stays 0.  As in the core: page by page,
 * runs of one owner added at once, where a design has no way of its own. */
#pragma once
#include "twin.h"
#include <string.h>

static inline uint32_t *counts_of(const struct batch *batch) {
  uint32_t *counts = (uint32_t *)(batch->memory + batch->outPtr);
  memset(counts, 0, (size_t)batch->a * sizeof *counts);
  return counts;
}

#define RECOUNT_TWIN(design)                                                                                           \
  uint32_t design##_recount(const struct batch *batch) {                                                               \
    const struct view view = view_of(batch->memory);                                                                   \
    uint32_t *counts = counts_of(batch);                                                                               \
    uint32_t owner = 0, run = 0;                                                                                       \
    for (uint32_t pfn = 0; pfn < view.nrFrames; pfn++) {                                                               \
      const uint32_t its_owner = design##_owner_of(&view, pfn);                                                        \
      if (its_owner != owner) {                                                                                        \
        counts[owner] += run;                                                                                          \
        owner = its_owner;                                                                                             \
        run = 0;                                                                                                       \
      }                                                                                                                \
      run++;                                                                                                           \
    }                                                                                                                  \
    counts[owner] += run;                                                                                              \
    counts[0] = 0;                                                                                                     \
    return 0;                                                                                                          \
  }
