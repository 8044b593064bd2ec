/* gathers: as many lanes of 32 bits as the machine has, 16 with AVX-512, 8 with AVX2; absent otherwise, and from a build
 * that is to be scalar.
 *
 * A gather's offsets are signed, linear memory has 4 GiB: base and offset are both moved by half of that. */
#pragma once
#include <stdint.h>
#if defined(SCALAR_ONLY)
#elif defined(__AVX512F__)
#include <immintrin.h>
#define GATHER_LANES 16
typedef __m512i lanes;
static inline lanes lanes_set(uint32_t value) { return _mm512_set1_epi32((int)value); }
static inline lanes lanes_load(const uint32_t *ptr) { return _mm512_loadu_si512(ptr); }
static inline lanes lanes_add(lanes a, lanes b) { return _mm512_add_epi32(a, b); }
static inline lanes lanes_and(lanes a, lanes b) { return _mm512_and_si512(a, b); }
static inline lanes lanes_left(lanes a, uint32_t bits) { return _mm512_sll_epi32(a, _mm_cvtsi32_si128((int)bits)); }
static inline lanes lanes_right(lanes a, uint32_t bits) { return _mm512_srl_epi32(a, _mm_cvtsi32_si128((int)bits)); }
static inline lanes lanes_right_each(lanes a, lanes bits) { return _mm512_srlv_epi32(a, bits); }
/* All ones where a < b, without a sign. */
static inline lanes lanes_below(lanes a, lanes b) {
  return _mm512_maskz_set1_epi32(_mm512_cmplt_epu32_mask(a, b), -1);
}
static inline uint32_t lanes_equal(lanes a, lanes b) { return _mm512_cmpeq_epi32_mask(a, b); }
static inline void lanes_store_u16(uint16_t *ptr, lanes a) {
  _mm256_storeu_si256((__m256i *)ptr, _mm512_cvtepi32_epi16(a));
}
static inline lanes lanes_gather(const uint8_t *memory, lanes address) {
  const lanes offset = _mm512_xor_si512(address, _mm512_set1_epi32(INT32_MIN));
  return _mm512_i32gather_epi32(offset, memory + 0x80000000u, 1);
}
#elif defined(__AVX2__)
#include <immintrin.h>
#define GATHER_LANES 8
typedef __m256i lanes;
static inline lanes lanes_set(uint32_t value) { return _mm256_set1_epi32((int)value); }
static inline lanes lanes_load(const uint32_t *ptr) { return _mm256_loadu_si256((const __m256i *)ptr); }
static inline lanes lanes_add(lanes a, lanes b) { return _mm256_add_epi32(a, b); }
static inline lanes lanes_and(lanes a, lanes b) { return _mm256_and_si256(a, b); }
static inline lanes lanes_left(lanes a, uint32_t bits) { return _mm256_sll_epi32(a, _mm_cvtsi32_si128((int)bits)); }
static inline lanes lanes_right(lanes a, uint32_t bits) { return _mm256_srl_epi32(a, _mm_cvtsi32_si128((int)bits)); }
static inline lanes lanes_right_each(lanes a, lanes bits) { return _mm256_srlv_epi32(a, bits); }
static inline lanes lanes_below(lanes a, lanes b) {
  const lanes sign = _mm256_set1_epi32(INT32_MIN);
  return _mm256_cmpgt_epi32(_mm256_xor_si256(b, sign), _mm256_xor_si256(a, sign));
}
static inline uint32_t lanes_equal(lanes a, lanes b) {
  return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)));
}
static inline void lanes_store_u16(uint16_t *ptr, lanes a) {
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(a, a), 0xd8);
  _mm_storeu_si128((__m128i *)ptr, _mm256_castsi256_si128(packed));
}
static inline lanes lanes_gather(const uint8_t *memory, lanes address) {
  const lanes offset = _mm256_xor_si256(address, _mm256_set1_epi32(INT32_MIN));
  return _mm256_i32gather_epi32((const int *)(memory + 0x80000000u), offset, 1);
}
#endif
