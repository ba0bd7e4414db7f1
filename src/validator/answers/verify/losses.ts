import { createHash } from 'node:crypto';
import { bytesOf } from '../../blobs.js';
import type { StoredModel } from '../../model-store.js';
import { LEAST_DIFFERENCE, SCREEN_MARGIN } from '../../order.js';
import { VERDICTS_OF_BYTES } from '../../verdicts-of-bytes.js';
import { type Check, notChecked, passed } from '../check.js';
import type { Ranked } from './arithmetic.js';
import { contradicted, gone, type Judge, throughTheGates } from './fetched-model.js';
import type { DrawnSamples } from './images.js';

/** Losses by image, as they were computed here, by `<modelId> <sample>`. */
export type ImageLosses = Map<string, Float32Array>;

/**
 * Fetches a model at its committed revision, evaluates it on the samples that its place rests on, and compares the losses.
 * What was computed is put into `losses`.
 * @throws the signal's reason
 */
export async function lossCheck(
  result: Ranked,
  drawn: DrawnSamples,
  losses: ImageLosses,
  judge: Judge,
): Promise<Check> {
  const check = `uid-${result.uid}`;
  try {
    const model = await throughTheGates(result, judge);
    if (model === undefined) return gone(check, 'the report does not name where it is');
    if (!model.ok) {
      const text = `${model.code}: ${model.detail}`;
      return VERDICTS_OF_BYTES.has(model.code) ? contradicted(check, model.code, text) : gone(check, text);
    }
    const { modelId, weightsSha256 } = model.identity;
    if (modelId !== result.modelId || weightsSha256 !== result.weightsSha256) {
      const text = `the model has the id ${modelId} and the file's SHA-256 ${weightsSha256}, in the report ${result.modelId} and ${result.weightsSha256}`;
      return contradicted(check, 'OTHER_WEIGHTS', text);
    }
    return await compare(check, result, model, drawn, losses, judge);
  } catch (error) {
    judge.signal?.throwIfAborted();
    return notChecked(check, error);
  } finally {
    await judge.models.keepOnly([]); // its room is for the next
  }
}

async function compare(
  check: string,
  { modelId, evaluations }: Ranked,
  { spec, weightsPath }: StoredModel,
  drawn: DrawnSamples,
  losses: ImageLosses,
  { evaluator, data, batchSize, signal }: Judge,
): Promise<Check> {
  let largest = 0;
  let sameBits = true;
  for (const { sample, precision, loss, lossesSha256 } of evaluations) {
    const indices = drawn.get(sample) as Uint32Array;
    const task = { spec, weightsPath, indices, batchSize, precision, ...(signal ? { signal } : {}) };
    const verdict = await data.use(
      spec.imageSize,
      (cachePath) => evaluator.evaluate({ ...task, cachePath }),
      signal,
    );
    if (!verdict.ok) return contradicted(check, verdict.code, `${verdict.code}: ${verdict.detail}`);
    const { evaluation } = verdict;
    const difference = Math.abs(evaluation.loss - loss);
    const allowed = precision === 'fp32' ? LEAST_DIFFERENCE : SCREEN_MARGIN;
    if (!(difference <= allowed)) {
      const text = `the loss is ${evaluation.loss.toFixed(6)}, in the report ${loss.toFixed(6)} (${precision}, sample ${sample})`;
      return contradicted(check, 'OTHER_LOSS', text);
    }
    largest = Math.max(largest, difference);
    sameBits &&= lossesSha256 === createHash('sha256').update(bytesOf(evaluation.perImageLoss)).digest('hex');
    if (precision === 'fp32') losses.set(`${modelId} ${sample}`, evaluation.perImageLoss);
  }
  const how = sameBits ? 'to the last bit of every image' : `to ${largest.toExponential(1)}`;
  const mean = evaluations.map(({ loss }) => loss.toFixed(6)).join(', ');
  return passed(
    check,
    `${spec.architecture}: loss ${mean} on ${evaluations.length} sample(s), the same ${how}`,
  );
}
