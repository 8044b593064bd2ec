/* palette: 2-bit codes into three owners for 64 pages; a block of more owners has them behind its link. */
#include "twin.h"

enum { PAGES = 64, COLUMN = 1, OVERFLOWED = 0xffff };

static inline uint32_t behind_link(const struct view *view, uint32_t link, uint32_t page) {
  const uint8_t *ptr = view->arena + (link & ~(uint32_t)COLUMN);
  if (link & COLUMN) return ((const struct ColumnBlock *)ptr)->own[page];
  const uint32_t code = (ptr[page >> 1] >> ((page & 1) << 2)) & 15;
  return ((const struct WideBlock *)ptr)->own[code];
}

/* Code 0 of a block that has overflowed finds OVERFLOWED: whether a page is owned is never asked for itself, for that is
 * a coin that nobody guesses. */
static inline uint32_t palette_owner_of(const struct view *view, uint32_t pfn) {
  const struct PaletteBlock *block = (const struct PaletteBlock *)view->index + pfn / PAGES;
  const uint32_t page = pfn % PAGES;
#ifdef QSBR
  /* Beside a writer: own0 before the code, the link after it, and all again where there is none any more. */
  for (;;) {
    const uint32_t own0 = PUBLISHED(block->own[0]);
    const uint32_t code = (PUBLISHED(((const uint32_t *)block)[page >> 4]) >> ((page & 15) << 1)) & 3;
    const uint32_t found = own0 | PUBLISHED(block->own[code]);
    if (found != OVERFLOWED) return found;
    const uint32_t link = PUBLISHED(block->link);
    if (link) return behind_link(view, link, page);
  }
#else
  const uint32_t code = (((const uint32_t *)block)[page >> 4] >> ((page & 15) << 1)) & 3;
  const uint32_t found = block->own[code];
  return found == OVERFLOWED ? behind_link(view, block->link, page) : found;
#endif
}

LOOKUP_TWINS(palette)
