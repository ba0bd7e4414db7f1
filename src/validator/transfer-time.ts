/** The time that a model's own transfers may take; waiting for others' does not count. */
export class TransferTime {
  #leftMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
  }

  /** Runs a transfer with what is left, at least a millisecond. */
  async spend<T>(transfer: (deadlineMs: number) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await transfer(Math.max(1, Math.round(this.#leftMs)));
    } finally {
      this.#leftMs -= performance.now() - startedAt;
    }
  }
}
