/**
 * newest: of many wishes, one is under way and the newest waits; those between are forgotten.  The one under way is told
 * that there is a newer.
 */
export class Newest<T> {
  readonly #serve: (wish: T) => Promise<void>;
  readonly #giveWay: () => void;
  #waiting: { wish: T } | undefined;
  #isServing = false;

  /** `serve` handles its own failures. */
  constructor(serve: (wish: T) => Promise<void>, giveWay: () => void) {
    this.#serve = serve;
    this.#giveWay = giveWay;
  }

  want(wish: T): void {
    this.#waiting = { wish };
    if (this.#isServing) this.#giveWay();
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#isServing = true;
    try {
      while (this.#waiting !== undefined) {
        const { wish } = this.#waiting;
        this.#waiting = undefined;
        await this.#serve(wish);
      }
    } finally {
      this.#isServing = false;
    }
  }
}
