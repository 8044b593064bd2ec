// agent-records: what each agent keeps, and what it counts, in the notation of schema.mjs, which they are a part of.

/** Bytes that nothing has, from one offset to another, both multiples of 8. */
export const reservedWords = (from, to) =>
  Array.from({ length: (to - from) / 8 }, (_, i) => [`reserved${from + 8 * i}`, "u64", "C", ""]);

export const agentRecords = {
  Agent: {
    text: "one agent, an instance of the module on some thread; written by itself, and by who recovers it",
    sizeBytes: 256,
    fields: [
      [
        "life",
        "u32",
        "U",
        "AgentState | recoverer << 2 | generation << 8: one word, changed by cmpxchg alone",
      ],
      ["opsDone", "u32", "S", "operations of its present stream that are done for good"],
      ["mayWait", "u32", "S", "0 where its thread must not sleep, as a browser's main thread"],
      ["stopReason", "u32", "S", "Err code of the call that stopped with a trap, else 0"],
      ["aliveMs", "u32", "U", "the host's clock, in ms, when it last said that it is there"],
      ["lastError", "u32", "S", "Err code of the last operation of its stream that failed, 0 = none did"],
      ["batchAt", "u32", "S", "as Core.batchAt, for its own batches"],
      ["reserved28", "u32", "C", ""],
      ...reservedWords(32, 64),
      ["writing", "u32", "U", "1 while it writes owners without the lock"],
      ["reserved68", "u32", "C", ""],
      ...reservedWords(72, 128),
      ["epoch", "u32", "U", "last grace-period epoch that it announced, 0 = offline"],
      ["reserved132", "u32", "C", ""],
      ...reservedWords(136, 192),
      [
        "countState",
        "u32",
        "U",
        "CountState in the low byte; above it: who drains, or below which container to drain",
      ],
      ["updates", "u32", "S", "counted charges and uncharges so far, modulo 2^32"],
      ["updatesSeen", "u32", "L", "updates as of the last flush of statistics"],
      ["capacityPages", "u32", "S", "sum of the capacities of its stocks"],
      ["wayPages", "u32", "S", "pages under way: counted from wayFrom up to wayEnd, and nobody's"],
      ["wayFrom", "u32", "S", "first level of them"],
      ["wayEnd", "u32", "S", "first level above them, 0 = they reach the top"],
      ["sweepAt", "u32", "S", "container whose capacity shrinks next where there is too much"],
      ["drainedOffline", "u32", "S", "1 = it has drained offline containers that nothing may hold any more"],
      ["reserved228", "u32", "C", ""],
      ...reservedWords(232, 240),
    ],
    tails: [["slots", "u16", 8, "S", "containers with a stock, where the policy has slots"]],
  },
  AgentCounter: {
    text: "what one agent keeps of one container; written by that agent alone while it counts",
    sizeBytes: 64,
    fields: [
      ["stock", "u32", "S", "pages charged ahead, up to capacity"],
      ["capacity", "u32", "S", "how many the stock may hold"],
      ["ownedPages", "u32", "S", "stock, and the counted pages that this agent may uncharge without asking"],
      ["slowAt", "u32", "S", "Agent.updates when the stock was last filled or emptied"],
      ["linked", "u32", "S", "1 = its bit in the agent's updated set is set, or is being taken"],
      ["moves", "u32", "S", "odd while stock and ownedPages change together; goes on by two"],
      ["pageStock", "u32", "S", "pages charged ahead for charges without the lock, up to capacity"],
      ["pages", "u32", "S", "charged less uncharged without the lock by this agent, modulo 2^32"],
    ],
    tails: [
      ["counts", "u32", 8, "S", "by kind: pages charged less pages uncharged by this agent, modulo 2^32"],
    ],
  },
  AgentSeen: {
    text: "how much of an AgentCounter's counts the containers have",
    sizeBytes: 40,
    fields: [
      ["seenPages", "u32", "L", "of its pages, in chargedPages"],
      ["reserved4", "u32", "C", ""],
    ],
    tails: [["seen", "u32", 8, "L", "of its counts by kind, in the statistics"]],
  },
  ContainerStats: {
    text: "counted pages of one container by kind, as of the last flush; signed",
    sizeBytes: 64,
    fields: [],
    tails: [
      ["own", "u32", 8, "L", "charged here"],
      ["total", "u32", 8, "L", "here and below"],
    ],
  },
};
