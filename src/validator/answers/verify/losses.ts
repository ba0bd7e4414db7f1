import { createHash } from 'node:crypto';
import { modelDigest } from '../../../chain/index.js';
import { HealthTensorError } from '../../../common/index.js';
import { bytesOf } from '../../blobs.js';
import type { EvaluationData } from '../../evaluation-data.js';
import type { ModelEvaluator } from '../../model-evaluator.js';
import { modelIdentity } from '../../model-identity.js';
import type { ModelStore, StoredModel } from '../../model-store.js';
import { LEAST_DIFFERENCE, SCREEN_MARGIN } from '../../order.js';
import { type Check, failed, notChecked, passed } from '../check.js';
import type { Ranked } from './arithmetic.js';
import type { DrawnSamples } from './images.js';

/** As much time as a validator gives a slow miner. */
const FETCH_DEADLINE_MS = 300_000;
/** No input is refused here for its size: the validator has taken it. */
const MAX_IMAGE_SIZE = 512;
const REMEDY = 'Ask the validator; another processor may differ by less than this, not by more.';

export interface Judge {
  readonly models: Pick<ModelStore, 'fetch' | 'keepOnly'>;
  readonly evaluator: ModelEvaluator;
  readonly data: EvaluationData;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}

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
    const model = await fetchSame(result, judge);
    if (!('weightsPath' in model)) return { ...model, check };
    return { ...(await compare(result, model, drawn, losses, judge)), check };
  } catch (error) {
    judge.signal?.throwIfAborted();
    return notChecked(check, error);
  } finally {
    await judge.models.keepOnly([]); // its room is for the next
  }
}

/** The model that the report judged; else the check that says why it cannot be had, or is another one. */
async function fetchSame(result: Ranked, { models, evaluator, signal }: Judge): Promise<StoredModel | Check> {
  const { repo, revision, hotkey, weightsSha256 } = result;
  if (repo === undefined || revision === undefined || weightsSha256 === undefined)
    return gone('the report does not name where it is');
  // As the miner must have committed it: what else the repository holds now is not what the report judged.
  const digest = modelDigest(weightsSha256, hotkey);
  const fetched = await models.fetch(
    { hotkey, repo, revision, digest },
    { deadlineMs: FETCH_DEADLINE_MS, maxImageSize: MAX_IMAGE_SIZE, ...(signal ? { signal } : {}) },
  );
  if (!fetched.ok) {
    const { code, detail } = fetched;
    // A repository may close after a round; its bytes at one commit may not change.
    return code === 'HASH_MISMATCH'
      ? failed('', code, `${code}: ${detail}`, REMEDY)
      : gone(`${code}: ${detail}`);
  }
  const inspected = await evaluator.inspect(fetched);
  if (!inspected.ok) return failed('', inspected.code, `${inspected.code}: ${inspected.detail}`, REMEDY);
  const { modelId } = modelIdentity({ ...fetched, tensorDigest: inspected.tensorDigest });
  if (modelId === result.modelId) return fetched;
  return failed(
    '',
    'OTHER_WEIGHTS',
    `the model has the id ${modelId}, in the report ${result.modelId}`,
    REMEDY,
  );
}

async function compare(
  { modelId, evaluations }: Ranked,
  model: StoredModel,
  drawn: DrawnSamples,
  losses: ImageLosses,
  { evaluator, data, batchSize, signal }: Judge,
): Promise<Check> {
  const { spec, weightsPath } = model;
  const { cachePath } = await data.open(spec.imageSize, signal);
  let largest = 0;
  let sameBits = true;
  for (const { sample, precision, loss, lossesSha256 } of evaluations) {
    const indices = drawn.get(sample) as Uint32Array;
    const verdict = await evaluator.evaluate({
      ...{ spec, weightsPath, cachePath, indices, batchSize, precision },
      ...(signal ? { signal } : {}),
    });
    if (!verdict.ok) return failed('', verdict.code, `${verdict.code}: ${verdict.detail}`, REMEDY);
    const { evaluation } = verdict;
    const difference = Math.abs(evaluation.loss - loss);
    const allowed = precision === 'fp32' ? LEAST_DIFFERENCE : SCREEN_MARGIN;
    if (!(difference <= allowed)) {
      const text = `the loss is ${evaluation.loss.toFixed(6)}, in the report ${loss.toFixed(6)} (${precision}, sample ${sample})`;
      return failed('', 'OTHER_LOSS', text, REMEDY);
    }
    largest = Math.max(largest, difference);
    sameBits &&= lossesSha256 === createHash('sha256').update(bytesOf(evaluation.perImageLoss)).digest('hex');
    if (precision === 'fp32') losses.set(`${modelId} ${sample}`, evaluation.perImageLoss);
  }
  const how = sameBits ? 'to the last bit of every image' : `to ${largest.toExponential(1)}`;
  const mean = evaluations.map(({ loss }) => loss.toFixed(6)).join(', ');
  return passed(
    '',
    `${model.spec.architecture}: loss ${mean} on ${evaluations.length} sample(s), the same ${how}`,
  );
}

/** A repository may close after a round without anything being wrong with the report. */
function gone(why: string): Check {
  const remedy = 'It may have been removed since; ask the miner, or verify a newer report.';
  return notChecked('', new HealthTensorError('MODEL_GONE', why, { remedy }));
}
