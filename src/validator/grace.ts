import type { Hotkey, Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';

/**
 * Blocks (about five minutes) during which a fresh commitment may point at a repository that is still private: a
 * miner must publish privately, commit, and only then open the repository, or its weights could be taken and
 * committed by someone else first.
 */
export const GRACE_BLOCKS = 25;

/** Blocks (five minutes) before the hub is asked again for what it refused: its rate limits count every question. */
export const ASK_AGAIN_BLOCKS = 25;

type Committed = Pick<Candidate, 'hotkey' | 'repo' | 'revision' | 'digest'>;

/**
 * Who is being waited for. The wait of a hotkey begins with the first closed repository and ends with an open one, not
 * with another commitment: a miner that commits again and again to a closed repository would keep an old score for ever.
 */
export class Grace {
  readonly #since = new Map<Hotkey, number>();
  readonly #refused = new Map<Hotkey, { commitment: string; rejection: Rejection; block: number }>();

  /** True when a refusal may only mean that the miner has not opened its repository yet. */
  isStillOpening(rejection: Rejection, { hotkey }: Pick<Candidate, 'hotkey'>, block: number): boolean {
    if (rejection.code !== 'REPO_UNAVAILABLE') return false;
    // Not since the commitment: a miner closes its repository for the next model while the old one is still committed.
    const since = this.#since.get(hotkey) ?? block;
    this.#since.set(hotkey, since);
    return block - since <= GRACE_BLOCKS;
  }

  /** The hotkey's commitment was refused, which may change. */
  refused(candidate: Committed, rejection: Rejection, block: number): void {
    this.#refused.set(candidate.hotkey, { commitment: commitmentOf(candidate), rejection, block });
  }

  /** Why the same commitment was refused a short while ago. */
  recall(candidate: Committed, block: number): Rejection | undefined {
    const last = this.#refused.get(candidate.hotkey);
    const same = last?.commitment === commitmentOf(candidate);
    return same && block - last.block < ASK_AGAIN_BLOCKS ? last.rejection : undefined;
  }

  /** The hotkey's repository was open. */
  opened(hotkey: Hotkey): void {
    this.#since.delete(hotkey);
  }
}

/** The same weights in a mended repository have the same digest. */
function commitmentOf({ repo, revision, digest }: Committed): string {
  return `${repo} ${revision} ${digest}`;
}
