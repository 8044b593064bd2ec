/* grace-period: what readers may hold waits before it goes back to its pool (core/grace-period.ts), among agents of which
 * none but the writer is online. */
#pragma once
#include "slab.h"
#include <string.h>

/* Where in an object of the design Retired begins: said before this is included, where it is not the start. */
#ifndef RETIRED_AT
#define RETIRED_AT 0
#endif

/* Lists name them by the distance of Retired from the arena's start. */
static inline struct Retired *retired_at(const struct view *view, uint32_t off) {
  return (struct Retired *)(view->arena + off);
}

static inline void retire(const struct view *view, uint32_t ptr) {
  struct Core *core = view->core;
  const uint32_t off = ptr + RETIRED_AT - core->arenaPtr;
  struct Retired *object = retired_at(view, off);
  object->next = 0;
  object->epoch = core->gpEpoch;
  if (core->retiredLast) retired_at(view, core->retiredLast)->next = off;
  else core->retiredFirst = off;
  core->retiredLast = off;
  core->nrRetired++;
}

static inline uint32_t are_others_offline(const struct view *view) {
  const struct Agent *agents = at(view, AGENTS_PTR);
  for (uint32_t number = 1; number < view->core->nrAgents; number++)
    if (agents[number].epoch) return 0;
  return 1;
}

/* At the end of a batch: a new epoch, and all that was retired before it goes. */
static inline void quiescent(const struct view *view) {
  struct Core *core = view->core;
  if (!core->nrRetired || !are_others_offline(view)) return;
  core->gpEpoch = core->gpEpoch == UINT32_MAX ? 1 : core->gpEpoch + 1;
  while (core->retiredFirst) {
    const uint32_t ptr = core->arenaPtr + core->retiredFirst - RETIRED_AT;
    core->retiredFirst = retired_at(view, core->retiredFirst)->next;
    if (!core->retiredFirst) core->retiredLast = 0;
    core->nrRetired--;
    memset(at(view, ptr), 0, pool_of(view)->objectBytes);
    pool_put(view, ptr);
  }
}
