/**
 * witness: the memcg event that happened last on each CPU.
 *
 * Where the kernel bumps a memcg counter for a folio, the event of the counter directly precedes the event of the
 * folio on the same CPU:
 *
 *   mod_memcg_lruvec_state memcg_id=G item=lru val=n   →  mm_lru_insertion pfn=P lru=lru          (P is G's)
 *   mod_memcg_lruvec_state memcg_id=G item=FILE_PAGES  →  mm_filemap_add_to_page_cache pfn=P      (P is G's)
 *   mod_memcg_state        memcg_id=G item=KMEM val=n  →  mm_page_alloc … ACCOUNT pfn=P           (P is G's)
 *
 * An interrupt can come between two events of a task; what happens inside it is not remembered here.
 */
import { MAX_CPUS } from "./limits.js";

export const WITNESS_NONE = 0;
export const WITNESS_LRUVEC = 1;
export const WITNESS_STATE = 2;

export class CpuWitness {
  /** What the last event of a task on this CPU was. */
  readonly kind = new Uint8Array(MAX_CPUS);
  readonly container = new Uint16Array(MAX_CPUS);
  readonly item = new Uint32Array(MAX_CPUS);
  readonly value = new Int32Array(MAX_CPUS);
  /** The movable allocation that happened last on this CPU, as long as it could still turn out to be tmpfs. */
  readonly allocPfn = new Uint32Array(MAX_CPUS);
  readonly allocPages = new Uint32Array(MAX_CPUS);
  readonly allocPid = new Int32Array(MAX_CPUS);

  set(cpu: number, kind: number, container: number, item: number, value: number): void {
    this.kind[cpu] = kind;
    this.container[cpu] = container;
    this.item[cpu] = item;
    this.value[cpu] = value;
  }

  clear(cpu: number): void {
    this.kind[cpu] = WITNESS_NONE;
  }

  setAlloc(cpu: number, pfn: number, nrPages: number, pid: number): void {
    this.allocPfn[cpu] = pfn;
    this.allocPages[cpu] = nrPages;
    this.allocPid[cpu] = pid;
  }
}
