import { SubtensorItems } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';

export interface PriceBounds {
  /** Rao. */
  readonly min: bigint;
  /** Rao. */
  readonly max: bigint;
}

/** BurnIncreaseMult is a fixed-point number with 64 bits behind the point. */
const ONE_U64F64 = 1n << 64n;

function within(price: bigint, { min, max }: PriceBounds): bigint {
  if (price < min) return min;
  return price > max ? max : price;
}

/** The price a block later: it halves every `halfLife` blocks, and keeps to its bounds. 0 blocks: no decay. */
export function decayedPrice(price: bigint, halfLife: number, bounds: PriceBounds): bigint {
  const factor = halfLife === 0 ? 1 : 2 ** (-1 / halfLife);
  return within(factor === 1 ? price : BigInt(Math.floor(Number(price) * factor)), bounds);
}

/** The price after a registration: `multiplier` times as much (in units of 2^-64, at least one), within bounds. */
export function raisedPrice(price: bigint, multiplier: bigint, bounds: PriceBounds): bigint {
  const factor = multiplier < ONE_U64F64 ? ONE_U64F64 : multiplier;
  return within((price * factor) / ONE_U64F64, bounds);
}

function boundsOf(storage: StorageReader, netuid: number): PriceBounds {
  return {
    min: storage.get(SubtensorItems.minBurn, netuid),
    max: storage.get(SubtensorItems.maxBurn, netuid),
  };
}

/** What a new block does to the price of a subnet. */
export function decayPrice(storage: Storage, netuid: number): void {
  const price = storage.get(SubtensorItems.burn, netuid);
  const halfLife = storage.get(SubtensorItems.burnHalfLife, netuid);
  const decayed = decayedPrice(price, halfLife, boundsOf(storage, netuid));
  if (decayed !== price) storage.set(SubtensorItems.burn, [netuid], decayed);
}

/** What a registration does to the price of a subnet. */
export function raisePrice(storage: Storage, netuid: number): void {
  const price = storage.get(SubtensorItems.burn, netuid);
  const multiplier = storage.get(SubtensorItems.burnIncreaseMult, netuid).bits;
  storage.set(SubtensorItems.burn, [netuid], raisedPrice(price, multiplier, boundsOf(storage, netuid)));
}
