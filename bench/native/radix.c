/* radix: the radix tree as the kernel's loop walks it, and eight walks at once.
 *
 * Eight at once: all go down one level before any goes down the next, so eight misses are under way instead of one.  An
 * empty slot leads to address 0, where nothing but zeros lies: the walk goes on there, without a branch, to owner 0. */
#include "charge.h"
#include "recount.h"
#include "tree.h"

enum { GROUP = 8 };

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

static inline struct RadixNode *node_of(const struct view *view, uint32_t ptr) {
  return (struct RadixNode *)(view->memory + ptr);
}

/* The node `level` levels above the bottom on the way to `pfn`, which the tree's height reaches; 0 = none. */
static inline uint32_t node_above(const struct view *view, uint32_t pfn, uint32_t level) {
  uint32_t ptr = view->core->radixRoot;
  for (uint32_t height = view->core->radixHeight - 1; ptr && height > level; height--)
    ptr = slot_at(view->memory, ptr, (pfn >> (height * SHIFT)) & SLOT_MASK);
  return ptr;
}

/* Nodes that the page's owner would add: those of its path that are missing, and roots stacked above. */
static uint32_t missing_nodes(const struct view *view, uint32_t pfn) {
  const uint32_t stacked = view->core->radixRoot != 0;
  const uint32_t height = stacked ? view->core->radixHeight : 0;
  const uint32_t new_height = max_height(height, height_for(pfn));
  uint32_t missing = stacked ? new_height - height : 0;
  for (uint32_t level = 0; level < new_height; level++) {
    const uint32_t number = pfn >> ((level + 1) * SHIFT);
    if (level >= height) missing += !stacked || number;
    else missing += number >> ((height - 1 - level) * SHIFT) || !node_above(view, pfn, level);
  }
  return missing;
}

static uint32_t prepare(const struct view *view, uint32_t pfn) {
  const uint32_t height = view->core->radixHeight;
  if (height && !(pfn >> (height * SHIFT)) && node_above(view, pfn, 0)) return Err_OK;
  return pool_reserve(view, missing_nodes(view, pfn));
}

static inline void extend(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  const uint32_t height = height_for(pfn);
  if (!core->radixRoot) core->radixHeight = height;
  while (core->radixHeight < height) {
    const uint32_t ptr = pool_get(view);
    node_of(view, ptr)->slots[0] = core->radixRoot;
    node_of(view, ptr)->count = 1;
    core->radixRoot = ptr;
    core->radixHeight++;
  }
}

/* The bottom node that holds `pfn`, with the path to it built. */
static inline struct RadixNode *bottom_for(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  if (!core->radixRoot) core->radixRoot = pool_get(view);
  struct RadixNode *node = node_of(view, core->radixRoot);
  for (uint32_t level = core->radixHeight - 1; level > 0; level--) {
    uint32_t *slot = &node->slots[(pfn >> (level * SHIFT)) & SLOT_MASK];
    if (!*slot) {
      *slot = pool_get(view);
      node->count++;
    }
    node = node_of(view, *slot);
  }
  return node;
}

static inline uint32_t radix_set(const struct view *view, uint32_t pfn, uint32_t id) {
  const uint32_t err = prepare(view, pfn);
  if (err) return err;
  extend(view, pfn);
  if (!view->core->radixHeight) {
    view->core->radixRoot = id;
    return Err_OK;
  }
  struct RadixNode *node = bottom_for(view, pfn);
  node->count += !node->slots[pfn & SLOT_MASK];
  node->slots[pfn & SLOT_MASK] = id;
  return Err_OK;
}

/* Takes the empty bottom node of `pfn` out of the tree, and each node above that this leaves empty. */
static void prune_above(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  for (uint32_t level = 0; level < core->radixHeight; level++) {
    const uint32_t ptr = node_above(view, pfn, level);
    if (node_of(view, ptr)->count) return;
    pool_put(view, ptr);
    if (level + 1 == core->radixHeight) {
      core->radixRoot = 0;
      core->radixHeight = 0;
      return;
    }
    struct RadixNode *parent = node_of(view, node_above(view, pfn, level + 1));
    parent->slots[(pfn >> ((level + 1) * SHIFT)) & SLOT_MASK] = 0;
    parent->count--;
  }
}

/* Lowers the tree while its root has nothing but slot 0. */
static inline void shrink(const struct view *view) {
  struct Core *core = view->core;
  while (core->radixHeight) {
    struct RadixNode *root = node_of(view, core->radixRoot);
    const uint32_t only = root->slots[0];
    if (root->count != 1 || !only) return;
    root->slots[0] = 0;
    root->count = 0;
    pool_put(view, core->radixRoot);
    core->radixRoot = only;
    core->radixHeight--;
  }
}

/* Walks twice, as the core does: to say whose the page is, and to clear. */
static inline uint32_t radix_take(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  const uint32_t id = radix_owner_of(view, pfn);
  if (!id) return 0;
  if (!core->radixHeight) {
    core->radixRoot = 0;
    return id;
  }
  struct RadixNode *node = node_of(view, node_above(view, pfn, 0));
  node->slots[pfn & SLOT_MASK] = 0;
  if (!--node->count) prune_above(view, pfn);
  shrink(view);
  return id;
}

NOTHING_AT_END(radix)

LOOKUP_TWINS(radix)
RECOUNT_TWIN(radix)
CHARGE_TWINS(radix)
