export interface LaneSettings {
  /** Transfers side by side. */
  readonly count: number;
  /** How often a transfer's pace is looked at. */
  readonly windowMs: number;
  /** Bytes a second below which a transfer is slow, whatever the others do. */
  readonly slowBytesPerSecond: number;
}

export const LANE_DEFAULTS: LaneSettings = {
  count: 4,
  windowMs: 10_000,
  slowBytesPerSecond: 256 * 1024,
};

/** A transfer so much slower than the best is slow, although it shares the line with three others. */
const SLOWER_THAN_BEST = 16;
/** What comes of less tells little about the line. */
const TELLING_BYTES = 256 * 1024;
const REMEMBERED = 64;
/** More do not start beside the lanes. */
const MOST_BESIDE = 32;

/** What a transfer reports to its lane. */
export interface Lane {
  /** So many bytes have come. */
  received(bytes: number): void;
  /** Bytes a second of the fastest other transfer meanwhile; 0 when none tells anything. */
  bestOfOthers(): number;
  /** Bytes a second of this one. */
  bytesPerSecond(): number;
}

export interface LaneRun {
  readonly signal?: AbortSignal | undefined;
  /** It has been slow before: it starts beside the others, at once. */
  readonly beside?: boolean | undefined;
  /** It gives its place up. May be called more than once. */
  readonly onSlow?: (() => void) | undefined;
}

interface Measured {
  readonly of: Pace;
  readonly at: number;
  readonly bytesPerSecond: number;
}

/**
 * Lets a few transfers run side by side, in the order they came. One that is slow gives its place up and goes on
 * beside them: it costs no more than a socket, and whoever waits is not delayed by it.
 */
export class Lanes {
  readonly #settings: LaneSettings;
  readonly #waiting: (() => void)[] = [];
  readonly #measured: Measured[] = [];
  #free: number;
  #beside = 0;

  constructor(settings: Partial<LaneSettings> = {}) {
    this.#settings = { ...LANE_DEFAULTS, ...settings };
    this.#free = this.#settings.count;
  }

  /** Runs a transfer when its turn has come. Rejects with what it throws, or the signal's reason while it waits. */
  async run<T>(work: (lane: Lane) => Promise<T>, o: LaneRun = {}): Promise<T> {
    let holds = o.beside !== true || this.#beside >= MOST_BESIDE;
    if (holds) await this.#place(o.signal);
    else this.#beside++;
    const giveUp = () => {
      if (!holds) return;
      holds = false;
      this.#beside++;
      this.#leave();
    };
    const pace = new Pace();
    const timer = setInterval(() => {
      const bytesPerSecond = pace.endWindow();
      this.#measure(pace, bytesPerSecond);
      if (!this.#isSlow(bytesPerSecond)) return;
      giveUp();
      o.onSlow?.();
    }, this.#settings.windowMs).unref();
    try {
      return await work({
        received: (bytes) => pace.add(bytes),
        bestOfOthers: () => this.#best((one) => one.of !== pace && one.at >= pace.startedAt),
        bytesPerSecond: () => pace.bytesPerSecond,
      });
    } finally {
      clearInterval(timer);
      if (pace.bytes >= TELLING_BYTES) this.#measure(pace, pace.bytesPerSecond);
      if (holds) this.#leave();
      else this.#beside--;
    }
  }

  #isSlow(bytesPerSecond: number): boolean {
    return bytesPerSecond < Math.max(this.#settings.slowBytesPerSecond, this.#best() / SLOWER_THAN_BEST);
  }

  #best(counts: (one: Measured) => boolean = () => true): number {
    return this.#measured.reduce((best, one) => (counts(one) ? Math.max(best, one.bytesPerSecond) : best), 0);
  }

  #measure(of: Pace, bytesPerSecond: number): void {
    this.#measured.push({ of, at: performance.now(), bytesPerSecond });
    if (this.#measured.length > REMEMBERED) this.#measured.shift();
  }

  #place(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve, fail) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        fail(signal?.reason as Error);
      };
      this.#waiting.push(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** The place goes to who waits longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

class Pace {
  readonly startedAt = performance.now();
  #windowStartedAt = this.startedAt;
  #windowBytes = 0;
  #bytes = 0;

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#windowBytes += bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bytesPerSecond(): number {
    return perSecond(this.#bytes, this.startedAt);
  }

  endWindow(): number {
    const pace = perSecond(this.#windowBytes, this.#windowStartedAt);
    this.#windowStartedAt = performance.now();
    this.#windowBytes = 0;
    return pace;
  }
}

function perSecond(bytes: number, since: number): number {
  return (bytes * 1000) / Math.max(1, performance.now() - since);
}
