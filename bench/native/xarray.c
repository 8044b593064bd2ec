/* xarray: entries are value << 1 | 1; a node's address | 2; below 256 a sibling, slot << 2 | 2, whose head has the value;
 * XA_RETRY in a node that is out of the tree and waits for a grace period.
 *
 * Charges are of single pages in a tree without marks: a run of pages in one entry, which they would have to break up, is
 * refused (OVERFLOW), and so is a mark. */
#define RETIRED_AT (offsetof(struct XaNode, rcuNext) - offsetof(struct Retired, next))
#include "charge.h"
#include "grace-period.h"
#include "recount.h"
#include "tree.h"

_Static_assert(RETIRED_AT + offsetof(struct Retired, epoch) == offsetof(struct XaNode, rcuEpoch), "XaNode: Retired");

enum { SIBLING_END = 256, LEVELS_MAX = 6 };

static inline uint32_t is_node(uint32_t entry) { return (entry & 3) == 2 && entry > XA_RETRY; }

static inline uint32_t is_sibling(uint32_t entry) { return (entry & 3) == 2 && entry < SIBLING_END; }

static inline struct XaNode *node_of(const struct view *view, uint32_t entry) {
  return (struct XaNode *)(view->memory + (entry & ~3u));
}

static inline uint32_t slot_of(const struct XaNode *node, uint32_t pfn) { return (pfn >> node->shift) & SLOT_MASK; }

/* Whether the node, a root, reaches `pfn`. */
static inline uint32_t reaches(const struct XaNode *node, uint32_t pfn) { return pfn >> node->shift < SLOTS; }

/* The owner of a page whose entry in `node` was a sibling, or has gone; letters as in owner/xarray.ts. */
static uint32_t owner_beside(const struct view *view, const struct XaNode *node, uint32_t slot, uint32_t pfn) {
  for (;;) {
    const uint32_t breaks = PUBLISHED(node->breaks); /* Yr1 */
    LOADS_IN_ORDER();
    uint32_t entry = PUBLISHED(node->slots[slot]); /* Yr2 */
    if (is_sibling(entry)) {
      entry = PUBLISHED(node->slots[entry >> 2]); /* Yr3 */
      if (entry != XA_RETRY) {
        LOADS_IN_ORDER();
        if (PUBLISHED(node->breaks) == breaks) return entry >> 1; /* Yr4 */
        continue;
      }
    }
    if (entry == XA_RETRY) {
      entry = PUBLISHED(view->core->xarrayHead);
      if (!is_node(entry)) return pfn ? 0 : entry >> 1;
      if (!reaches(node_of(view, entry), pfn)) return 0;
    }
    if (!is_node(entry)) return entry >> 1;
    node = node_of(view, entry);
    slot = slot_of(node, pfn);
  }
}

static inline uint32_t xarray_owner_of(const struct view *view, uint32_t pfn) {
  uint32_t entry = PUBLISHED(view->core->xarrayHead);
  if (!is_node(entry)) return pfn ? 0 : entry >> 1;
  const struct XaNode *node = node_of(view, entry);
  uint32_t slot = pfn >> node->shift;
  if (slot >= SLOTS) return 0;
  for (;;) {
    entry = PUBLISHED(node->slots[slot]);
    if ((entry & 3) != 2) return entry >> 1;
    if (entry <= XA_RETRY) return BESIDE_WRITERS ? owner_beside(view, node, slot, pfn) : node->slots[entry >> 2] >> 1;
    node = node_of(view, entry);
    slot = slot_of(node, pfn);
  }
}

/* Whether the slot has a value for pages behind it as well, or is one of those. */
static inline uint32_t is_in_run(const struct XaNode *node, uint32_t slot) {
  return is_sibling(node->slots[slot]) || (slot < SLOT_MASK && node->slots[slot + 1] == (slot << 2 | 2));
}

/* Writes a slot and keeps the node's counts; `value`: a value. */
static inline void set_slot(struct XaNode *node, uint32_t slot, uint32_t entry, uint32_t value) {
  const uint32_t old = node->slots[slot];
  const uint32_t was_value = old && !is_node(old);
  node->slots[slot] = entry;
  node->count = (uint8_t)(node->count + !!entry - !!old);
  node->nrValues = (uint8_t)(node->nrValues + value - was_value);
}

static inline struct XaNode *new_node(const struct view *view, uint32_t parent, uint32_t shift, uint32_t offset) {
  struct XaNode *node = node_of(view, pool_get(view));
  node->parent = parent;
  node->shift = (uint8_t)shift;
  node->offset = (uint8_t)offset;
  return node;
}

