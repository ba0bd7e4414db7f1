interface Waiting {
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Calls one at a time; who asked first is served first. */
export class Turns {
  #taken = false;
  readonly #queue: Waiting[] = [];
  #closedWith: Error | undefined;

  /**
   * Runs `body` as soon as no other runs.
   * @throws the signal's reason when aborted while waiting, or the reason of `close`
   */
  async with<R>(body: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    await this.#take(signal);
    try {
      return await body();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#taken = false;
      else next.resolve();
    }
  }

  /** Ends the waiting, now and from now on. */
  close(reason: Error): void {
    this.#closedWith ??= reason;
    for (const { reject } of this.#queue.splice(0)) reject(reason);
  }

  async #take(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closedWith !== undefined) throw this.#closedWith;
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    let abort: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiting = { resolve, reject };
        this.#queue.push(waiting);
        abort = () => {
          const at = this.#queue.indexOf(waiting);
          // A turn that came in this very moment is used, and the abort seen by its user.
          if (at < 0) return;
          this.#queue.splice(at, 1);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', abort, { once: true });
      });
    } finally {
      if (abort !== undefined) signal?.removeEventListener('abort', abort);
    }
  }
}
