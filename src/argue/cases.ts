/**
 * cases: everything in which two designs are compared, as ratios of their times.
 *
 *   the machine's history │ lives of charged pages │ lookups alone │ lookups with the frame touched
 *
 * The last two belong together: an owner beside the frame may be found sooner, but an operation on the page touches the
 * frame anyway, and an owner in it then costs no line more.
 */
import { present } from "./charts.js";
import { ALONE, TOUCHED } from "./full-machine.js";
import type { Ratio } from "./judge.js";
import type { Laboratory } from "./laboratory.js";
import { CHARGED } from "./life.js";
import { ratio } from "./trials.js";

export const HISTORY = "the machine's history";

/** Time with design `a` over that with `b`, in each case; what could not be measured goes to `missing`. */
export async function casesOf(lab: Laboratory, a: string, b: string, missing: string[]): Promise<Ratio[]> {
  return present(
    [
      [HISTORY, ratio(await lab.replays(), a, b, HISTORY)],
      [CHARGED.label, ratio(await lab.lives(CHARGED), a, b, CHARGED.label)],
      [ALONE.label, ratio(await lab.lookups(ALONE), a, b, ALONE.label)],
      [TOUCHED.label, ratio(await lab.lookups(TOUCHED), a, b, TOUCHED.label)],
    ],
    missing,
    `design ${a} or ${b} is not built`,
  );
}
