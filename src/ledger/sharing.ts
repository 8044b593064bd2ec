/**
 * sharing: how a ledger in shared memory goes from one thread to another.
 *
 *   ledger.share() ──► SharedLedger ──postMessage──► Ledger.attach(handle) ──► the same verbs ──► detach()
 *                      one agent's number is reserved, so that its thread can be recovered whenever it ends
 */
import { Container as ContainerRecord } from "../abi.js";
import type { AgentTicket } from "../core/agents.js";
import { Core } from "../core/core.js";
import { SharingError } from "../core/errors.js";
import type { Container } from "./container.js";

/** What another thread needs to join: plain data, to be posted to one worker and attached there once. */
export interface SharedLedger extends AgentTicket {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Containers so far: id, name, generation of the record. */
  readonly names: readonly (readonly [id: number, name: string, generation: number])[];
}

/** Reserves a number for one more agent.  Throws SharingError (not-shared, not-isolated, no-number). */
export function shareCore(core: Core, containers: readonly Container[]): SharedLedger {
  if (core.agents === undefined) throw new SharingError("not-shared");
  if ("crossOriginIsolated" in globalThis && !globalThis.crossOriginIsolated)
    throw new SharingError("not-isolated");
  const ticket = core.agents.reserve();
  if (ticket === undefined) throw new SharingError("no-number");
  const names = containers.map(
    ({ id, name }) => [id, name, core.containerWord(id, ContainerRecord.generation)] as const,
  );
  return { ...ticket, memory: core.memory, module: core.module, names };
}

/** Joins; also answers the names of the containers that are still those of the handle. */
export function attachCore(handle: SharedLedger): { core: Core; names: Map<number, string> } {
  const core = new Core(handle.module, {
    memory: handle.memory,
    agent: handle.agent,
    generation: handle.generation,
  });
  const names = new Map<number, string>();
  for (const [id, name, generation] of handle.names)
    if (core.isUsed(id) && core.containerWord(id, ContainerRecord.generation) === generation)
      names.set(id, name);
  return { core, names };
}
