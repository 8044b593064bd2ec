/* trees: the radix trees as the kernel's loop walks them, and eight walks at once; the XArray.
 *
 * Eight at once: all go down one level before any goes down the next, so eight misses are under way instead of one.  An
 * empty slot leads to address 0, where nothing but zeros lies: the walk goes on there, without a branch, to owner 0. */
#include "twin.h"

enum { SHIFT = 6, SLOTS = 64, SLOT_MASK = SLOTS - 1, GROUP = 8 };

static inline uint32_t slot_at(const uint8_t *memory, uint32_t ptr, uint32_t slot) {
  return ((const struct RadixNode *)(memory + ptr))->slots[slot];
}

static inline uint32_t radix_owner_of(const struct view *view, uint32_t pfn) {
  uint32_t height = view->core->radixHeight;
  uint32_t slot = view->core->radixRoot;
  if (pfn >> (height * SHIFT)) return 0;
  while (height > 0) {
    if (slot == 0) return 0;
    height--;
    slot = slot_at(view->memory, slot, (pfn >> (height * SHIFT)) & SLOT_MASK);
  }
  return slot;
}

LOOKUP_TWINS(radix)

uint32_t radix_owners_interleaved(const struct batch *batch) {
  const uint8_t *memory = batch->memory;
  const struct Core *core = (const struct Core *)(memory + CORE_PTR);
  const uint32_t height = core->radixHeight;
  const uint32_t root = core->radixRoot;
  const uint32_t reach = height * SHIFT;
  const uint32_t nrFrames = core->nrFrames;
  const uint32_t *pfns = (const uint32_t *)(memory + batch->pfnsPtr);
  uint16_t *out = (uint16_t *)(batch->memory + batch->outPtr);
  uint32_t i = 0;
  for (; i + GROUP <= batch->count; i += GROUP) {
    uint32_t ptr[GROUP];
    for (uint32_t k = 0; k < GROUP; k++) {
      const uint32_t pfn = pfns[i + k];
      ptr[k] = pfn < nrFrames && !(pfn >> reach) ? root : 0;
    }
    for (uint32_t shift = reach; shift;) {
      shift -= SHIFT;
      for (uint32_t k = 0; k < GROUP; k++) ptr[k] = slot_at(memory, ptr[k], (pfns[i + k] >> shift) & SLOT_MASK);
    }
    for (uint32_t k = 0; k < GROUP; k++) out[i + k] = (uint16_t)ptr[k];
  }
  const struct view view = view_of(batch->memory);
  for (; i < batch->count; i++) out[i] = pfns[i] < nrFrames ? (uint16_t)radix_owner_of(&view, pfns[i]) : 0;
  return 0;
}

/* The height stands in the node, so root and height cannot disagree; a root that is odd is the owner of page 0. */
static inline uint32_t radix_rcu_owner_of(const struct view *view, uint32_t pfn) {
  uint32_t slot = PUBLISHED(view->core->radixRcuRoot);
  if (slot == 0 || slot & 1) return pfn ? 0 : slot >> 1;
  uint32_t height = ((const struct RadixRcuNode *)(view->memory + slot))->height;
  if (pfn >> (height * SHIFT)) return 0;
  while (height > 0) {
    if (slot == 0) return 0;
    height--;
    const struct RadixRcuNode *node = (const struct RadixRcuNode *)(view->memory + slot);
    slot = PUBLISHED(node->slots[(pfn >> (height * SHIFT)) & SLOT_MASK]);
  }
  return slot;
}

LOOKUP_TWINS(radix_rcu)

/* Entries: value << 1 | 1; a node's address | 2; below 256 a sibling, slot << 2 | 2, whose head has the value. */
static inline uint32_t xarray_owner_of(const struct view *view, uint32_t pfn) {
  enum { SIBLING_END = 256 };
  uint32_t entry = view->core->xarrayHead;
  if ((entry & 3) != 2 || entry < SIBLING_END) return pfn ? 0 : entry >> 1;
  const struct XaNode *node = (const struct XaNode *)(view->memory + (entry & ~3u));
  uint32_t slot = pfn >> node->shift;
  if (slot >= SLOTS) return 0;
  for (;;) {
    entry = node->slots[slot];
    if ((entry & 3) != 2) return entry >> 1;
    if (entry < SIBLING_END) return node->slots[entry >> 2] >> 1;
    node = (const struct XaNode *)(view->memory + (entry & ~3u));
    slot = (pfn >> node->shift) & SLOT_MASK;
  }
}

LOOKUP_TWINS(xarray)
