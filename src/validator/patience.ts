import type { Hotkey } from '../common/index.js';

/** How long the hub may fail for one miner, while it serves others: a day. */
export const PATIENCE_MS = 24 * 3_600_000;
/** Others came a short while ago, and failures so near each other are of one wait: an hour, or thirty rounds. */
export const RECENT_MS = 3_600_000;

interface Wait {
  readonly sinceMs: number;
  readonly lastMs: number;
  /** When another miner's weights came over the hub. */
  readonly othersCameMs?: number;
}

/**
 * Who is waited for because the hub fails. A failure of the hub costs nobody a score; but one that befalls a single miner,
 * round after round, while others are served, would let it keep an old score for ever. As with `Grace`, a wait is the
 * hotkey's: another commitment does not begin a new one.
 */
export class Patience {
  readonly #now: () => number;
  readonly #waits = new Map<Hotkey, Wait>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The hub failed for the hotkey. True when that is the miner's affair by now. */
  failed(hotkey: Hotkey): boolean {
    const now = this.#now();
    const before = this.#waits.get(hotkey);
    const goesOn = before !== undefined && now - before.lastMs <= RECENT_MS;
    const wait: Wait = { ...(goesOn ? before : { sinceMs: now }), lastMs: now };
    this.#waits.set(hotkey, wait);
    const othersCome = wait.othersCameMs !== undefined && now - wait.othersCameMs <= RECENT_MS;
    return othersCome && now - wait.sinceMs > PATIENCE_MS;
  }

  /** Weights came over the hub for the hotkey: it waits no more, and whoever does is not waiting for all the hub. */
  came(hotkey: Hotkey): void {
    this.#waits.delete(hotkey);
    for (const [other, wait] of this.#waits) {
      this.#waits.set(other, { ...wait, othersCameMs: this.#now() });
    }
  }
}
