/** Why an endpoint is left alone for a while. `foreign`: it serves another chain. */
export type Failure = 'lost' | 'rate-limited' | 'foreign';

/** How long an endpoint is left alone after its n-th failure in a row: `firstMs`, doubled each time up to `longestMs`. */
const BACKOFF: Readonly<Record<Failure, { readonly firstMs: number; readonly longestMs: number }>> = {
  lost: { firstMs: 250, longestMs: 30_000 },
  'rate-limited': { firstMs: 15_000, longestMs: 300_000 },
  foreign: { firstMs: 300_000, longestMs: 300_000 },
};
/** What a server may ask for with Retry-After; more is taken for a mistake. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

interface Candidate {
  readonly endpoint: string;
  failures: number;
  /** Not to be tried before this time. */
  notBeforeMs: number;
}

/** Whose turn it is among the endpoints of one chain, and when. Knows no clock and no socket. */
export class EndpointRota {
  readonly #candidates: readonly Candidate[];
  readonly #random: () => number;
  #turn = 0;

  /** @param random a number in [0, 1); for the jitter */
  constructor(endpoints: readonly string[], random: () => number) {
    this.#candidates = endpoints.map((endpoint) => ({ endpoint, failures: 0, notBeforeMs: 0 }));
    this.#random = random;
  }

  get current(): string {
    return this.#candidate.endpoint;
  }

  /** The current endpoint failed: somebody else's turn. Returns who, and after how many milliseconds from `nowMs`. */
  failed(nowMs: number, failure: Failure, retryAfterMs = 0): { endpoint: string; waitMs: number } {
    const failing = this.#candidate;
    const { firstMs, longestMs } = BACKOFF[failure];
    const longest = Math.min(longestMs, firstMs * 2 ** Math.min(failing.failures, 20));
    failing.failures += 1;
    // Jitter, so that the clients of a node that restarts do not all come back at the same instant.
    const backoff = longest * (0.5 + this.#random() / 2);
    failing.notBeforeMs = nowMs + Math.max(backoff, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
    this.#turn = this.#soonest(nowMs);
    return { endpoint: this.current, waitMs: Math.max(0, this.#candidate.notBeforeMs - nowMs) };
  }

  /** The current endpoint does what it should: its next failure is a first one. */
  worked(): void {
    this.#candidate.failures = 0;
    this.#candidate.notBeforeMs = 0;
  }

  get #candidate(): Candidate {
    return this.#candidates[this.#turn] as Candidate;
  }

  /** The next in order that may be tried at once, else the one that may be tried first. */
  #soonest(nowMs: number): number {
    const count = this.#candidates.length;
    const order = Array.from({ length: count }, (_, step) => (this.#turn + 1 + step) % count);
    const waits = order.map((index) => Math.max(0, (this.#candidates[index]?.notBeforeMs ?? 0) - nowMs));
    return order[waits.indexOf(Math.min(...waits))] as number;
  }
}
