/** Runs jobs of one key one after the other, in the order they came; jobs of different keys side by side. */
export class Serial {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `job` when every earlier job of `key` is over, however it ended. */
  async run<T>(key: string, job: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(job, job);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
