// halves: rounds that charge and uncharge again, of which one half is timed and the other is run beyond the clock.
import { rotate } from "../../dist/measure/index.js";

export const PHASES = /** @type {const} */ (["charge", "uncharge"]);

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => void} charge all items of a round
 * @property {() => void} uncharge the same ones
 * @property {() => number} chargedPages compared after each half: all contenders must agree
 */

/**
 * Times the half that `phase` names of every contender, in rotation.
 * @param {Contender[]} contenders
 * @param {typeof PHASES[number]} phase
 * @param {{ items: number, rounds: number, minSampleMs: number }} parameters
 */
export function timeHalf(contenders, phase, { items, rounds, minSampleMs }) {
  let ns = 0;
  const clock = (run, timed) => {
    const start = performance.now();
    run();
    if (timed) ns += (performance.now() - start) * 1e6;
  };
  const competitors = contenders.map(({ name, charge, uncharge, chargedPages }) => ({
    name,
    run() {
      clock(charge, phase === "charge");
      const charged = chargedPages();
      clock(uncharge, phase === "uncharge");
      return charged * 2 + chargedPages();
    },
  }));
  // What a round reports of itself, over as many rounds as make a sample.
  const sampler = (run) => {
    run();
    ns = 0;
    let runs = 0;
    do {
      run();
      runs++;
    } while (ns < minSampleMs * 1e6);
    return ns / runs;
  };
  return rotate(competitors, { items, rounds, minSampleMs, sampler });
}
