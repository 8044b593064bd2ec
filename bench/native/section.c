/* section: a column of owners for each section in use. */
#include "charge.h"
#include "columns.h"
#include "recount.h"

static inline struct MemSection *directory_of(const struct view *view) { return (struct MemSection *)view->index; }

static inline uint32_t section_owner_of(const struct view *view, uint32_t pfn) {
  return column_owner_at(view, directory_of(view), pfn);
}

static inline uint32_t section_set(const struct view *view, uint32_t pfn, uint32_t id) {
  const uint32_t err = columns_reserve(view, directory_of(view), pfn);
  if (!err) columns_set(view, directory_of(view), pfn, id);
  return err;
}

static inline uint32_t section_take(const struct view *view, uint32_t pfn) {
  const uint32_t id = section_owner_of(view, pfn);
  if (id) columns_clear(view, directory_of(view), pfn);
  return id;
}

NOTHING_AT_END(section)

LOOKUP_TWINS(section)
RECOUNT_TWIN(section)
CHARGE_TWINS(section)
