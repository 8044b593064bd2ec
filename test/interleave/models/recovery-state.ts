/**
 * recovery-state: the words by which agents are attached, recovered and freed, and what they guard, in the model of recovery.
 *
 *   life     state │ recoverer << 2 │ generation << 4
 *   holder   agent + 1, 0 = nobody │ WAITERS
 *   count    OUT, IN, or DRAINING + who drains
 */
import { type Memory, Variables } from "../machine.js";

export type RecoveryMutation =
  | "recovered whatever the generation"
  | "generation as it was"
  | "RECOVERING by a store"
  | "ATTACHED by a store"
  | "detached whatever the generation"
  | "epoch of the dead left"
  | "victims left to themselves"
  | "victims left by who detaches"
  | "let go of what it drained at last"
  | "lock taken from whoever has it"
  | "lock given up before the undo"
  | "lock passed back after the number"
  | "waiter bit dropped at the take-over"
  | "taken after a sleep without the waiter bit"
  | "asleep whatever the word is"
  | "asleep without an end"
  | "gate left closed by a survivor that died"
  | "reader without a second look"
  | "drained beside another"
  | "freed before the stocks"
  | "what it had drained forgotten"
  | "release undone and forgotten";

export const LIVING = "only the dead are recovered";
export const TWICE = "a number has one agent at a time";
export const ALONE = "who writes or undoes holds the lock";
export const WHOLE = "with the lock free, all operations are whole and readers may enter";
export const NOTHING_LEFT = "a number that is free holds nothing and recovers nobody";
export const EXACT = "usage is stocks and what is under way";
export const WOKEN = "who sleeps will be woken";
export const READERS_OUT = "no reader is inside while an operation is undone";
export const RESTS = "the dead can always be recovered, and nobody waits for ever";

export interface RecoveryOptions {
  readonly agents: 2 | 3;
  readonly deaths: number;
  /** New lives that begin. */
  readonly births?: number;
  /** Calls that stop with a trap. */
  readonly traps?: number;
  /** Threads that reserve numbers and claim them. */
  readonly doors?: number;
  readonly writes?: boolean;
  readonly reads?: boolean;
  readonly counts?: boolean;
  readonly offline?: boolean;
  readonly leaves?: boolean;
  readonly mutation?: RecoveryMutation;
}

export enum State {
  FREE,
  RESERVED,
  ATTACHED,
  RECOVERING,
}

export enum Count {
  OUT,
  IN,
  DRAINING = 4,
}

export const WAITERS = 0x80;

export const stateOf = (life: number) => life & 3;
export const recovererOf = (life: number) => (life >> 2) & 3;
export const generationOf = (life: number) => life >> 4;
export const lifeOf = (state: State, recoverer: number, generation: number) =>
  state | (recoverer << 2) | (generation << 4);

export type RecoveryState = ReturnType<typeof recoveryState>;

export function recoveryState(options: RecoveryOptions) {
  const { agents } = options;
  const v = new Variables();
  const lives = v.many("life", agents);
  const holder = v.one("holder");
  /** What the lock guards, the journal's one note with its old value, and what was committed, beside the algorithm. */
  const cell = v.one("cell");
  const noted = v.one("noted");
  const old = v.one("old");
  const committed = v.one("committed");
  const closed = v.one("closed");
  const epochs = v.many("epoch", agents);
  const usage = v.one("usage");
  const stocks = v.many("stock", agents);
  const ways = v.many("way", agents);
  const counts = v.many("count", agents);
  const flags = v.many("drainedOffline", agents);
  /** Beside the algorithm: who sleeps, who is dead and not recovered, whether somebody died with a wake-up of others. */
  const asleep = v.many("asleep", agents);
  const deads = v.many("dead", agents);
  const eaten = v.one("eaten");
  const deaths = v.one("deaths");
  const traps = v.one("traps");
  const births = v.one("births");
  /** A ticket that was posted: generation + 1. */
  const posted = v.many("posted", agents);
  /** An agent's own: a word that it has read, whom it recovers or drains (+ 1), which life of it (+ 1), a victim of that one (+ 1). */
  const helds = v.many("held", agents);
  const targets = v.many("target", agents);
  const tickets = v.many("ticket", agents);
  const victims = v.many("victim", agents);
  const places = v.many("at", agents);
  const sums = v.many("sum", agents);
  const all = Array.from({ length: agents }, (_, a) => a);

  return {
    options,
    variables: v,
    all,
    lives,
    holder,
    cell,
    noted,
    old,
    committed,
    closed,
    epochs,
    usage,
    stocks,
    ways,
    counts,
    flags,
    asleep,
    deads,
    eaten,
    deaths,
    traps,
    births,
    posted,
    helds,
    targets,
    tickets,
    victims,
    places,
    sums,

    /** Whom `a` works on: a victim of the one that it recovers, that one, or itself. */
    subject: (m: Memory, a: number) => (m.get(victims + a) || m.get(targets + a) || a + 1) - 1,

    /** An agent's own memory, as at the start of a call. */
    forget(m: Memory, a: number): void {
      for (const first of [helds, targets, tickets, victims, places, sums]) m.set(first + a, 0);
    },

    /** Whether waiting may be in vain: then a call that waits is given up in the end, with LOCKED. */
    isStuck: (m: Memory) => all.some((a) => m.get(deads + a)),
  };
}

export function isHeldBy(word: number, agent: number): boolean {
  return (word & ~WAITERS) === agent + 1;
}
