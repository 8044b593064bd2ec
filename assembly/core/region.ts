// region: where everything lies, and the address of each thing by its number.
//
//   768    1024   2048     4 KiB on                                                    64 KiB granules, at most 4 GiB - 64 KiB
//   │ lock │ Core │ agents │ containers │ tasks │ counting │ op buffer │ transfer │ … │ frames │ owner index │ arena: slabs ──►  │
//          └─ region table        └── fixed by init ─────────────────────┘ └── sized by nrFrames ┘ └ grows on demand ─┘
//                                       with several agents: each its buffers, then the undo journal
//
// INVARIANTS  R1  Regions are in this order, 4 KiB aligned, and do not overlap.
//             R2  What was never used is all zero, and was never written: resident memory follows use, not size.
// CONTEXT     One agent at a time executes operations.  A host may read any field between two calls.
// COST        A record by number is the load of its region's base, a shift and an add.
import {
  AGENT_COUNTER_BYTES,
  AGENT_SEEN_BYTES,
  AgentCounter,
  AgentSeen,
  CONTAINER_BYTES,
  CONTAINER_STATS_BYTES,
  CORE_PTR,
  Container,
  ContainerStats,
  Core,
  PAGE_FRAME_BYTES,
  PageFrame,
} from "../abi";
import { agent } from "../prim/env";

export function core(): Core {
  return changetype<Core>(CORE_PTR);
}

export function frameAt(pfn: u32): PageFrame {
  return changetype<PageFrame>(<usize>(core().framesPtr + pfn * PAGE_FRAME_BYTES));
}

export function containerAt(id: u32): Container {
  return changetype<Container>(<usize>(core().containersPtr + id * CONTAINER_BYTES));
}

export function statsAt(id: u32): ContainerStats {
  return changetype<ContainerStats>(<usize>(core().statsPtr + id * CONTAINER_STATS_BYTES));
}

export abstract class Counters {
  /** What agent `number` keeps of container `id`. */
  @inline static at(number: u32, id: u32): AgentCounter {
    const c = core();
    return changetype<AgentCounter>(
      <usize>(c.countersPtr + (number * c.maxContainers + id) * AGENT_COUNTER_BYTES),
    );
  }
}

/** The same by a call, where it is not asked often. */
export function counterAt(number: u32, id: u32): AgentCounter {
  return Counters.at(number, id);
}

export function seenAt(number: u32, id: u32): AgentSeen {
  const c = core();
  return changetype<AgentSeen>(<usize>(c.seenPtr + (number * c.maxContainers + id) * AGENT_SEEN_BYTES));
}

/** Whether [ptr, ptr + bytes) lies within this agent's op buffer and transfer buffer, its host's own ground. */
export function inBuffers(ptr: u32, bytes: u64): bool {
  const c = core();
  if (SHARED) {
    const first = c.opsPtr + <u32>agent * c.agentBytes;
    return ptr >= first && <u64>ptr + bytes <= <u64>first + c.agentBytes;
  }
  return ptr >= c.opsPtr && <u64>ptr + bytes <= <u64>c.framesPtr;
}
