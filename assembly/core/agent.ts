// agent: who calls, and the records of all agents.
//
//   AGENTS_PTR  │ agent 0 │ agent 1 │ …        256 bytes each: what it is doing │ its epoch, on lines of its own │
//
// An agent is one instance of the module, on whatever thread.  Its number is the instance's own, an import; in builds for
// one agent it is the constant 0, and no import.
//
// CONTEXT     A record is written by its agent, by the host for it, or by who recovers it: never noted for undo.
import { AGENT_BYTES, AGENTS_PTR, Agent, Err } from "../abi";
import { agent as importedNumber } from "../prim/env";
import { dawdle } from "../prim/torture";

/** Number of the agent that calls. */
export function thisAgent(): u32 {
  return SHARED ? <u32>importedNumber : 0;
}

export function agentAt(number: u32): Agent {
  return changetype<Agent>(AGENTS_PTR + number * AGENT_BYTES);
}

/** In builds for torture: a reader takes its time between two loads. */
export function linger(): void {
  if (TORTURE) dawdle(changetype<usize>(agentAt(thisAgent())) + offsetof<Agent>("reserved32"));
}

/** Likewise, about a step that is wrong on purpose. */
export function lingerLong(): void {
  for (let turn = 0; turn < 256; turn++) linger();
}

/** Ends the call with a trap: nothing it has noted will stand, and the host finds the reason. */
export function stop(reason: Err): void {
  agentAt(thisAgent()).stopReason = reason;
  unreachable();
}
