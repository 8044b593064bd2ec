// region: where everything lies, and the address of each thing by its number.
//
//   1024    4 KiB                                                            64 KiB granules, at most 4 GiB - 64 KiB
//   │ Core  │ containers │ tasks │ op buffer │ transfer │ frames │ owner index │ arena: slabs ──►     │
//   └─ region table      └── fixed by init ─────────────┘ └── sized by nrFrames ┘ └ grows on demand ──┘
//
// INVARIANTS  R1  Regions are in this order, 4 KiB aligned, and do not overlap.
//             R2  What was never used is all zero, and was never written: resident memory follows use, not size.
// CONTEXT     One agent executes operations.  A host may read any field between two calls.
// COST        A record by number is the load of its region's base, a shift and an add.
import { CONTAINER_BYTES, CORE_PTR, Container, Core, PAGE_FRAME_BYTES, PageFrame } from "../abi";

export function core(): Core {
  return changetype<Core>(CORE_PTR);
}

export function frameAt(pfn: u32): PageFrame {
  return changetype<PageFrame>(<usize>(core().framesPtr + pfn * PAGE_FRAME_BYTES));
}

export function containerAt(id: u32): Container {
  return changetype<Container>(<usize>(core().containersPtr + id * CONTAINER_BYTES));
}

/** Whether [ptr, ptr + bytes) lies within the op buffer and the transfer buffer, the host's own ground. */
export function inBuffers(ptr: u32, bytes: u64): bool {
  const c = core();
  return ptr >= c.opsPtr && <u64>ptr + bytes <= <u64>c.framesPtr;
}
