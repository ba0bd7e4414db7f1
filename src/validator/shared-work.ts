/** Work that several callers want under one name. */
export class SharedWork {
  readonly #queues = new Map<string, Queue>();
  readonly #leaders = new Map<string, Promise<void>>();

  /**
   * Runs `work` after all that others asked for under the name before; who has asked already, and has no answer yet,
   * gets the same one. When the work at the head is slow, everyone who waits is told so.
   */
  async inTurn<T>(
    o: { name: string; who: string; signal: AbortSignal; onSlow?: (() => void) | undefined },
    work: (onSlow: () => void) => Promise<T>,
  ): Promise<T> {
    const queue = this.#queues.get(o.name) ?? new Queue();
    this.#queues.set(o.name, queue);
    const told = () => o.onSlow?.();
    queue.waiting.add(told);
    if (queue.slow) told();
    try {
      return await ((queue.asked.get(o.who) as Promise<T> | undefined) ?? queue.add(o, work));
    } finally {
      queue.waiting.delete(told);
      if (queue.waiting.size === 0) this.#queues.delete(o.name);
    }
  }

  /**
   * Runs `work` when nobody else does under the name, or who does has ended or stepped down; so it finds what others
   * have done, or does it itself.
   */
  async firstOf<T>(
    name: string,
    signal: AbortSignal,
    work: (stepDown: () => void) => Promise<T>,
  ): Promise<T> {
    for (let leader = this.#leaders.get(name); leader !== undefined; leader = this.#leaders.get(name)) {
      await leader;
      signal.throwIfAborted();
    }
    let stepDown = () => undefined as void;
    const leading = new Promise<void>((resolve) => {
      stepDown = () => {
        if (this.#leaders.get(name) === leading) this.#leaders.delete(name);
        resolve();
      };
    });
    this.#leaders.set(name, leading);
    try {
      return await work(stepDown);
    } finally {
      stepDown();
    }
  }
}

class Queue {
  readonly waiting = new Set<() => void>();
  readonly asked = new Map<string, Promise<unknown>>();
  slow = false;
  #tail: Promise<unknown> = Promise.resolve();

  add<T>(o: { who: string; signal: AbortSignal }, work: (onSlow: () => void) => Promise<T>): Promise<T> {
    const mine = this.#tail.then(async () => {
      try {
        o.signal.throwIfAborted();
        this.slow = false;
        return await work(() => {
          this.slow = true;
          for (const tell of this.waiting) tell();
        });
      } finally {
        this.asked.delete(o.who);
      }
    });
    this.asked.set(o.who, mine);
    this.#tail = mine.catch(() => undefined);
    return mine;
  }
}
