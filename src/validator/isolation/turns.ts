interface Waiting<T> {
  resolve: (thing: T) => void;
  reject: (reason: unknown) => void;
}

/** A few things that many want, each by one at a time; who asked first is served first. */
export class Turns<T> {
  readonly #free: T[];
  readonly #queue: Waiting<T>[] = [];
  #closedWith: Error | undefined;

  constructor(things: readonly T[]) {
    this.#free = [...things];
  }

  /**
   * Runs `body` with a thing as soon as one is free.
   * @throws the signal's reason when aborted while waiting, or the reason of `close`
   */
  async with<R>(body: (thing: T) => Promise<R>, signal?: AbortSignal): Promise<R> {
    const thing = await this.#take(signal);
    try {
      return await body(thing);
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#free.push(thing);
      else next.resolve(thing);
    }
  }

  /** Ends the waiting, now and from now on. */
  close(reason: Error): void {
    this.#closedWith ??= reason;
    for (const { reject } of this.#queue.splice(0)) reject(reason);
  }

  async #take(signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closedWith !== undefined) throw this.#closedWith;
    const free = this.#free.shift();
    if (free !== undefined) return free;
    let abort: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const waiting = { resolve, reject };
        this.#queue.push(waiting);
        abort = () => {
          const at = this.#queue.indexOf(waiting);
          // A thing that was handed over in this very moment is used, and the abort seen by its user.
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
