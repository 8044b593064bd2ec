/* recount: ways of their own to count owners: column, palette.
 *
 * The column is a histogram; four of them in turn spare a page from waiting for the count of its neighbour.  The palette
 * counts the bits of its codes: two bits a page, so page codes 1, 2 and 3 are those with the low bit alone, the high bit
 * alone, and both. */
#include "recount.h"
#include "gathers.h"

enum { LANES = 4, IDS_MAX = 65536 };

uint32_t column_recount(const struct batch *batch) {
  const struct view view = view_of(batch->memory);
  const uint16_t *owners = (const uint16_t *)view.index;
  uint32_t *counts = counts_of(batch);
  for (uint32_t pfn = 0; pfn < view.nrFrames; pfn++) counts[owners[pfn]]++;
  counts[0] = 0;
  return 0;
}

uint32_t column_recount_lanes(const struct batch *batch) {
  static uint32_t lanes[LANES][IDS_MAX];
  const struct view view = view_of(batch->memory);
  const uint16_t *owners = (const uint16_t *)view.index;
  uint32_t *counts = counts_of(batch);
  for (uint32_t lane = 0; lane < LANES; lane++) memset(lanes[lane], 0, (size_t)batch->a * sizeof **lanes);
  uint32_t pfn = 0;
  for (; pfn + LANES <= view.nrFrames; pfn += LANES) {
    for (uint32_t lane = 0; lane < LANES; lane++) lanes[lane][owners[pfn + lane]]++;
  }
  for (; pfn < view.nrFrames; pfn++) lanes[0][owners[pfn]]++;
  for (uint32_t id = 1; id < batch->a; id++) counts[id] = lanes[0][id] + lanes[1][id] + lanes[2][id] + lanes[3][id];
  return 0;
}

/* Owners behind a link: few blocks have one, so page by page will do. */
static void count_behind_link(const struct view *view, const struct PaletteBlock *block, uint32_t *counts) {
  const uint8_t *ptr = view->arena + (block->link & ~1u);
  if (block->link & 1) {
    for (uint32_t page = 0; page < 64; page++) counts[((const struct ColumnBlock *)ptr)->own[page]]++;
    return;
  }
  const struct WideBlock *wide = (const struct WideBlock *)ptr;
  for (uint32_t page = 0; page < 64; page++) counts[wide->own[(ptr[page >> 1] >> ((page & 1) << 2)) & 15]]++;
}

static inline uint32_t nr_blocks(const struct view *view) { return (view->nrFrames + 63) / 64; }

static inline uint32_t ones(uint64_t word) { return (uint32_t)__builtin_popcountll(word); }

static inline void count_block(const struct view *view, const struct PaletteBlock *block, uint32_t *counts) {
  const uint64_t low_bits = 0x5555555555555555u;
  if (block->own0) {
    count_behind_link(view, block, counts);
    return;
  }
  /* The low and the high bits of 64 codes in a word each. */
  const uint64_t low = (block->codes0 & low_bits) | (block->codes1 & low_bits) << 1;
  const uint64_t high = (block->codes0 >> 1 & low_bits) | (block->codes1 & ~low_bits);
  const uint64_t both = low & high;
  counts[block->own1] += ones(low ^ both);
  counts[block->own2] += ones(high ^ both);
  counts[block->own3] += ones(both);
}

uint32_t palette_recount(const struct batch *batch) {
  const struct view view = view_of(batch->memory);
  const struct PaletteBlock *blocks = (const struct PaletteBlock *)view.index;
  uint32_t *counts = counts_of(batch);
  for (uint32_t i = 0; i < nr_blocks(&view); i++) count_block(&view, &blocks[i], counts);
  counts[0] = 0;
  return 0;
}

#ifdef GATHER_LANES
/* Bits of each half of eight bytes, by a table of half bytes. */
static inline __m256i ones_per_word(__m256i bits) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2,
                                         3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(15);
  const __m256i below = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, half));
  const __m256i above = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), half));
  return _mm256_sad_epu8(_mm256_add_epi8(below, above), _mm256_setzero_si256());
}

static inline void add_pair(uint32_t *counts, uint32_t first, uint32_t second, __m256i words) {
  counts[first] += (uint32_t)(_mm256_extract_epi64(words, 0) + _mm256_extract_epi64(words, 1));
  counts[second] += (uint32_t)(_mm256_extract_epi64(words, 2) + _mm256_extract_epi64(words, 3));
}

/* Codes of two blocks in one vector. */
uint32_t palette_recount_simd(const struct batch *batch) {
  const struct view view = view_of(batch->memory);
  const struct PaletteBlock *blocks = (const struct PaletteBlock *)view.index;
  const __m256i low_bits = _mm256_set1_epi8(0x55);
  uint32_t *counts = counts_of(batch);
  uint32_t i = 0;
  for (; i + 2 <= nr_blocks(&view); i += 2) {
    const struct PaletteBlock *p = &blocks[i], *q = p + 1;
    if (p->own0 | q->own0) {
      count_block(&view, p, counts);
      count_block(&view, q, counts);
      continue;
    }
    const __m256i codes = _mm256_loadu2_m128i((const __m128i *)&q->codes0, (const __m128i *)&p->codes0);
    const __m256i low = _mm256_and_si256(codes, low_bits);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi64(codes, 1), low_bits);
    const __m256i both = _mm256_and_si256(low, high);
    add_pair(counts, p->own1, q->own1, ones_per_word(_mm256_xor_si256(low, both)));
    add_pair(counts, p->own2, q->own2, ones_per_word(_mm256_xor_si256(high, both)));
    add_pair(counts, p->own3, q->own3, ones_per_word(both));
  }
  for (; i < nr_blocks(&view); i++) count_block(&view, &blocks[i], counts);
  counts[0] = 0;
  return 0;
}
#endif
