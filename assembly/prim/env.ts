// env: what the host hands to an instance besides its memory.

/** Number of the agent that this instance works for, below NR_AGENTS.  Only instances in shared memory have it. */
export declare const agent: i32;
