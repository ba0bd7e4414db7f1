import type { Rejection } from '../common/index.js';

/**
 * Blocks (about five minutes) during which a fresh commitment may point at a repository that is still private: a
 * miner must publish privately, commit, and only then open the repository, or its weights could be taken and
 * committed by someone else first.
 */
export const GRACE_BLOCKS = 25;

/** True when a refusal may only mean that the miner has not opened its repository yet. */
export function isStillOpening(rejection: Rejection, commitBlock: number, block: number): boolean {
  return rejection.code === 'REPO_UNAVAILABLE' && block - commitBlock <= GRACE_BLOCKS;
}
