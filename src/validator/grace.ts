import type { Hotkey, Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';

/**
 * Blocks (about five minutes) during which a fresh commitment may point at a repository that is still private: a
 * miner must publish privately, commit, and only then open the repository, or its weights could be taken and
 * committed by someone else first.
 */
export const GRACE_BLOCKS = 25;

/**
 * Who is being waited for. The wait of a hotkey begins with the first closed repository and ends with an open one, not
 * with another commitment: a miner that commits again and again to a closed repository would keep an old score for ever.
 */
export class Grace {
  readonly #since = new Map<Hotkey, number>();

  /** True when a refusal may only mean that the miner has not opened its repository yet. */
  isStillOpening(
    rejection: Rejection,
    { hotkey, commitBlock }: Pick<Candidate, 'hotkey' | 'commitBlock'>,
    block: number,
  ): boolean {
    if (rejection.code !== 'REPO_UNAVAILABLE') return false;
    const since = this.#since.get(hotkey) ?? commitBlock;
    this.#since.set(hotkey, since);
    return block - since <= GRACE_BLOCKS;
  }

  /** The hotkey's repository was open. */
  opened(hotkey: Hotkey): void {
    this.#since.delete(hotkey);
  }
}
