/**
 * explorer: every state that a model can reach, breadth first, so that the first breach found has a shortest schedule.
 *
 *   initial state ──each process takes a step, each way it can go; each buffer lets a store out──► new states ──► …
 *        │                                                                                          │
 *        └──────────────── a set of states seen: each is expanded once, cycles end there ───────────┘
 *
 * A breach is a step that must not happen, a state in which what must always hold does not, an end that is not as it must
 * be, a state without a step though a process has not ended, or one from which something that must stay possible is not.
 * A search that meets its bound throws: it has shown nothing.
 */
import { END, Memory, type Model, WAIT } from "./machine.js";
import { StateTable } from "./state-table.js";

export interface Move {
  readonly process: string;
  readonly step: string;
  /** Variables that it changed, as "name before→after". */
  readonly changes: readonly string[];
}

export interface Breach {
  readonly rule: string;
  readonly moves: readonly Move[];
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Steps of the longest of the shortest ways to a state. */
  readonly depth: number;
  readonly breach: Breach | null;
  /** Steps that were never taken, as "process label". */
  readonly untaken: readonly string[];
}

/** Who moves: a process with the way of its step, or its buffer with the number of the store that gets out. */
interface Mover {
  readonly process: number;
  readonly way: number;
  readonly drains: boolean;
}

type Visit = (process: number, way: number, drains: boolean) => boolean;

const MOST_STATES = 8_000_000;

export function explore(model: Model, most = MOST_STATES): Exploration {
  return new Explorer(model, most).run();
}

class Explorer {
  readonly #model: Model;
  readonly #memory: Memory;
  readonly #current: Memory;
  readonly #states: StateTable;
  readonly #labels: readonly ReadonlyMap<string, number>[];
  readonly #taken: readonly Uint8Array[];
  /** All steps as pairs, from and to, where it is asked what can be reached. */
  readonly #edges: number[] | null;
  #transitions = 0;

  constructor(model: Model, most: number) {
    this.#model = model;
    this.#memory = new Memory(model);
    this.#current = new Memory(model);
    this.#states = new StateTable(this.#memory.words.length, most);
    this.#labels = model.processes.map((p) => new Map(p.steps.map((s, i) => [s.label, i])));
    this.#taken = model.processes.map((p) => new Uint8Array(p.steps.length));
    this.#edges = model.canAlways ? [] : null;
  }

