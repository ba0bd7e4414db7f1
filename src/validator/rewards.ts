/** What the best model of a round gets. */
export const BEST_REWARD = 30;
/** Each rank after the best gets this part of the one before it. */
export const RANK_DECAY = 0.98;

/** The reward of a rank (0 = best): 30, then 0.98^rank, as in the original. Refused models get 0 and have no rank. */
export function rewardOfRank(rank: number): number {
  return rank === 0 ? BEST_REWARD : RANK_DECAY ** rank;
}
