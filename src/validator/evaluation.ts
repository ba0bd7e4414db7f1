import { reject, type VerdictCode } from '../common/index.js';
import type { EvaluationPrecision } from '../engine/index.js';
import type { EvaluationData } from './evaluation-data.js';
import type { EvaluationRow, EvaluationStore, StoredEvaluation, StoredSample } from './evaluation-store.js';
import type { ModelEvaluator } from './model-evaluator.js';
import type { ModelIdentity } from './model-identity.js';
import type { StoredModel } from './model-store.js';

// These may end otherwise on another day, but not each round: a model that takes all the time there is would take it again and again.
const PASSING: readonly VerdictCode[] = ['OUT_OF_MEMORY', 'EVALUATION_FAILED'];
/** Blocks (an hour) after which such a model is tried again. */
const RETRY_BLOCKS = 300;

/** Whether what came out is still to be believed at a block. */
export function holds({ outcome, block }: Pick<EvaluationRow, 'outcome' | 'block'>, now: number): boolean {
  return outcome.ok || !PASSING.includes(outcome.code) || now - block < RETRY_BLOCKS;
}

/**
 * Evaluates a model on a sample and writes down what came out, with the loss of each image; from memory when that was
 * done before.
 * @throws HealthTensorError when the engine or the data set fails
 */
export async function evaluateModel(
  model: StoredModel & Pick<ModelIdentity, 'modelId'>,
  sample: StoredSample,
  precision: EvaluationPrecision,
  o: {
    evaluations: EvaluationStore;
    data: EvaluationData;
    evaluator: ModelEvaluator;
    batchSize: number;
    block: number;
    signal?: AbortSignal;
  },
): Promise<StoredEvaluation> {
  const { spec, weightsPath, modelId } = model;
  const known = o.evaluations
    .of(modelId, sample.dataDigest)
    .find((row) => row.sample === sample.digest && row.precision === precision && holds(row, o.block));
  if (known !== undefined) return known.outcome;
  const evaluate = (cachePath: string) =>
    o.evaluator.evaluate({
      spec,
      weightsPath,
      cachePath,
      indices: sample.indices,
      batchSize: o.batchSize,
      precision,
      ...(o.signal ? { signal: o.signal } : {}),
    });
  const verdict = await o.data.use(spec.imageSize, evaluate, o.signal);
  const key = { modelId, sample: sample.digest, precision, block: o.block };
  if (!verdict.ok) {
    o.evaluations.record({ ...key, outcome: verdict });
    return verdict;
  }
  const { loss, meanAuroc, perImageLoss: losses, logits } = verdict.evaluation;
  const outcome: StoredEvaluation = Number.isFinite(loss)
    ? { ok: true, loss, meanAuroc }
    : reject('NOT_FINITE', `the loss on the sample is ${loss}`);
  o.evaluations.record({ ...key, outcome, ...(outcome.ok ? { losses, logits } : {}) });
  return outcome;
}