  run(): Exploration {
    this.#model.init(this.#memory);
    this.#states.add(this.#memory.words, -1);
    const breach = this.#search() ?? this.#unreachable();
    const untaken = this.#model.processes.flatMap((process, p) =>
      process.steps.filter((_, i) => !this.#taken[p]![i]).map((s) => `${process.name} ${s.label}`),
    );
    const { size } = this.#states;
    const depth = this.#pathTo(size - 1).length - 1;
    return { states: size, transitions: this.#transitions, depth, breach, untaken };
  }

  #search(): Breach | null {
    let breach: Breach | null = null;
    for (let at = 0; at < this.#states.size && !breach; at++) {
      this.#states.read(at, this.#current.words);
      let moves = 0;
      this.#expand((process, way, drains) => {
        moves++;
        this.#transitions++;
        const before = this.#states.size;
        const state = this.#states.add(this.#memory.words, at);
        if (this.#edges) this.#edges.push(at, state);
        const rule = this.#memory.violation || (state === before ? this.#broken(this.#model.always) : "");
        if (!rule) return false;
        breach = { rule, moves: [...this.#replay(at), this.#moveOf({ process, way, drains })] };
        return true;
      });
      if (!moves) {
        const rule = this.#faultAtEnd();
        if (rule) breach = { rule, moves: this.#replay(at) };
      }
    }
    return breach;
  }

  /** Takes every move from #current, its result in #memory; stops when the visitor says so. */
  #expand(visit: Visit): void {
    const m = this.#memory;
    for (const [p, { steps }] of this.#model.processes.entries()) {
      for (let nth = 0; nth < this.#current.pending(p); nth++) {
        m.words.set(this.#current.words);
        if (m.drain(p, nth) && visit(p, nth, true)) return;
      }
      const pc = this.#current.pc(p);
      const step = steps[pc];
      if (!step) continue;
      for (let way = 0; way < step.ways; way++) {
        m.words.set(this.#current.words);
        m.running = p;
        m.violation = "";
        m.blocked = false;
        const next = step.run(m, way);
        if (next === WAIT || m.blocked) continue;
        this.#goTo(p, pc, next);
        this.#taken[p]![pc] = 1;
        if (visit(p, way, false)) return;
        m.violation = "";
      }
    }
  }

  #goTo(process: number, pc: number, next: string | undefined): void {
    const { name, steps } = this.#model.processes[process]!;
    const to = next === END ? steps.length : next === undefined ? pc + 1 : this.#labels[process]!.get(next);
    if (to === undefined) throw new Error(`${name}: no step ${next}`);
    if (to < steps.length) this.#memory.go(process, to);
    else this.#memory.stop(process);
  }

  /** The first rule that #memory breaks, or nothing. */
  #broken(rules: Model["always"]): string {
    for (const name in rules) if (!rules[name]!(this.#memory)) return name;
    return "";
  }

  #faultAtEnd(): string {
    this.#memory.words.set(this.#current.words);
    if (this.#model.processes.some((_, p) => !this.#memory.hasEnded(p))) return "deadlock";
    return this.#broken(this.#model.atEnd ?? {});
  }

  /** The first state from which none that `canAlways` asks for can be reached. */
  #unreachable(): Breach | null {
    const { canAlways } = this.#model;
    if (!canAlways) return null;
    const { starts, sources } = this.#stepsInto();
    for (const name in canAlways) {
      const reaches = new Uint8Array(this.#states.size);
      const queue: number[] = [];
      for (let state = 0; state < this.#states.size; state++) {
        this.#states.read(state, this.#memory.words);
        if (!canAlways[name]!(this.#memory)) continue;
        queue.push(state);
        reaches[state] = 1;
      }
      for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
        for (let i = starts[state]!; i < starts[state + 1]!; i++) {
          const from = sources[i]!;
          if (!reaches[from]) queue.push(from);
          reaches[from] = 1;
        }
      }
      const lost = reaches.indexOf(0);
      if (lost >= 0) return { rule: name, moves: this.#replay(lost) };
    }
    return null;
  }

  /** The states from which each state is reached in one step: those of `state` lie from starts[state] on. */
  #stepsInto(): { starts: Uint32Array; sources: Uint32Array } {
    const edges = this.#edges!;
    const starts = new Uint32Array(this.#states.size + 2);
    for (let i = 1; i < edges.length; i += 2) starts[edges[i]! + 2]! += 1;
    for (let state = 2; state < starts.length; state++) starts[state]! += starts[state - 1]!;
    const sources = new Uint32Array(edges.length / 2);
    for (let i = 0; i < edges.length; i += 2) sources[starts[edges[i + 1]! + 1]!++] = edges[i]!;
    return { starts, sources };
  }

  #pathTo(state: number): number[] {
    const path: number[] = [];
    for (let at = state; at >= 0; at = this.#states.parent(at)) path.push(at);
    return path.reverse();
  }

  /** The moves to a state, found again by expanding the states on the way. */
  #replay(state: number): Move[] {
    const path = this.#pathTo(state);
    const kept = this.#memory.words.slice();
    const target = this.#memory.words.slice();
    const moves: Move[] = [];
    for (let i = 1; i < path.length; i++) {
      this.#states.read(path[i - 1]!, this.#current.words);
      this.#states.read(path[i]!, target);
      this.#expand((process, way, drains) => {
        if (this.#memory.words.some((word, at) => word !== target[at])) return false;
        moves.push(this.#moveOf({ process, way, drains }));
        return true;
      });
    }
    this.#states.read(state, this.#current.words);
    this.#memory.words.set(kept);
    return moves;
  }

  /** The move from #current to #memory in words. */
  #moveOf({ process, way, drains }: Mover): Move {
    const { name, steps } = this.#model.processes[process]!;
    const step = steps[this.#current.pc(process)];
    const ways = step && step.ways > 1 ? ` (way ${way})` : "";
    const text = drains ? "a buffered store reaches memory" : `${step!.label} ${step!.text}${ways}`;
    const changes = this.#model.variables.names.flatMap((variable, at) => {
      const before = this.#current.get(at);
      const after = this.#memory.get(at);
      return before === after ? [] : [`${variable} ${before}→${after}`];
    });
    return { process: name, step: text, changes };
  }
}

/** A breach as a schedule to read, a line for each step. */
export function scheduleOf(breach: Breach): string {
  const who = Math.max(0, ...breach.moves.map((move) => move.process.length));
  const what = Math.max(0, ...breach.moves.map((move) => move.step.length));
  const lines = breach.moves.map(
    ({ process, step, changes }, i) =>
      `${String(i + 1).padStart(4)}  ${process.padEnd(who)}  ${step.padEnd(what)}  ${changes.join("  ")}`,
  );
  return [`${breach.rule}, after ${breach.moves.length} steps`, ...lines.map((line) => line.trimEnd())].join(
    "\n",
  );
}
