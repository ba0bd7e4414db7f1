import { type Contender, enoughImages, type Ordered, TIE_MARGIN } from './order.js';
import { intervalRadius, type PairedDifference } from './paired-difference.js';

/** Models a round that are evaluated again because two neighbours could not be told apart; the top first. */
const MOST_REFINED = 8;

interface Standing extends Contender {
  readonly modelId: string;
  /** Samples on which it was evaluated in fp32. */
  readonly samples: readonly string[];
}

/** A model new on a sample, measured against the anchor: the best of those that stand, evaluated on that sample too. */
export interface Newcomer {
  readonly loss: number;
  /** Undefined while nobody stands. */
  readonly toAnchor: PairedDifference | undefined;
}

/**
 * Which standing models must see a sample, because a newcomer on it may belong right before or behind them: to be
 * told apart, two models need common images. All within the margin of ties and the newcomer's uncertainty; the others' order
 * it cannot change.
 */
export function neighboursOf<T extends Standing>(
  newcomers: readonly Newcomer[],
  standing: readonly T[],
  sample: string,
): T[] {
  return standing.filter(
    ({ loss, samples }) =>
      !samples.includes(sample) &&
      newcomers.some(
        (newcomer) =>
          Math.abs(newcomer.loss - loss) <=
          TIE_MARGIN + (newcomer.toAnchor === undefined ? 0 : intervalRadius(newcomer.toAnchor)),
      ),
  );
}

/**
 * Which models to evaluate on another sample though nothing is new: neighbours whose difference is not measured yet, until
 * they have enough images in common. `population`: images that there are.
 */
export function unsettled<T extends Standing>(
  ordered: readonly Ordered<T>[],
  population: number,
): Ordered<T>[] {
  const chosen = new Set<Ordered<T>>();
  const enough = enoughImages(population);
  for (const [place, model] of ordered.entries()) {
    const before = ordered[place - 1];
    if (before === undefined || isSettled(before, model, enough)) continue;
    if (chosen.size + (chosen.has(before) ? 1 : 2) > MOST_REFINED) break;
    chosen.add(before).add(model);
  }
  return [...chosen];
}

function isSettled<T extends Standing>(before: Ordered<T>, model: Ordered<T>, enough: number): boolean {
  if (before.screened || model.screened) return true;
  const paired = model.decision?.paired;
  // Without a pair: they have not met, as when a round was killed between the two; or they have, on one patient only.
  if (paired === undefined) return model.samples.some((sample) => before.samples.includes(sample));
  return Math.abs(paired.difference) > paired.radius || paired.images >= enough;
}
