/* radix-rcu: the radix tree with a height in each node, whose nodes wait for a grace period.
 *
 * The root: a node's address, or the owner of page 0 alone, << 1 | 1. */
#include "charge.h"
#include "grace-period.h"
#include "recount.h"
#include "tree.h"

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

static inline uint32_t is_direct(uint32_t root) { return root == 0 || root & 1; }

static inline struct RadixRcuNode *node_of(const struct view *view, uint32_t ptr) {
  return (struct RadixRcuNode *)(view->memory + ptr);
}

static inline uint32_t slot_of(uint32_t pfn, uint32_t height) { return (pfn >> ((height - 1) * SHIFT)) & SLOT_MASK; }

static inline uint32_t tree_height(const struct view *view) {
  const uint32_t root = view->core->radixRcuRoot;
  return is_direct(root) ? 0 : node_of(view, root)->height;
}

static inline uint32_t new_node(const struct view *view, uint32_t height) {
  const uint32_t ptr = pool_get(view);
  node_of(view, ptr)->height = height;
  return ptr;
}

/* The node of `height` on the way to `pfn`, which the tree reaches; 0 = none. */
static inline uint32_t node_at(const struct view *view, uint32_t pfn, uint32_t height) {
  uint32_t ptr = view->core->radixRcuRoot;
  for (uint32_t above = node_of(view, ptr)->height; ptr && above > height; above--)
    ptr = node_of(view, ptr)->slots[slot_of(pfn, above)];
  return ptr;
}

/* Makes the tree, which is not empty, reach `pfn`. */
static inline void extend(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  const uint32_t height = height_for(pfn);
  for (uint32_t above = tree_height(view) + 1; above <= height; above++) {
    const uint32_t ptr = new_node(view, above);
    node_of(view, ptr)->slots[0] = above == 1 ? core->radixRcuRoot >> 1 : core->radixRcuRoot;
    node_of(view, ptr)->count = 1;
    core->radixRcuRoot = ptr;
  }
}

/* The bottom node that holds `pfn`, with the path to it built from the top. */
static inline struct RadixRcuNode *bottom_for(const struct view *view, uint32_t pfn) {
  struct RadixRcuNode *node = node_of(view, view->core->radixRcuRoot);
  for (uint32_t height = node->height; height > 1; height--) {
    uint32_t *slot = &node->slots[slot_of(pfn, height)];
    if (!*slot) {
      node->count++;
      *slot = new_node(view, height - 1);
    }
    node = node_of(view, *slot);
  }
  return node;
}

/* Asks for a whole path and as many roots, whatever of it is there. */
static inline uint32_t radix_rcu_set(const struct view *view, uint32_t pfn, uint32_t id) {
  struct Core *core = view->core;
  const uint32_t height = height_for(pfn);
  const uint32_t err = pool_reserve(view, 2 * max_height(tree_height(view), height));
  if (err) return err;
  if (core->radixRcuRoot) extend(view, pfn);
  else if (height) core->radixRcuRoot = new_node(view, height);
  if (is_direct(core->radixRcuRoot)) {
    core->radixRcuRoot = id << 1 | 1;
    return Err_OK;
  }
  struct RadixRcuNode *node = bottom_for(view, pfn);
  node->count += !node->slots[pfn & SLOT_MASK];
  node->slots[pfn & SLOT_MASK] = id;
  return Err_OK;
}

/* Takes the empty bottom node of `pfn` out of the tree, and each node above that this leaves empty. */
static void prune_above(const struct view *view, uint32_t pfn) {
  const uint32_t top = tree_height(view);
  for (uint32_t height = 1; height <= top; height++) {
    const uint32_t ptr = node_at(view, pfn, height);
    if (node_of(view, ptr)->count) return;
    if (height == top) {
      view->core->radixRcuRoot = 0;
    } else {
      struct RadixRcuNode *parent = node_of(view, node_at(view, pfn, height + 1));
      parent->slots[slot_of(pfn, height + 1)] = 0;
      parent->count--;
    }
    retire(view, ptr);
  }
}

/* Lowers the tree while its root has slot 0 alone, which stays for those who still read it. */
static inline void shrink(const struct view *view) {
  struct Core *core = view->core;
  while (!is_direct(core->radixRcuRoot)) {
    const uint32_t ptr = core->radixRcuRoot;
    const struct RadixRcuNode *root = node_of(view, ptr);
    const uint32_t only = root->slots[0];
    if (root->count != 1 || !only) return;
    core->radixRcuRoot = root->height == 1 ? only << 1 | 1 : only;
    retire(view, ptr);
  }
}

static inline uint32_t radix_rcu_take(const struct view *view, uint32_t pfn) {
  const uint32_t id = radix_rcu_owner_of(view, pfn);
  if (!id) return 0;
  if (is_direct(view->core->radixRcuRoot)) {
    view->core->radixRcuRoot = 0;
    return id;
  }
  struct RadixRcuNode *node = node_of(view, node_at(view, pfn, 1));
  node->slots[pfn & SLOT_MASK] = 0;
  if (!--node->count) prune_above(view, pfn);
  shrink(view);
  return id;
}

static inline void radix_rcu_end(const struct view *view) { quiescent(view); }

LOOKUP_TWINS(radix_rcu)
RECOUNT_TWIN(radix_rcu)
CHARGE_TWINS(radix_rcu)
