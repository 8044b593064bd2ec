/**
 * run-history: a history on a ledger of the public kind, one operation after the other.
 *
 * For a look at what a workload does, and for tests of what stands on a ledger.  What is to be fast hands the words to a
 * core in batches, as the benchmarks do.
 */
import { Err, type LruList, Op, PAGES_MAX, type PageType } from "../abi.js";
import { errorName, LedgerError } from "../core/errors.js";
import type { Container } from "../ledger/container.js";
import type { Ledger } from "../ledger/ledger.js";
import { opText } from "../ledger/op-verbs.js";
import { type History, OP_WORDS } from "./history.js";

const BATCH_OPS = 4096;

export interface HistoryRun {
  /** Operations run, refused ones too. */
  readonly operations: number;
  /** Those that a limit refused, as the history said. */
  readonly refused: number;
  /** The history's containers by its own ids; the ledger may have given them others. */
  readonly containers: ReadonlyMap<number, Container>;
}

/**
 * Runs what is left of a history.  The ledger begins as the history does (empty, before its first operation), with
 * `nrFrames`, `maxContainers` and `maxPids` of the history or more.  Throws LedgerError where the ledger answers anything
 * but what the history says of the operation; those before it are done.
 */
export function runHistory(ledger: Ledger, history: History): HistoryRun {
  const containers = new Map<number, Container>();
  const words = new Uint32Array(BATCH_OPS * OP_WORDS);
  let operations = 0;
  let refused = 0;
  for (let count = history.fill(words); count > 0; count = history.fill(words))
    for (let at = 0; at < count * OP_WORDS; at += OP_WORDS, operations++) {
      const expected = words[at + 3]! & 0xff;
      const answer = answerOf(() => runOne(ledger, containers, words.subarray(at, at + OP_WORDS)));
      if (answer !== undefined && Err[answer.code] === expected) refused++;
      else if (answer !== undefined) throw answer;
      else if (expected !== Err.OK)
        throw new LedgerError("BAD_ARG", opText(words[at]!, words[at + 1]!, words[at + 2]!), {
          opIndex: operations,
          remedy: `the history expects ${errorName(expected)}: begin with an empty ledger and the history's first operation`,
        });
    }
  return { operations, refused, containers };
}

function answerOf(run: () => void): LedgerError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
  return undefined;
}

function runOne(ledger: Ledger, containers: Map<number, Container>, words: Uint32Array): void {
  const [word0 = 0, word1 = 0, word2 = 0] = words;
  const order = (word0 >>> 8) & 0xff;
  /** The container of that number in the history; its number itself, which the ledger refuses, where there is none. */
  const of = (id: number) => containers.get(id) ?? id;
  const memcg = of(word0 >>> 16);
  switch (word0 & 0xff) {
    case Op.CONTAINER_CREATE: {
      const maxPages = word2 === PAGES_MAX ? Number.POSITIVE_INFINITY : word2;
      const parent = word0 >>> 16 === 0 ? null : memcg;
      containers.set(word1, ledger.createContainer({ name: String(word1), parent, maxPages }));
      return;
    }
    case Op.CONTAINER_SET_MAX:
      containers.get(word1)?.setMax(word2 === PAGES_MAX ? Number.POSITIVE_INFINITY : word2);
      return;
    case Op.TASK_ATTACH:
      ledger.attachTask(word1, word0 >>> 16 === 0 ? null : memcg);
      return;
    case Op.TASK_FORK:
      ledger.forkTask(word1, word2);
      return;
    case Op.TASK_EXIT:
      ledger.exitTask(word1);
      return;
    case Op.ALLOC:
      ledger.allocate(word1, order);
      return;
    case Op.FREE:
      ledger.free(word1, order);
      return;
    case Op.CHARGE:
      ledger.charge(word1, memcg, word2 as PageType);
      return;
    case Op.CACHE_ADD:
      ledger.cacheAdd(word1, ...(word0 >>> 16 === 0 ? [] : [memcg]));
      return;
    case Op.CACHE_DEL:
      ledger.cacheDel(word1);
      return;
    case Op.LRU_ADD:
      ledger.lruAdd(word1, word2 as LruList);
      return;
    case Op.LRU_ACTIVATE:
      ledger.activate(word1);
      return;
    case Op.MAP:
      ledger.map(word1);
      return;
    case Op.UNMAP:
      ledger.unmap(word1);
      return;
    default:
      throw new LedgerError("BAD_OP", opText(word0, word1, word2));
  }
}
