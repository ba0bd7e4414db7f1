import { HealthTensorError, type Verdict } from '../../../common/index.js';
import type { EvaluationData } from '../../evaluation-data.js';
import type { ModelEvaluator } from '../../model-evaluator.js';
import { type ModelIdentity, modelIdentity } from '../../model-identity.js';
import type { ModelStore, StoredModel } from '../../model-store.js';
import type { RoundResult } from '../../report.js';
import { type Check, failed, notChecked } from '../check.js';

/** As much time as a validator gives a slow miner. */
const FETCH_DEADLINE_MS = 300_000;
/** The largest input that a validator may be set to take; one that refused a smaller one says what it takes. */
const MAX_IMAGE_SIZE = 512;
export const REMEDY = 'Ask the validator; another processor may differ by less than this, not by more.';

/** What models are judged again with. */
export interface Judge {
  readonly models: Pick<ModelStore, 'fetch' | 'keepOnly'>;
  readonly evaluator: ModelEvaluator;
  readonly data: EvaluationData;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}

/** A model through a validator's gates, as far as they let it. */
export type Passed = Verdict<StoredModel & { readonly identity: ModelIdentity }>;

/**
 * Fetches what a result names at its revision, with the digest that was committed, and reads it: what else the repository holds
 * now is not what was judged. Undefined when the report does not say what that was.
 */
export async function throughTheGates(
  result: RoundResult,
  { models, evaluator, signal }: Judge,
): Promise<Passed | undefined> {
  const { repo, revision, hotkey, digest, code, evidence } = result;
  if (repo === undefined || revision === undefined || digest === undefined) return undefined;
  const limit = code === 'BAD_CONFIG' ? evidence?.['maxImageSize'] : undefined;
  const maxImageSize = typeof limit === 'number' ? limit : MAX_IMAGE_SIZE;
  const fetched = await models.fetch(
    { hotkey, repo, revision, digest },
    { deadlineMs: FETCH_DEADLINE_MS, maxImageSize, ...(signal ? { signal } : {}) },
  );
  if (!fetched.ok) return fetched;
  const inspected = await evaluator.inspect(fetched);
  if (!inspected.ok) return inspected;
  return { ...fetched, identity: modelIdentity({ ...fetched, tensorDigest: inspected.tensorDigest }) };
}

/** A repository may close after a round without anything being wrong with the report. */
export function gone(check: string, why: string): Check {
  const remedy = 'It may have been removed since; ask the miner, or verify a newer report.';
  return notChecked(check, new HealthTensorError('MODEL_GONE', why, { remedy }));
}

export function contradicted(check: string, code: string, text: string): Check {
  return failed(check, code, text, REMEDY);
}
