/**
 * sharing: how a ledger in shared memory goes from one thread to another.
 *
 *   ledger.share() ──► SharedLedger ──postMessage──► Ledger.attach(handle) ──► the same verbs ──► detach()
 *                      one agent's number is reserved, so that its thread can be recovered whenever it ends
 */
import { CONTAINERS_MAX, Container as ContainerRecord, GENERATION_SHIFT, NR_AGENTS } from "../abi.js";
import type { AgentInfo, AgentTicket } from "../core/agents.js";
import { Core } from "../core/core.js";
import { AGENT_REMEDY, LedgerError, SharingError } from "../core/errors.js";
import { isShared } from "../core/instance.js";
import type { Container } from "./container.js";
import { isName } from "./container-book.js";

const GENERATIONS = 2 ** (32 - GENERATION_SHIFT);

const isNumberBelow = (n: unknown, end: number): n is number =>
  Number.isInteger(n) && (n as number) >= 0 && (n as number) < end;

const kindOf = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1);

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

/** Whether all of a handle is what share() puts there; it came through a message, from whoever. */
function isHandle(handle: unknown): handle is SharedLedger {
  const { memory, module, agent, generation, names } = Object(handle) as Partial<SharedLedger>;
  return (
    kindOf(memory) === "WebAssembly.Memory" &&
    kindOf(memory?.buffer) === "SharedArrayBuffer" &&
    kindOf(module) === "WebAssembly.Module" &&
    isShared(module as WebAssembly.Module) &&
    isNumberBelow(agent, NR_AGENTS) &&
    isNumberBelow(generation, GENERATIONS) &&
    Array.isArray(names) &&
    (names as unknown[]).every(isNamed)
  );
}

function isNamed(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length !== 3) return false;
  const [id, name, generation] = entry as unknown[];
  const fits = isNumberBelow(id, CONTAINERS_MAX) && id > 0 && isNumberBelow(generation, 2 ** 32);
  return fits && typeof name === "string" && isName(name);
}

/** A core for the agent of a handle.  A memory that no ledger's module can have is refused as a bad handle. */
function joinCore({ module, memory, agent, generation }: SharedLedger): Core {
  try {
    return new Core(module, { memory, agent, generation });
  } catch (cause) {
    throw cause instanceof WebAssembly.LinkError ? new SharingError("bad-handle", { cause }) : cause;
  }
}

/**
 * Joins; also answers the names of the containers that are still those of the handle.  Throws SharingError (bad-handle,
 * used-up, other-design) or AbiMismatchError, and has taken nothing then.
 */
export function attachCore(handle: SharedLedger): { core: Core; names: Map<number, string> } {
  if (!isHandle(handle)) throw new SharingError("bad-handle");
  const core = joinCore(handle);
  const names = new Map<number, string>();
  for (const [id, name, generation] of handle.names)
    if (
      id < core.maxContainers &&
      core.isUsed(id) &&
      core.containerWord(id, ContainerRecord.generation) === generation
    )
      names.set(id, name);
  return { core, names };
}

/** The life of a number that is meant; LedgerError BAD_ARG for a number alone, which may have been given out again. */
export function ticketOf(who: AgentTicket | AgentInfo): AgentTicket {
  const { agent, id, generation } = Object(who) as Partial<AgentTicket & AgentInfo>;
  const number = agent ?? id;
  if (isNumberBelow(number, NR_AGENTS) && isNumberBelow(generation, GENERATIONS))
    return { agent: number, generation };
  throw new LedgerError(
    "BAD_ARG",
    `recover(agent ${String(number ?? who)}, generation ${String(generation)})`,
    {
      remedy: AGENT_REMEDY.recover.BAD_ARG,
    },
  );
}

/** Runs a batch that is carried out whole or not at all; where its call stops, the error names where it began. */
export function runAt<T>(opIndex: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof LedgerError ? error.at(opIndex) : error;
  }
}
