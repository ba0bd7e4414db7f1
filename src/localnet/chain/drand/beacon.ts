import { DrandItems, type Pulse } from '../state/items.js';
import type { StorageReader } from '../state/storage.js';
import { dueRounds, isLocalBeacon, localPulse } from './local-beacon.js';

/** What brings pulses to the chain: the local beacon while it is not silent, and whatever is handed in. */
export class Beacon {
  #silent: boolean;
  #handedIn: Pulse[] = [];

  constructor(options: { silent: boolean }) {
    this.#silent = options.silent;
  }

  /** From the next block on nothing comes, as when drand or the chain's workers are down. */
  silence(): void {
    this.#silent = true;
  }

  /** From the next block on pulses come again, first those that were missed (at most 50). */
  resume(): void {
    this.#silent = false;
  }

  /** Puts a pulse before the next block, which verifies it as any other. */
  submit(pulse: Pulse): void {
    this.#handedIn.push(pulse);
  }

  /** The pulses for the block with this time, in ms since 1970; they are handed out once. */
  take(storage: StorageReader, nowMs: bigint): Pulse[] {
    const handedIn = this.#handedIn;
    this.#handedIn = [];
    const config = storage.get(DrandItems.beaconConfig);
    if (this.#silent || !isLocalBeacon(config)) return handedIn;
    const last = storage.get(DrandItems.lastStoredRound);
    return [...handedIn, ...dueRounds(config, last, nowMs).map((round) => localPulse(config, round))];
  }
}
