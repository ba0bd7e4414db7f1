import type { Hotkey, Rejection } from '../common/index.js';
import type { Registration } from './candidate.js';
import type { KeptCode } from './kept-codes.js';
import { movingAverage } from './moving-average.js';
import type { Ordered } from './order.js';
import type { Placed } from './placed.js';

/** What a round found out about one hotkey. */
export type Outcome =
  /** Its model has evidence and a place, 0 being the best. */
  | { readonly kind: 'valid'; readonly placed: Ordered<Placed> }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  /**
   * Not judged, and with no older model that could stand in. The score stays when it belongs to a model that earned; after a
   * refusal it goes on falling, or a commitment that cannot be judged would preserve what is left of it.
   */
  | {
      readonly kind: 'kept';
      readonly code: KeptCode;
      readonly reason: string;
      readonly scoreStays: boolean;
    }
  | { readonly kind: 'validator' };

export interface Participant extends Registration {
  readonly outcome: Outcome;
}

export interface Scored {
  /** 0 = best; only valid models have one. */
  readonly rank: number | undefined;
  /** Undefined when the score was left as it was. */
  readonly reward: number | undefined;
  readonly previousScore: number;
  readonly score: number;
}

/** Rewards and scores a round: by rank, nothing for refused models and validators; an earner that was not judged keeps its score. */
export function scoreRound<P extends Participant>(
  participants: readonly P[],
  scores: ReadonlyMap<Hotkey, number>,
  o: { readonly alpha: number; readonly rewardOf: (rank: number) => number },
): (P & Scored)[] {
  return participants.map((participant) => {
    const { hotkey, outcome } = participant;
    const previousScore = scores.get(hotkey) ?? 0;
    if (outcome.kind === 'kept' && (outcome.scoreStays || previousScore === 0)) {
      return { ...participant, rank: undefined, reward: undefined, previousScore, score: previousScore };
    }
    const rank = outcome.kind === 'valid' ? outcome.placed.rank : undefined;
    const reward = rank === undefined ? 0 : o.rewardOf(rank);
    return {
      ...participant,
      rank,
      reward,
      previousScore,
      score: movingAverage(o.alpha, reward, previousScore),
    };
  });
}
