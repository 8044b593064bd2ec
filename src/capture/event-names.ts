// event-names: the names that the scanner is taught before it reads: events it knows, allocation flags that matter.
//
// This is the only place where they are spelt.  Each event name is at most 64 bytes long.
import { Gfp, Kind } from "./records.js";

/** Events that become records. */
export const EVENT_KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["mm_page_alloc", Kind.MM_PAGE_ALLOC],
  ["mm_page_free", Kind.MM_PAGE_FREE],
  ["mm_page_free_batched", Kind.MM_PAGE_FREE_BATCHED],
  ["mm_lru_insertion", Kind.MM_LRU_INSERTION],
  ["mm_lru_activate", Kind.MM_LRU_ACTIVATE],
  ["mm_filemap_add_to_page_cache", Kind.MM_FILEMAP_ADD],
  ["mm_filemap_delete_from_page_cache", Kind.MM_FILEMAP_DELETE],
  ["mod_memcg_lruvec_state", Kind.MOD_MEMCG_LRUVEC_STATE],
  ["mod_memcg_state", Kind.MOD_MEMCG_STATE],
  ["count_memcg_events", Kind.COUNT_MEMCG_EVENTS],
  ["sched_process_fork", Kind.SCHED_PROCESS_FORK],
  ["sched_process_exit", Kind.SCHED_PROCESS_EXIT],
  ["rss_stat", Kind.RSS_STAT],
  ["cgroup_mkdir", Kind.CGROUP_MKDIR],
  ["cgroup_rmdir", Kind.CGROUP_RMDIR],
  ["cgroup_release", Kind.CGROUP_RELEASE],
  ["cgroup_attach_task", Kind.CGROUP_ATTACH_TASK],
  ["cgroup_rename", Kind.CGROUP_RENAME],
  ["cgroup_transfer_tasks", Kind.CGROUP_TRANSFER_TASKS],
  ["tracing_mark_write", Kind.TRACING_MARK],
  ["print", Kind.TRACING_MARK],
  ["mm_migrate_pages", Kind.MM_MIGRATE_PAGES],
  ["mark_victim", Kind.MARK_VICTIM],
  ...[
    "direct_reclaim_begin",
    "direct_reclaim_end",
    "inactive_list_is_low",
    "kswapd_sleep",
    "kswapd_wake",
    "lru_isolate",
    "lru_shrink_active",
    "lru_shrink_inactive",
    "memcg_reclaim_begin",
    "memcg_reclaim_end",
    "memcg_shrink_slab_begin",
    "memcg_shrink_slab_end",
    "memcg_softlimit_reclaim_begin",
    "memcg_softlimit_reclaim_end",
    "node_reclaim_begin",
    "node_reclaim_end",
    "reclaim_pages",
    "throttled",
    "wakeup_kswapd",
    "write_folio",
    "writepage",
  ].map((name): [string, Kind] => [`mm_vmscan_${name}`, Kind.MM_VMSCAN]),
]);

const HIGHUSER_MOVABLE = Gfp.HIGHMEM | Gfp.MOVABLE;
const TRANSHUGE = HIGHUSER_MOVABLE | Gfp.COMP;

const SINGLE_BITS: readonly (readonly [string, number])[] = [
  ["ACCOUNT", Gfp.ACCOUNT],
  ["COMP", Gfp.COMP],
  ["MOVABLE", Gfp.MOVABLE],
  ["HIGHMEM", Gfp.HIGHMEM],
  ["ZERO", Gfp.ZERO],
  ["RECLAIMABLE", Gfp.RECLAIMABLE],
  ["WRITE", Gfp.WRITE],
];

/** Allocation flags, as bits of Gfp; flags that are not listed do not matter here. */
export const GFP_FLAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ["GFP_KERNEL_ACCOUNT", Gfp.ACCOUNT],
  ["GFP_HIGHUSER", Gfp.HIGHMEM],
  ["GFP_HIGHUSER_MOVABLE", HIGHUSER_MOVABLE],
  ["GFP_TRANSHUGE", TRANSHUGE],
  ["GFP_TRANSHUGE_LIGHT", TRANSHUGE],
  // Kernels before 4.6 print the single bits without the underscores.
  ...SINGLE_BITS.flatMap(([name, bits]): [string, number][] => [
    [`__GFP_${name}`, bits],
    [`GFP_${name}`, bits],
  ]),
]);
