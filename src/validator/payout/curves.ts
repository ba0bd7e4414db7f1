/** How a round's reward falls with the rank. */
export interface PayoutCurve {
  /** In a line, for people. */
  readonly summary: string;
  /** The reward of a rank (0 = best), 0 or more; only its relation to the others' counts. */
  readonly rewardOf: (rank: number) => number;
}

/**
 * The curves to choose from. Refused models have no rank and get 0 under all of them. Validators should agree on one:
 * the chain's consensus clips whoever pays otherwise than the rest.
 */
export const PAYOUT_CURVES = {
  original: {
    summary: 'best 30, then 0.98^rank: the original subnet, and the default',
    rewardOf: (rank) => (rank === 0 ? 30 : 0.98 ** rank),
  },
  steep: {
    summary: 'each rank half of the one before: nearly all goes to the first five',
    // Not below what a score can hold for a subnet of thousands.
    rewardOf: (rank) => 0.5 ** Math.min(rank, 200),
  },
  harmonic: {
    summary: '1 / (rank + 1): a long tail that still falls',
    rewardOf: (rank) => 1 / (rank + 1),
  },
  ten: {
    summary: 'the first ten share all, 10 : 9 : ... : 1',
    rewardOf: (rank) => Math.max(0, 10 - rank),
  },
  winner: { summary: 'the best takes all', rewardOf: (rank) => (rank === 0 ? 1 : 0) },
} as const satisfies Readonly<Record<string, PayoutCurve>>;

export type PayoutName = keyof typeof PAYOUT_CURVES;

export const PAYOUT_NAMES = Object.keys(PAYOUT_CURVES) as PayoutName[];

/** Whether a text names a curve. */
export function isPayoutName(text: string): text is PayoutName {
  return Object.hasOwn(PAYOUT_CURVES, text);
}

/** The reward of a rank (0 = best) under a curve. */
export function rewardOfRank(rank: number, payout: PayoutName = 'original'): number {
  return PAYOUT_CURVES[payout].rewardOf(rank);
}
