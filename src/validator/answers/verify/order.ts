import { adjustedLosses } from '../../adjusted-losses.js';
import { Comparisons } from '../../comparisons.js';
import { orderByImages } from '../../order-by-images.js';
import type { RoundReport } from '../../report.js';
import { type Check, failed, passed } from '../check.js';
import { isScreened, rankedOf } from './arithmetic.js';
import type { DrawnSamples } from './images.js';
import type { ImageLosses } from './losses.js';

/**
 * Puts the models of the first `best` places in order again by the losses of images that were computed here, and compares the
 * places. Those behind them have no part in it: whoever beats a model stands before it.
 */
export async function imagesOrderCheck(
  report: RoundReport,
  best: number,
  drawn: DrawnSamples,
  losses: ImageLosses,
  patients: Uint32Array,
): Promise<Check> {
  const ranked = rankedOf(report);
  const evidence = ranked.flatMap(({ modelId, evaluations }) =>
    evaluations.map(({ sample, loss }) => {
      const images = drawn.get(sample)?.length ?? 0;
      return { modelId, sample, images, loss: meanOf(losses.get(`${modelId} ${sample}`)) ?? loss };
    }),
  );
  const adjusted = adjustedLosses(evidence);
  const contenders = ranked.slice(0, best).map((one) => ({
    hotkey: one.hotkey,
    loss: adjusted.get(one.modelId) as number,
    commitBlock: one.commitBlock,
    modelId: one.modelId,
    samples: isScreened(one) ? [] : one.evaluations.map(({ sample }) => sample),
    screened: isScreened(one),
  }));
  const comparisons = new Comparisons({
    losses: (modelId, sample) => losses.get(`${modelId} ${sample}`),
    sample: (digest) => {
      const indices = drawn.get(digest);
      const found = report.samples.find((one) => one.digest === digest);
      return indices && found && { ...found, dataDigest: report.data?.digest ?? '', indices };
    },
  });
  const ordered = await orderByImages(contenders, comparisons, patients);
  const places = new Map(ordered.map(({ hotkey, rank }) => [hotkey, rank]));
  const moved = ranked.slice(0, best).filter(({ hotkey, rank }) => places.get(hotkey) !== rank);
  if (moved.length === 0)
    return passed('places', `${contenders.length} places come out the same from the images`);
  const shown = moved
    .slice(0, 5)
    .map(
      ({ uid, hotkey, rank }) => `uid ${uid} place ${(places.get(hotkey) ?? 0) + 1} instead of ${rank + 1}`,
    )
    .join(', ');
  const remedy = 'Ask the validator; a near tie may turn on another kind of processor, nothing else may.';
  return failed('places', 'OTHER_ORDER', `other places come out of the images: ${shown}`, remedy);
}

function meanOf(losses: Float32Array | undefined): number | undefined {
  if (losses === undefined || losses.length === 0) return undefined;
  let sum = 0;
  for (const loss of losses) sum += loss;
  return sum / losses.length;
}
