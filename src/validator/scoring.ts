import type { Hotkey } from '../common/index.js';
import type { Rejection } from '../common/index.js';
import type { Registration } from './candidate.js';
import { movingAverage } from './moving-average.js';
import { rankContenders } from './ranking.js';
import { rewardOfRank } from './rewards.js';

/** What a round found out about one hotkey. */
export type Outcome =
  | { readonly kind: 'valid'; readonly loss: number; readonly commitBlock: number }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  /** Not judged, through no fault of the miner: the score stays. */
  | { readonly kind: 'kept'; readonly reason: string; readonly place: Place | undefined }
  | { readonly kind: 'validator' };

/** Where a model stood when it was last evaluated on the same data. */
export interface Place {
  readonly loss: number;
  readonly commitBlock: number;
}

export interface Participant extends Registration {
  readonly outcome: Outcome;
}

export interface Scored {
  /** 0 = best; only valid models have one. */
  readonly rank: number | undefined;
  /** Undefined when the score was left as it was. */
  readonly reward: number | undefined;
  readonly score: number;
}

/**
 * Ranks, rewards and scores a round. Models that were not judged (not drawn, or our connection failed) keep their
 * score and hold the place of their last loss: nobody gets the best reward because the hub was out of reach for the
 * best. Refused models and validators get 0.
 */
export function scoreRound<P extends Participant>(
  participants: readonly P[],
  scores: ReadonlyMap<Hotkey, number>,
  alpha: number,
): (P & Scored)[] {
  const contenders = participants.flatMap(({ hotkey, outcome }) => {
    const place = outcome.kind === 'valid' ? outcome : outcome.kind === 'kept' ? outcome.place : undefined;
    return place === undefined ? [] : [{ hotkey, loss: place.loss, commitBlock: place.commitBlock }];
  });
  const ranks = new Map(rankContenders(contenders).map(({ hotkey }, rank) => [hotkey, rank]));
  return participants.map((participant) => {
    const { hotkey, outcome } = participant;
    const previous = scores.get(hotkey) ?? 0;
    if (outcome.kind === 'kept') {
      return { ...participant, rank: undefined, reward: undefined, score: previous };
    }
    const rank = outcome.kind === 'valid' ? ranks.get(hotkey) : undefined;
    const reward = rank === undefined ? 0 : rewardOfRank(rank);
    return { ...participant, rank, reward, score: movingAverage(alpha, reward, previous) };
  });
}
