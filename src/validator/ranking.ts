import type { Hotkey } from '../common/index.js';

/** A model with a loss, in the race for a rank. */
export interface Contender {
  readonly hotkey: Hotkey;
  /** Mean binary cross-entropy, finite. */
  readonly loss: number;
  readonly commitBlock: number;
}

// The original compares losses rounded to ten places: below that is the noise of the order of summation.
const DECIMALS = 10;

/**
 * Best first: lower loss, then earlier commitment, so that who merely repeats a result stands behind its owner.
 * A loss that is not finite has no place in an order and is a mistake of the caller.
 */
export function rankContenders<T extends Contender>(contenders: readonly T[]): T[] {
  const unsound = contenders.find(({ loss }) => !Number.isFinite(loss));
  if (unsound) throw new RangeError(`the loss of ${unsound.hotkey} is ${unsound.loss}: it cannot be ranked`);
  const rounded = (loss: number) => Number(loss.toFixed(DECIMALS));
  return [...contenders].sort(
    (a, b) =>
      rounded(a.loss) - rounded(b.loss) || a.commitBlock - b.commitBlock || (a.hotkey < b.hotkey ? -1 : 1),
  );
}
