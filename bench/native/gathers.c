/* gathers: lookups of many pages in one go, by the processor's vector gathers, which wasm does not have.
 *
 * Each design says where the owners of a vector of pfns are; the batch around it masks pfns beyond the end of memory and
 * does the rest of a vector one by one.  Radix walks have the height of the batch, the same for all lanes. */
#include "gathers.h"
#ifdef GATHER_LANES
#include "twin.h"

uint32_t in_page_owners(const struct batch *);
uint32_t column_owners(const struct batch *);
uint32_t page_cgroup_owners(const struct batch *);
uint32_t section_owners(const struct batch *);
uint32_t radix_owners(const struct batch *);
uint32_t palette_owners(const struct batch *);

static inline lanes low_half(lanes a) { return lanes_and(a, lanes_set(0xffff)); }

/* u16 at even addresses, out of whole words: the memory may end behind the last one. */
static inline lanes gather_u16(const struct view *view, lanes address) {
  const lanes word = lanes_gather(view->memory, lanes_and(address, lanes_set(~3u)));
  return low_half(lanes_right_each(word, lanes_left(lanes_and(address, lanes_set(2)), 3)));
}

static inline lanes in_page_gather(const struct view *view, lanes pfn) {
  const uint32_t first = view->core->framesPtr + (uint32_t)offsetof(struct PageFrame, memcgId);
  _Static_assert(sizeof(struct PageFrame) == 16, "a shift by 4");
  return low_half(lanes_gather(view->memory, lanes_add(lanes_left(pfn, 4), lanes_set(first))));
}

static inline lanes column_gather(const struct view *view, lanes pfn) {
  return gather_u16(view, lanes_add(lanes_left(pfn, 1), lanes_set(view->core->indexPtr)));
}

static inline lanes page_cgroup_gather(const struct view *view, lanes pfn) {
  _Static_assert(sizeof(struct PageCgroup) == 20, "16 and 4");
  const lanes record = lanes_add(lanes_add(lanes_left(pfn, 4), lanes_left(pfn, 2)), lanes_set(view->core->indexPtr));
  const lanes flags = lanes_gather(view->memory, record);
  const lanes owner = lanes_gather(view->memory, lanes_add(record, lanes_set(offsetof(struct PageCgroup, memcgId))));
  const lanes used = lanes_below(lanes_set(1), lanes_and(flags, lanes_set(2)));
  return lanes_and(owner, used);
}

/* A section without a column leads to address 0 and a few KiB above: what is read there is masked. */
static inline lanes section_gather(const struct view *view, lanes pfn) {
  const lanes section = lanes_add(lanes_left(lanes_right(pfn, 11), 3), lanes_set(view->core->indexPtr));
  const lanes column = lanes_gather(view->memory, section);
  const lanes word = lanes_add(column, lanes_left(lanes_and(pfn, lanes_set(2047)), 1));
  const lanes there = lanes_below(lanes_set(0), column);
  return lanes_and(gather_u16(view, word), there);
}

/* An empty slot leads to address 0, where nothing but zeros lies. */
static inline lanes radix_gather(const struct view *view, lanes pfn) {
  const uint32_t height = view->core->radixHeight;
  const lanes reached = height * 6 < 32 ? lanes_below(lanes_right(pfn, height * 6), lanes_set(1)) : lanes_set(~0u);
  lanes ptr = lanes_and(lanes_set(view->core->radixRoot), reached);
  for (uint32_t shift = height * 6; shift;) {
    shift -= 6;
    const lanes slot = lanes_left(lanes_and(lanes_right(pfn, shift), lanes_set(63)), 2);
    const lanes first = lanes_set(offsetof(struct RadixNode, slots));
    ptr = lanes_gather(view->memory, lanes_add(lanes_add(ptr, first), slot));
  }
  return ptr;
}

/* Lanes whose block has overflowed find 0xffff: they are left at that, for the caller to mend. */
static inline lanes palette_gather(const struct view *view, lanes pfn, uint32_t *overflowed) {
  const lanes block = lanes_add(lanes_left(lanes_right(pfn, 6), 5), lanes_set(view->core->indexPtr));
  const lanes word = lanes_and(lanes_right(pfn, 2), lanes_set(12));
  const lanes shift = lanes_left(lanes_and(pfn, lanes_set(15)), 1);
  const lanes codes = lanes_gather(view->memory, lanes_add(block, word));
  const lanes code = lanes_and(lanes_right_each(codes, shift), lanes_set(3));
  const lanes own = lanes_add(lanes_add(block, lanes_set(offsetof(struct PaletteBlock, own0))), lanes_left(code, 1));
  const lanes found = low_half(lanes_gather(view->memory, own));
  *overflowed = lanes_equal(found, lanes_set(0xffff));
  return found;
}

/* Lets a scalar twin do one part of a batch. */
static inline void do_part(const struct batch *batch, twin_fn scalar, uint32_t first, uint32_t count) {
  struct batch part = *batch;
  part.pfnsPtr += first * 4;
  part.outPtr += first * 2;
  part.count = count;
  scalar(&part);
}

#define GATHER_TWIN(design)                                                                                            \
  uint32_t design##_owners_gather(const struct batch *batch) {                                                         \
    const struct view view = view_of(batch->memory);                                                                   \
    const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);                                         \
    uint16_t *out = (uint16_t *)(batch->memory + batch->outPtr);                                                       \
    uint32_t i = 0;                                                                                                    \
    for (; i + GATHER_LANES <= batch->count; i += GATHER_LANES) {                                                      \
      const lanes pfn = lanes_load(pfns + i);                                                                          \
      const lanes inside = lanes_below(pfn, lanes_set(view.nrFrames));                                                 \
      lanes_store_u16(out + i, lanes_and(design##_gather(&view, lanes_and(pfn, inside)), inside));                     \
    }                                                                                                                  \
    do_part(batch, design##_owners, i, batch->count - i);                                                              \
    return 0;                                                                                                          \
  }

GATHER_TWIN(in_page)
GATHER_TWIN(column)
GATHER_TWIN(page_cgroup)
GATHER_TWIN(section)
GATHER_TWIN(radix)

uint32_t palette_owners_gather(const struct batch *batch) {
  const struct view view = view_of(batch->memory);
  const uint32_t *pfns = (const uint32_t *)(batch->memory + batch->pfnsPtr);
  uint16_t *out = (uint16_t *)(batch->memory + batch->outPtr);
  uint32_t i = 0;
  for (; i + GATHER_LANES <= batch->count; i += GATHER_LANES) {
    const lanes pfn = lanes_load(pfns + i);
    const lanes inside = lanes_below(pfn, lanes_set(view.nrFrames));
    uint32_t overflowed;
    lanes_store_u16(out + i, lanes_and(palette_gather(&view, lanes_and(pfn, inside), &overflowed), inside));
    for (; overflowed; overflowed &= overflowed - 1)
      do_part(batch, palette_owners, i + (uint32_t)__builtin_ctz(overflowed), 1);
  }
  do_part(batch, palette_owners, i, batch->count - i);
  return 0;
}
#endif
