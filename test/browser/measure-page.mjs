// measure-page: two competitors timed in a page, one of which does four times the work.
import { ratioOf, rotate } from "../../dist/measure/index.js";

globalThis.measureInPage = () => {
  const work = (times) => {
    let sum = 0;
    for (let i = 0; i < times * 1e5; i++) sum = (Math.imul(sum, 31) + (i % 1e5)) | 0;
    return sum === 0.5 ? 0 : 1;
  };
  const estimates = rotate(
    [
      { name: "once", run: () => work(1) },
      { name: "four times", run: () => work(4) },
    ],
    { items: 1, rounds: 3, minSampleMs: 5 },
  );
  return { estimates, ratio: ratioOf(estimates[1], estimates[0]) };
};
