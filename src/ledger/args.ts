/**
 * args: what a caller passes, checked before it becomes 32-bit words.
 *
 * WebAssembly would take any number modulo 2^32 and make a wrong one right by chance.  So whatever is no whole number
 * of the right size is refused here, with the code that the core gives to one merely out of bounds.
 */
import { COUNT_PAGES_MAX, NR_KINDS, PAGES_MAX } from "../abi.js";
import { LedgerError, type LedgerErrorCode } from "../core/errors.js";

const U32_MAX = 0xffff_ffff;
const U16_MAX = 0xffff;
const U8_MAX = 0xff;

function isUint(n: number, max: number): boolean {
  return Number.isInteger(n) && n >= 0 && n <= max;
}

function refuse(code: LedgerErrorCode, verb: string, name: string, n: unknown): never {
  throw new LedgerError(code, `${verb}(${name} ${String(n)})`);
}

export function checkPfn(verb: string, pfn: number): number {
  return isUint(pfn, U32_MAX) ? pfn : refuse("BAD_PFN", verb, "pfn", pfn);
}

/** Many pfns: no other array, for those would be cut to 32 bits one by one, fractions and all. */
export function checkPfns(verb: string, pfns: Uint32Array): Uint32Array {
  const what = Object.prototype.toString.call(pfns).slice(8, -1);
  if (what === "Uint32Array") return pfns;
  throw new LedgerError("BAD_ARG", `${verb}(pfns: ${what})`, { remedy: "pass the pfns as a Uint32Array" });
}

export function checkOrder(verb: string, order: number): number {
  return isUint(order, U8_MAX) ? order : refuse("BAD_ORDER", verb, "order", order);
}

export function checkType(verb: string, type: number): number {
  return isUint(type, U8_MAX) ? type : refuse("BAD_TYPE", verb, "type", type);
}

export function checkList(verb: string, list: number): number {
  return isUint(list, U8_MAX) ? list : refuse("BAD_LIST", verb, "list", list);
}

export function checkPid(verb: string, pid: number): number {
  return isUint(pid, U32_MAX) ? pid : refuse("BAD_PID", verb, "pid", pid);
}

export function checkContainerId(verb: string, id: number): number {
  return isUint(id, U16_MAX) && id !== 0 ? id : refuse("NO_CONTAINER", verb, "container", id);
}

/** A number of frames, containers or pids. */
export function checkCount(verb: string, name: string, n: number): number {
  return isUint(n, U32_MAX) ? n : refuse("BAD_ARG", verb, name, n);
}

/** A limit in pages; Infinity and `undefined` mean none. */
export function checkMaxPages(verb: string, maxPages: number | undefined): number {
  if (maxPages === undefined || maxPages === Number.POSITIVE_INFINITY) return PAGES_MAX;
  return isUint(maxPages, U32_MAX) ? maxPages : refuse("BAD_ARG", verb, "maxPages", maxPages);
}

/** Pages of one counted charge or uncharge. */
export function checkPages(verb: string, pages: number): number {
  return isUint(pages, COUNT_PAGES_MAX) ? pages : refuse("BAD_ARG", verb, "pages", pages);
}

export function checkKind(verb: string, kind: number): number {
  return isUint(kind, NR_KINDS - 1) ? kind : refuse("BAD_ARG", verb, "kind", kind);
}
