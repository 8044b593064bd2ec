/**
 * newest: of many wishes, one is under way and the newest waits; those between are forgotten.
 */
export class Newest<T> {
  readonly #serve: (wish: T) => Promise<void>;
  #waiting: { wish: T } | undefined;
  #isServing = false;

  /** `serve` handles its own failures. */
  constructor(serve: (wish: T) => Promise<void>) {
    this.#serve = serve;
  }

  want(wish: T): void {
    this.#waiting = { wish };
    if (!this.#isServing) void this.#run();
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
