/* stock: counted charges and uncharges in a batch, by one agent, with the stocks of the policy ADAPTIVE.
 *
 * Entries of two words as countBatch takes them: container | kind << 16 | bit 31 if it uncharges, then pages.  The
 * algorithm of the core for one agent, without what other agents ask for, without limits that refuse, and without sweeps:
 * answers 0, or LIMIT where the core would have more to do. */
#include "twin.h"

enum { SOON = 1 << 20, ID_MASK = 0xffff };

struct counting {
  struct Container *containers;
  struct Agent *agent;
};

static inline uint32_t min_u32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint32_t max_u32(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Adds pages at each level, or takes them away by the negative; 0, or LIMIT and then nothing is added. */
static uint32_t add_pages(const struct counting *all, uint32_t id, uint32_t pages) {
  for (uint32_t level = id; level; level = all->containers[level].parentId) {
    struct Container *container = &all->containers[level];
    container->usagePages += pages;
    if (container->usagePages <= container->maxPages) continue;
    for (uint32_t back = id;; back = all->containers[back].parentId) {
      all->containers[back].usagePages -= pages;
      if (back == level) return Err_LIMIT;
    }
  }
  for (uint32_t level = id; level; level = all->containers[level].parentId) {
    struct Container *container = &all->containers[level];
    if (container->usagePages > container->peakPages) container->peakPages = container->usagePages;
  }
  return Err_OK;
}

static void resize(const struct counting *all, struct AgentCounter *counter, uint32_t id) {
  uint32_t margin = PAGES_MAX;
  for (uint32_t level = id; level; level = all->containers[level].parentId) {
    const struct Container *container = &all->containers[level];
    if (container->maxPages == PAGES_MAX) continue;
    const uint32_t usage = container->usagePages;
    margin = min_u32(margin, usage < container->maxPages ? container->maxPages - usage : 0);
  }
  const uint32_t was = counter->capacity;
  const int soon = all->agent->updates - counter->slowAt < SOON;
  uint32_t capacity = soon ? min_u32(STOCK_MAX, was * 2) : was / 2;
  capacity = min_u32(max_u32(capacity, STOCK_MIN), margin / 2);
  counter->slowAt = all->agent->updates;
  if (capacity > was) capacity = min_u32(capacity, was + AGENT_STOCK_PAGES - all->agent->capacityPages);
  capacity = max_u32(capacity, counter->stock);
  all->agent->capacityPages += capacity - was;
  counter->capacity = capacity;
}

static __attribute__((noinline)) uint32_t charge_slow(const struct counting *all, struct AgentCounter *counter,
                                                      uint32_t id, uint32_t pages) {
  resize(all, counter, id);
  const uint32_t more = max_u32(counter->capacity, pages) - counter->stock;
  if (add_pages(all, id, more)) return Err_LIMIT;
  counter->ownedPages += more;
  counter->stock += more;
  counter->linked = 1;
  return Err_OK;
}

static __attribute__((noinline)) uint32_t uncharge_slow(const struct counting *all, struct AgentCounter *counter,
                                                        uint32_t id, uint32_t pages) {
  if (counter->ownedPages - counter->stock < pages) return Err_NOT_CHARGED;
  resize(all, counter, id);
  if (counter->stock + pages <= counter->capacity) return Err_OK;
  const uint32_t less = counter->stock + pages - counter->capacity / 2;
  for (uint32_t level = id; level; level = all->containers[level].parentId) all->containers[level].usagePages -= less;
  counter->ownedPages -= less;
  counter->stock -= less;
  return Err_OK;
}

uint32_t stock_batch(const struct batch *batch) {
  struct Core *core = (struct Core *)(batch->memory + CORE_PTR);
  struct AgentCounter *counters = (struct AgentCounter *)(batch->memory + core->countersPtr);
  const struct counting all = {
      .containers = (struct Container *)(batch->memory + core->containersPtr),
      .agent = (struct Agent *)(batch->memory + AGENTS_PTR),
  };
  const uint32_t *entries = (const uint32_t *)(batch->memory + batch->pfnsPtr);
  for (uint32_t i = 0; i < batch->count; i++) {
    const uint32_t word = entries[2 * i];
    const uint32_t pages = entries[2 * i + 1];
    const uint32_t id = word & ID_MASK;
    if (id >= core->maxContainers) return Err_NO_CONTAINER;
    struct AgentCounter *counter = &counters[id];
    if (word & COUNT_UNCHARGE) {
      if (pages - 1 >= counter->ownedPages - counter->stock || counter->capacity - counter->stock < pages) {
        const uint32_t err = uncharge_slow(&all, counter, id, pages);
        if (err) return err;
      }
      counter->stock += pages;
      counter->counts[word >> KIND_SHIFT & (NR_KINDS - 1)] -= pages;
    } else {
      if (pages - 1 >= counter->stock || !counter->linked) {
        const uint32_t err = charge_slow(&all, counter, id, pages);
        if (err) return err;
      }
      counter->stock -= pages;
      counter->counts[word >> KIND_SHIFT & (NR_KINDS - 1)] += pages;
    }
  }
  all.agent->updates += batch->count;
  return Err_OK;
}