/* Retires a node that nothing leads to any more; who is in it starts again. */
static inline void retire_node(const struct view *view, struct XaNode *node) {
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    if (node->slots[slot]) node->slots[slot] = XA_RETRY;
  retire(view, ptr_of(view, node));
}

/* Whether the node with the slot of `pfn` alone is there. */
static inline uint32_t has_leaf(const struct view *view, uint32_t pfn) {
  uint32_t entry = view->core->xarrayHead;
  if (!is_node(entry) || !reaches(node_of(view, entry), pfn)) return 0;
  while (is_node(entry)) {
    const struct XaNode *node = node_of(view, entry);
    if (!node->shift) return 1;
    entry = node->slots[slot_of(node, pfn)];
  }
  return 0;
}

static inline void stack(const struct view *view, uint32_t shift) {
  const uint32_t head = view->core->xarrayHead;
  struct XaNode *root = new_node(view, 0, shift, 0);
  set_slot(root, 0, head, !is_node(head));
  if (is_node(head)) node_of(view, head)->parent = ptr_of(view, root);
  view->core->xarrayHead = ptr_of(view, root) | 2;
}

/* Makes the head a node that reaches `pfn`. */
static inline struct XaNode *extend(const struct view *view, uint32_t pfn) {
  struct Core *core = view->core;
  if (!core->xarrayHead) {
    uint32_t shift = 0;
    while (pfn >> shift >= SLOTS) shift += SHIFT;
    core->xarrayHead = ptr_of(view, new_node(view, 0, shift, 0)) | 2;
  }
  if (!is_node(core->xarrayHead)) stack(view, 0);
  while (!reaches(node_of(view, core->xarrayHead), pfn)) stack(view, node_of(view, core->xarrayHead)->shift + SHIFT);
  return node_of(view, core->xarrayHead);
}

/* Takes empty nodes out, from `node` upwards, then lowers the tree while its root has slot 0 alone. */
static inline void trim(const struct view *view, struct XaNode *node) {
  struct Core *core = view->core;
  while (!node->count) {
    struct XaNode *gone = node;
    if (!gone->parent) {
      core->xarrayHead = 0;
      retire_node(view, gone);
      return;
    }
    node = node_of(view, gone->parent);
    set_slot(node, gone->offset, 0, 0);
    retire_node(view, gone);
  }
  while (is_node(core->xarrayHead)) {
    struct XaNode *root = node_of(view, core->xarrayHead);
    const uint32_t only = root->slots[0];
    if (root->count != 1 || !only || (only & 1 && root->shift)) return;
    if (is_node(only)) node_of(view, only)->parent = 0;
    core->xarrayHead = only;
    retire_node(view, root);
  }
}

/* Stores `entry`, a value or 0, for one page. */
static inline uint32_t store_page(const struct view *view, uint32_t pfn, uint32_t entry) {
  if (view->core->xarrayMarks) return Err_OVERFLOW;
  if (!pfn && !is_node(view->core->xarrayHead)) {
    view->core->xarrayHead = entry;
    return Err_OK;
  }
  struct XaNode *node = extend(view, pfn);
  while (node->shift) {
    const uint32_t slot = slot_of(node, pfn);
    const uint32_t below = node->slots[slot];
    if (below && !is_node(below)) return Err_OVERFLOW;
    if (is_node(below)) {
      node = node_of(view, below);
      continue;
    }
    struct XaNode *child = new_node(view, ptr_of(view, node), node->shift - SHIFT, slot);
    set_slot(node, slot, ptr_of(view, child) | 2, 0);
    node = child;
  }
  const uint32_t old = node->slots[pfn & SLOT_MASK];
  if (old && is_in_run(node, pfn & SLOT_MASK)) return Err_OVERFLOW;
  set_slot(node, pfn & SLOT_MASK, entry, entry != 0);
  trim(view, node);
  return Err_OK;
}

static inline uint32_t xarray_set(const struct view *view, uint32_t pfn, uint32_t id) {
  if (!has_leaf(view, pfn)) {
    const uint32_t err = pool_reserve(view, view->core->xarrayPromised + 2 * LEVELS_MAX);
    if (err) return err;
  }
  return store_page(view, pfn, id << 1 | 1);
}

static inline uint32_t xarray_take(const struct view *view, uint32_t pfn) {
  const uint32_t id = xarray_owner_of(view, pfn);
  return id && store_page(view, pfn, 0) == Err_OK ? id : 0;
}

static inline void xarray_end(const struct view *view) { quiescent(view); }

LOOKUP_TWINS(xarray)
RECOUNT_TWIN(xarray)
CHARGE_TWINS(xarray)
