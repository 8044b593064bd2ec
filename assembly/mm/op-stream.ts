// op-stream: runs operations, 16 bytes each, that the host has written into the op buffer.
//
//   word 0  │ code:u8 │ order:u8 │ memcg:u16 │      word 1  pfn, id or pid
//   word 2  type, list, limit or pid             word 3  the host's own, not read
//
// INVARIANTS  E1  A strict operation that does not answer OK has changed nothing but failCount where a limit
//                 refused, the tallies in Core, and the room that an index has set aside or won by freeing what was
//                 retired.
// CONTEXT     Between operations no address of the index is held.  There the agent announces a quiescent state, behind a
//             success when enough waits, and at the end of a batch.
// COST        One switch per operation; one call from the host per batch.
import { Err, NR_ERR_TALLIES, OP_BYTES, Op } from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { containerCreate, containerRemove, containerSetMax } from "../core/container";
import { quiescentBetween, RECLAIM_AT } from "../core/grace-period";
import { commitLedger } from "../core/ledger-lock";
import { core, inBuffers } from "../core/region";
import { taskAttach, taskExit, taskFork } from "../core/task";
import { alloc, free } from "./alloc";
import { charge, moveCharge, setType, uncharge } from "./charge";
import { split } from "./folio-split";
import { lruActivate, lruAdd, lruDel } from "./lru";
import { map, unmap } from "./map";
import { cacheAdd, cacheDel } from "./page-cache";
import {
  allocCharge,
  lruPut,
  recharge,
  release,
  replayActivate,
  replayCacheDel,
  replayLruDel,
  replayRemove,
} from "./replay";

function run(word0: u32, word1: u32, word2: u32): u32 {
  const order = (word0 >> 8) & 0xff;
  const memcgId = word0 >> 16;
  switch (word0 & 0xff) {
    case Op.NOP:
      return Err.OK;
    case Op.ALLOC:
      return alloc(word1, order);
    case Op.CHARGE:
      return charge(word1, memcgId, word2);
    case Op.UNCHARGE:
      return uncharge(word1);
    case Op.FREE:
      return free(word1, order);
    case Op.LRU_ADD:
      return lruAdd(word1, word2);
    case Op.LRU_ACTIVATE:
      return lruActivate(word1);
    case Op.LRU_DEL:
      return lruDel(word1);
    case Op.CACHE_ADD:
      return cacheAdd(word1, memcgId);
    case Op.CACHE_DEL:
      return cacheDel(word1);
    case Op.MAP:
      return map(word1);
    case Op.UNMAP:
      return unmap(word1);
    case Op.SET_TYPE:
      return setType(word1, word2);
    case Op.MOVE_CHARGE:
      return moveCharge(word1, memcgId);
    case Op.SPLIT:
      return split(word1, order);
    case Op.CONTAINER_CREATE:
      return containerCreate(word1, memcgId, word2);
    case Op.CONTAINER_REMOVE:
      return containerRemove(word1);
    case Op.CONTAINER_SET_MAX:
      return containerSetMax(word1, word2);
    case Op.TASK_ATTACH:
      return taskAttach(word1, memcgId);
    case Op.TASK_FORK:
      return taskFork(word1, word2, false);
    case Op.TASK_EXIT:
      return taskExit(word1);
    case Op.ALLOC_CHARGE:
      return allocCharge(word1, order, memcgId, word2);
    case Op.RELEASE:
      return release(word1, order);
    case Op.RECHARGE:
      return recharge(word1, order, memcgId, word2);
    case Op.LRU_PUT:
      return lruPut(word1, order, word2);
    case Op.REPLAY_ACTIVATE:
      return replayActivate(word1, order);
    case Op.REPLAY_LRU_DEL:
      return replayLruDel(word1, order);
    case Op.REPLAY_CACHE_DEL:
      return replayCacheDel(word1, order);
    case Op.REPLAY_FORK:
      return taskFork(word1, word2, true);
    case Op.REPLAY_REMOVE:
      return replayRemove(word1);
    default:
      return Err.BAD_OP;
  }
}

/** Tallies a failure; `opsBefore` operations came before it. */
function noteError(err: u32, opsBefore: u64): void {
  const c = core();
  if (SHARED) agentAt(thisAgent()).lastError = err;
  if (err < NR_ERR_TALLIES) c.errorCountsSet(err, c.errorCountsAt(err) + 1);
  if (c.firstError) return;
  c.firstError = err;
  c.firstErrorOp = opsBefore;
}

/** Runs `nrOps` operations from `ptr` on; says how many, the one included that `stopAtError` stopped at. */
export function execute(ptr: u32, nrOps: u32, stopAtError: bool): u32 {
  if (!inBuffers(ptr, <u64>nrOps * OP_BYTES)) return 0;
  const c = core();
  const opsBefore = c.opsExecuted;
  if (SHARED) agentAt(thisAgent()).lastError = Err.OK;
  let at = <usize>ptr;
  let done: u32 = 0;
  while (done < nrOps) {
    const err = run(load<u32>(at), load<u32>(at, 4), load<u32>(at, 8));
    done++;
    at += OP_BYTES;
    if (err) {
      noteError(err, opsBefore + done - 1);
      if (stopAtError) break;
    } else if (c.nrRetired >= RECLAIM_AT) {
      quiescentBetween();
    }
    if (SHARED) {
      c.opsExecuted = opsBefore + done;
      commitLedger(); // each operation by itself
      agentAt(thisAgent()).opsDone = done;
    }
  }
  c.opsExecuted = opsBefore + done;
  quiescentBetween();
  return done;
}

/** Runs one operation and answers its Err code. */
export function execOne(word0: u32, word1: u32, word2: u32, word3: u32): u32 {
  const c = core();
  const err = run(word0, word1, word2);
  if (err) noteError(err, c.opsExecuted);
  else if (c.nrRetired >= RECLAIM_AT) quiescentBetween();
  c.opsExecuted += 1;
  return err;
}
