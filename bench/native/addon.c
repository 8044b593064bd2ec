/* addon: the twins by name, for JavaScript.
 *
 *   twins                                                     { name: number, … }
 *   run(number, buffer, pfnsPtr, outPtr, count, a, b)         the twin's answer; 0 = done
 *
 * To add a design, add its line to the table: DESIGN stands for "<design>", which answers lookups, "<design> frames", lookups
 * with the frame touched, "<design> charge", "<design> uncharge", and "<design> recount".
 * What a twin writes is not checked against the buffer: who calls this is a benchmark, and its memory is its own. */
#include "gathers.h"
#include "napi.h"
#include "twin.h"

#define LOOKUPS(T, name, design) T(name, design##_owners) T(name " frames", design##_frames)
#define CHARGES(T, name, design) T(name " charge", design##_charge) T(name " uncharge", design##_uncharge)
#define DESIGN(T, name, design)                                                                                        \
  LOOKUPS(T, name, design) CHARGES(T, name, design) T(name " recount", design##_recount)

#define TWINS(T)                                                                                                       \
  DESIGN(T, "in-page", in_page)                                                                                        \
  DESIGN(T, "overlay", overlay)                                                                                        \
  DESIGN(T, "object", object)                                                                                          \
  DESIGN(T, "column", column)                                                                                          \
  DESIGN(T, "page-cgroup", page_cgroup)                                                                                \
  DESIGN(T, "page-cgroup-rcu", page_cgroup_rcu)                                                                        \
  DESIGN(T, "radix", radix)                                                                                            \
  DESIGN(T, "radix-rcu", radix_rcu)                                                                                    \
  DESIGN(T, "section", section)                                                                                        \
  DESIGN(T, "hash", hash)                                                                                              \
  DESIGN(T, "xarray", xarray)                                                                                          \
  DESIGN(T, "palette", palette)                                                                                        \
  T("radix interleaved", radix_owners_interleaved)                                                                     \
  T("column recount lanes", column_recount_lanes)                                                                      \
  T("stock", stock_batch)

/* There only where the compiler may use them. */
#ifdef GATHER_LANES
#define VECTOR_TWINS(T)                                                                                                \
  T("in-page gather", in_page_owners_gather)                                                                           \
  T("column gather", column_owners_gather)                                                                             \
  T("page-cgroup gather", page_cgroup_owners_gather)                                                                   \
  T("section gather", section_owners_gather)                                                                           \
  T("radix gather", radix_owners_gather)                                                                               \
  T("palette gather", palette_owners_gather)                                                                           \
  T("palette recount simd", palette_recount_simd)
#else
#define VECTOR_TWINS(T)
#endif

#define DECLARE(name, function) uint32_t function(const struct batch *batch);
#define ROW(name, function) {name, function},

TWINS(DECLARE)
VECTOR_TWINS(DECLARE)

static const struct twin twins[] = {TWINS(ROW) VECTOR_TWINS(ROW)};
enum { NR_TWINS = sizeof twins / sizeof *twins, NR_ARGUMENTS = 7 };

#ifdef QSBR
void begin_reading(void) {
  static __thread int is_registered;
  if (!is_registered) urcu_qsbr_register_thread();
  is_registered = 1;
}
#endif

static napi_value run(napi_env env, napi_callback_info info) {
  napi_value argument[NR_ARGUMENTS];
  size_t given = NR_ARGUMENTS;
  void *memory;
  size_t bytes;
  uint32_t word[NR_ARGUMENTS] = {0};
  if (napi_get_cb_info(env, info, &given, argument, NULL, NULL) || given != NR_ARGUMENTS ||
      napi_get_arraybuffer_info(env, argument[1], &memory, &bytes)) {
    napi_throw_error(env, NULL, "run(number, buffer, pfnsPtr, outPtr, count, a, b)");
    return NULL;
  }
  for (size_t i = 0; i < NR_ARGUMENTS; i++)
    if (i != 1) napi_get_value_uint32(env, argument[i], &word[i]);
  const struct Core *core = (const struct Core *)((uint8_t *)memory + CORE_PTR);
  /* Frame records in the compact layout only, which is number 0. */
  if (word[0] >= NR_TWINS || bytes < CORE_PTR + sizeof *core || core->abiHash != ABI_HASH || core->designId >> 16 ||
      word[2] + (uint64_t)word[4] * 4 > bytes || word[3] > bytes) {
    napi_throw_error(env, NULL, "no such twin, or no ledger of this layout in the buffer");
    return NULL;
  }
  const struct batch batch = {memory, word[2], word[3], word[4], word[5], word[6]};
  napi_value answer = NULL;
  napi_create_uint32(env, twins[word[0]].run(&batch), &answer);
  return answer;
}

/* What Node calls when it has loaded the library. */
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value table, value;
  napi_create_object(env, &table);
  for (uint32_t i = 0; i < NR_TWINS; i++) {
    napi_create_uint32(env, i, &value);
    napi_set_named_property(env, table, twins[i].name, value);
  }
  napi_set_named_property(env, exports, "twins", table);
  napi_create_function(env, "run", 3, run, NULL, &value);
  napi_set_named_property(env, exports, "run", value);
  return exports;
}
