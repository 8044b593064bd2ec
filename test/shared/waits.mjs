// waits: each place where an agent sleeps, on a thread of its own, woken again and again before what it waits for comes.
//
//   node [a flag of V8] waits.mjs MODULE.wasm CASE …        prints {"CASE": {"woken": times, "end": "done" or an error's code}}
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { AGENTS_PTR, Agent, CountState, LedgerLock, LOCK_PTR, Op, Core as Table } from "../../dist/abi.js";
import { Core } from "../../dist/core/core.js";

const LEAF = 1;
const KIND = 1;
const HOLDER = (LOCK_PTR + LedgerLock.holder) >>> 2;
const GATE = (LOCK_PTR + LedgerLock.readersClosed) >>> 2;
const JOURNAL_END = (LOCK_PTR + LedgerLock.journalEnd) >>> 2;
const wordOf = (agent, offset) => (AGENTS_PTR + agent * Agent.sizeBytes + offset) >>> 2;
/** Words that the two threads tell each other by. */
const [GO, ENDED] = [0, 1];

/** `shut` answers the word that the worker sleeps on, in its `call`, until the word is 0; `wakes` = how often it wakes before. */
const CASES = {
  lock: {
    wakes: 20,
    shut: (core) => set(core, HOLDER, core.agent + 1),
    call: (core) => core.runOne(Op.NOP, 0, 0) || core.ownerOf(0),
  },
  gate: {
    wakes: 20,
    shut: (core) => set(core, GATE, 1),
    call: (core) => core.online(),
  },
  lookup: {
    wakes: 20,
    shut: (core) => set(core, GATE, 1),
    call: (core) => core.ownersInto(new Uint32Array(1)),
  },
  announcement: {
    wakes: 20,
    prepare: (core) => core.online(),
    shut: (core) => set(core, GATE, 1),
    call: (core) => core.ownersInto(new Uint32Array(256)),
  },
  counting: {
    wakes: 20,
    shut: (core, agent) => set(core, wordOf(agent, Agent.countState), CountState.DRAINING),
    call: (core) => core.counting.charge(LEAF, 1, KIND),
  },
  // Waits for one that never drains, and gives up.
  request: {
    wakes: 0,
    shut: (core) => {
      core.counting.charge(LEAF, 1, KIND);
      return wordOf(core.agent, Agent.countState);
    },
    call: (core) => core.counting.drain(),
  },
  // A reader that was inside comes out.  Patience is short here, so few are enough.
  recovery: {
    wakes: 5,
    shut: (core, _, module) => {
      dieHolding(core, module);
      const reader = core.agents.reserve();
      core.agents.claim(reader);
      return set(core, wordOf(reader.agent, Agent.epoch), core.coreWord(Table.gpEpoch));
    },
    call: (core) => {
      const { id: agent, generation } = core.agents.list().find(({ holdsLock }) => holdsLock);
      core.recover({ agent, generation });
    },
  },
};

function set(core, word, value) {
  Atomics.store(new Int32Array(core.memory.buffer), word, value);
  return word;
}

/** An agent that traps with the lock and a note in the journal. */
function dieHolding(core, module) {
  const ticket = core.agents.reserve();
  core.agents.claim(ticket);
  const env = { memory: core.memory, agent: ticket.agent };
  const { execOne } = new WebAssembly.Instance(module, { env }).exports;
  const end = core.u32[JOURNAL_END];
  core.u32[JOURNAL_END] = core.coreWord(Table.journalPtr) + 16;
  try {
    execOne(Op.CONTAINER_CREATE, LEAF + 1, 100, 0);
  } catch {
    // The journal had no room for a second note.
  }
  core.u32[JOURNAL_END] = end;
}

/** The worker: calls when it may, and says how the call ended. */
function work({ handle, name, flags }) {
  const { prepare, call } = CASES[name];
  const core = new Core(handle.module, handle);
  prepare?.(core);
  parentPort.postMessage("ready");
  Atomics.wait(flags, GO, 0);
  let end = "done";
  try {
    call(core);
  } catch (error) {
    end = error.code ?? String(error);
  }
  Atomics.store(flags, ENDED, 1);
  parentPort.postMessage(end);
}

/** Runs one case; answers how often the worker was woken in vain, and how its call ended. */
async function watch(module, name) {
  const { wakes, shut } = CASES[name];
  const core = new Core(module, { nrFrames: 1024, maxContainers: 4, maxPids: 4, agents: 4 });
  core.runOne(Op.CONTAINER_CREATE, LEAF, 1000);
  const ticket = core.agents.reserve();
  const handle = { ...ticket, memory: core.memory, module, names: [] };
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { handle, name, flags } });
  const exit = once(worker, "exit");
  await once(worker, "message");
  const ended = once(worker, "message");
  const word = shut(core, ticket.agent, module);
  const words = new Int32Array(core.memory.buffer);
  Atomics.store(flags, GO, 1);
  Atomics.notify(flags, GO);
  let woken = 0;
  while (woken < wakes && Atomics.load(flags, ENDED) === 0) {
    woken += Atomics.notify(words, word);
    Atomics.wait(flags, ENDED, 0, 0.2);
  }
  if (wakes > 0) Atomics.store(words, word, 0);
  Atomics.notify(words, word);
  const [end] = await ended;
  await exit;
  return { woken, end };
}

if (isMainThread) {
  const [path, ...names] = process.argv.slice(2);
  const module = new WebAssembly.Module(readFileSync(path));
  const found = {};
  for (const name of names) found[name] = await watch(module, name);
  console.log(JSON.stringify(found));
} else {
  work(workerData);
}
