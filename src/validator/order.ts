import type { Hotkey } from '../common/index.js';
import { intervalRadius, type PairedDifference } from './paired-difference.js';

/**
 * Nats. A loss that is lower by more than this is better though the interval does not say so, once two models have seen as
 * many images as they ever will: the loss of a model that fails rarely and badly has an interval so wide that nothing would
 * ever be proven better. Before that, an unlike model would pass by the luck of its first sample.
 */
export const TIE_MARGIN = 0.002;
/** Nats. A loss that is lower by more than this is better: nothing else is asked, and no pair of models computed. */
export const WIDE_MARGIN = 0.01;
/**
 * Nats. The same for models that were only screened in bf16 because they know less than the frequencies of the findings
 * tell: five times what bf16 has been seen to move a loss (docs/scoring.md). Nearer than that they are not told apart.
 */
export const SCREEN_MARGIN = 0.01;
/** Nats. Less is no difference: the same weights differ by some 1e-7 between kinds of processors. */
export const LEAST_DIFFERENCE = 1e-5;

/** Common images (four samples) after which two models are left as they are. */
const ENOUGH_IMAGES = 8_192;
/** The same as part of the images there are, when those are fewer: samples overlap, and the last images take long to be drawn. */
const ENOUGH_SHARE = 0.9;

/** Images in common with which two models have been compared to the end, on a data set of so many. */
export function enoughImages(population: number): number {
  return Math.min(ENOUGH_IMAGES, ENOUGH_SHARE * population);
}

/** A model with a loss, in the race for a rank. */
export interface Contender {
  readonly hotkey: Hotkey;
  /** Mean binary cross-entropy over its evidence, comparable with all others', finite. */
  readonly loss: number;
  /** When its owner first committed it. */
  readonly commitBlock: number;
  /** Evaluated in bf16 alone. */
  readonly screened?: boolean;
}

/** Why a model stands directly behind another. */
export interface Decision {
  /** The one directly before it. */
  readonly behind: Hotkey;
  /**
   * `margin`: by losses that differ by more than a margin. `interval`: by a difference that was measured. `commit-block`: they cannot
   * be told apart, and the other was committed earlier.
   */
  readonly decidedBy: 'margin' | 'interval' | 'commit-block';
  /** On the images that both were evaluated on, when those are of two patients at least: above 0 when the one before is better. */
  readonly paired?: PairedDifference & { readonly radius: number };
}

export type Ordered<T> = T & { readonly rank: number; readonly decision: Decision | undefined };

/** What is known of two models together. */
export interface Pairs<T> {
  /** The paired difference (the first one's loss is the lower); undefined without common images. */
  readonly compare: (better: T, worse: T) => PairedDifference | undefined;
  /** `enoughImages` of the data. */
  readonly enough: number;
}

/**
 * Best first. One model beats another when its loss is measurably lower: by an interval of the paired difference that
 * excludes 0, or by a margin. Then, place by place, of all models that none of the remaining ones beats the
 * earliest commitment comes next. So nobody ever stands before a model that beats it, and between models that cannot be told
 * apart the earlier one wins. To beat takes a lower loss, hence no circle is possible and the order is total;
 * it depends on neither the order of the input nor on earlier rounds.
 * @throws RangeError for a loss that is not finite: a mistake of the caller
 */
export function orderModels<T extends Contender>(contenders: readonly T[], pairs: Pairs<T>): Ordered<T>[] {
  const unsound = contenders.find(({ loss }) => !Number.isFinite(loss));
  if (unsound) throw new RangeError(`the loss of ${unsound.hotkey} is ${unsound.loss}: it cannot be ranked`);
  const byLoss = [...contenders].sort((a, b) => a.loss - b.loss || byCommitment(a, b));
  const beatenBy = byLoss.map((worse, place) => {
    const better = byLoss.slice(0, place).filter((one) => verdict(one, worse, pairs) !== 'tie');
    return new Set<T>(better);
  });
  const waiting = new Map(byLoss.map((one, place) => [one, beatenBy[place] as Set<T>]));
  const ordered: Ordered<T>[] = [];
  while (waiting.size > 0) {
    const free = [...waiting].filter(([, beaters]) => beaters.size === 0).map(([one]) => one);
    const next = free.reduce((first, one) => (byCommitment(one, first) < 0 ? one : first));
    waiting.delete(next);
    for (const beaters of waiting.values()) beaters.delete(next);
    const before = ordered.at(-1);
    const decision = before && decisionBetween(before, next, pairs);
    ordered.push({ ...next, rank: ordered.length, decision });
  }
  return ordered;
}

/** Whether two models are told apart by the images that both have seen, if they have: by their losses alone they are not. */
export function needsPair(better: Contender, worse: Contender): boolean {
  const gap = worse.loss - better.loss;
  return gap > LEAST_DIFFERENCE && gap <= WIDE_MARGIN && !better.screened && !worse.screened;
}

/** Whether the images tell that the first (whose loss is not the higher one) is better, and by what. */
function verdict<T extends Contender>(
  better: T,
  worse: T,
  { compare, enough }: Pairs<T>,
): 'margin' | 'interval' | 'tie' {
  const gap = worse.loss - better.loss;
  if (!needsPair(better, worse)) {
    const screened = (better.screened ?? false) || (worse.screened ?? false);
    return gap > (screened ? SCREEN_MARGIN : WIDE_MARGIN) ? 'margin' : 'tie';
  }
  const paired = compare(better, worse);
  if (paired && paired.difference > Math.max(LEAST_DIFFERENCE, intervalRadius(paired))) return 'interval';
  const isMeasured = paired === undefined || paired.images >= enough;
  return gap > TIE_MARGIN && isMeasured ? 'margin' : 'tie';
}

function decisionBetween<T extends Contender>(before: T, next: T, pairs: Pairs<T>): Decision {
  const found = before.loss <= next.loss ? verdict(before, next, pairs) : 'tie';
  const paired = pairs.compare(before, next);
  const radius = paired && intervalRadius(paired);
  return {
    behind: before.hotkey,
    decidedBy: found === 'tie' ? 'commit-block' : found,
    ...(paired && Number.isFinite(radius) && { paired: { ...paired, radius: radius as number } }),
  };
}

function byCommitment(a: Contender, b: Contender): number {
  return a.commitBlock - b.commitBlock || (a.hotkey < b.hotkey ? -1 : 1);
}
