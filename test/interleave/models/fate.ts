/** fate: ends the first processes of a model between any two of their steps, all of them but the last one alive. */
import { type Memory, type Process, step, WAIT } from "../machine.js";

/** `deads` is the first of `count` marks; `forget` clears what a process kept to itself. */
export function fateOf(deads: number, count: number, forget: (m: Memory, victim: number) => void): Process {
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    name: "fate",
    steps: [
      step(
        "kill",
        "one is terminated, all but the last",
        (m, victim) => {
          const alive = all.filter((other) => !m.get(deads + other));
          if (m.get(deads + victim) || alive.length < 2) return WAIT;
          m.stop(victim);
          m.set(deads + victim, 1);
          forget(m, victim);
          return "kill";
        },
        count,
      ),
    ],
  };
}
