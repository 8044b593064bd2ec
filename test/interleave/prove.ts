/**
 * prove: what the tests of all models share.  A model as it stands is explored to its end, and says how many states that
 * were; a mutated one must be found out, by the rule that the mutation is known to break.
 */
import { expect } from "vitest";
import { type Exploration, explore, scheduleOf } from "./explorer.js";
import type { Model } from "./machine.js";

/** Larger models as well: INTERLEAVE=large. */
export const LARGE = process.env.INTERLEAVE === "large";

const MOST_STATES = LARGE ? 60_000_000 : 4_000_000;

/** Explores a model that must hold, and in which every step must be taken but those named. */
export function proves(model: Model, untaken: readonly string[] = []): void {
  const seen = explore(model, MOST_STATES);
  console.log(`${model.name}: ${figures(seen)}, ${seen.breach ? "BROKEN" : "holds"}`);
  expect(seen.breach && scheduleOf(seen.breach)).toBeNull();
  expect(seen.untaken).toEqual(untaken);
}

/** Explores a model with a mutation, which must break `rule`. */
export function finds(model: Model, rule: string): void {
  const seen = explore(model, MOST_STATES);
  if (process.env.INTERLEAVE === "show" && seen.breach) console.log(model.name, scheduleOf(seen.breach));
  expect(seen.breach?.rule, `${model.name}: ${figures(seen)}`).toBe(rule);
}

function figures({ states, transitions, depth }: Exploration): string {
  const n = (count: number) => count.toLocaleString("en");
  return `${n(states)} states, ${n(transitions)} steps, depth ${n(depth)}`;
}
