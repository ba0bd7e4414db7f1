import type { Verdict } from '../common/index.js';
import type { DataFacts, EvaluationData } from './evaluation-data.js';
import type { ModelEvaluator } from './model-evaluator.js';
import type { StoredModel } from './model-store.js';
import { drawStratified } from './sampling.js';

/** Few enough to cost little beside a sample, enough to tell models apart by. */
const FINGERPRINT_IMAGES = 128;

/** The images on which every model of a version of the data is asked, whenever it comes. They never count for a loss. */
export function fingerprintImages({ labels, digest }: Pick<DataFacts, 'labels' | 'digest'>): Uint32Array {
  return drawStratified({ labels, count: FINGERPRINT_IMAGES, seed: digest, purpose: 'fingerprint' });
}

/**
 * What a model answers on them, 14 logits an image, and its loss there.
 * @throws HealthTensorError when the engine or the data set fails
 */
export async function takeFingerprint(
  { spec, weightsPath }: StoredModel,
  facts: DataFacts,
  o: { data: EvaluationData; evaluator: ModelEvaluator; batchSize: number; signal?: AbortSignal },
): Promise<Verdict<{ logits: Float32Array; loss: number }>> {
  const evaluate = (cachePath: string) =>
    o.evaluator.evaluate({
      spec,
      weightsPath,
      cachePath,
      indices: fingerprintImages(facts),
      batchSize: o.batchSize,
      precision: 'fp32',
      ...(o.signal ? { signal: o.signal } : {}),
    });
  const verdict = await o.data.use(spec.imageSize, evaluate, o.signal);
  if (!verdict.ok) return verdict;
  const { logits, loss } = verdict.evaluation;
  return { ok: true, logits, loss };
}
