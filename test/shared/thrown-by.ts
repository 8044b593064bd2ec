/** thrown-by: the error that a call ends with. */

/** What a call throws; nothing thrown is an error, which says `what` was called. */
export function thrownBy(run: () => unknown, what = ""): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was thrown ${what}`);
}
