import { createHash } from 'node:crypto';
import { type ModelSpec, reject, type VerdictCode } from '../common/index.js';
import { type Device, evaluateWeights, inspectWeights } from '../engine/index.js';
import type { EvaluationData } from './evaluation-data.js';
import type { StoredModel } from './model-store.js';
import { drawIndices, sampleDigest } from './sampling.js';
import type { Store, StoredEvaluation } from './store.js';

/** The images of a round. */
export interface Sample {
  readonly indices: Uint32Array;
  readonly digest: string;
  readonly of: number;
}

// These may end otherwise on another day: they are not remembered.
const PASSING: readonly VerdictCode[] = ['OUT_OF_MEMORY', 'EVALUATION_FAILED'];

/** Draws the round's images from a block hash. */
export function drawSample(data: { digest: string; images: number }, count: number, seed: string): Sample {
  const indices = drawIndices({ population: data.images, count, seed, purpose: 'images' });
  return { indices, digest: sampleDigest(data.digest, indices), of: data.images };
}

/** The same images for every model of a round, drawn once the data set is open. */
export class RoundSample {
  readonly #count: number;
  readonly #seed: string;
  #sample: Sample | undefined;

  constructor(count: number, seed: string) {
    this.#count = count;
    this.#seed = seed;
  }

  /** Undefined until a model got as far as to need it. */
  get drawn(): Sample | undefined {
    return this.#sample;
  }

  of(data: { digest: string; images: number }): Sample {
    return (this.#sample ??= drawSample(data, this.#count, this.#seed));
  }
}

/**
 * The model's mean loss on the round's sample, or why it has none; from memory when it was computed before.
 * @throws HealthTensorError when the engine or the data set fails
 */
export async function evaluateModel(
  model: StoredModel,
  sample: RoundSample,
  o: {
    store: Pick<Store, 'evaluation' | 'recordEvaluation'>;
    data: EvaluationData;
    device: Device;
    batchSize: number;
    block: number;
    signal?: AbortSignal;
  },
): Promise<StoredEvaluation> {
  const { spec, weightsPath, weightsSha256 } = model;
  if (!o.data.isOpen(spec.imageSize)) {
    // A pixel cache of a new size takes long: not for a file that cannot be evaluated anyway.
    const inspected = await inspectWeights({ spec, weightsPath });
    if (!inspected.ok) return inspected;
  }
  const { cachePath, facts } = await o.data.open(spec.imageSize, o.signal);
  const { indices, digest } = sample.of(facts);
  const key = { weightsSha256, specSha256: specDigest(spec), sampleSha256: digest };
  const known = o.store.evaluation(key);
  if (known !== undefined) return known;
  const outcome = judge(
    await evaluateWeights({
      spec,
      weightsPath,
      cachePath,
      indices,
      batchSize: o.batchSize,
      device: o.device,
      // Never bf16: its rounding differs between kinds of CPU, and ranks must not.
      precision: 'fp32',
      ...(o.signal ? { signal: o.signal } : {}),
    }),
  );
  if (outcome.ok || !PASSING.includes(outcome.code)) o.store.recordEvaluation(key, outcome, o.block);
  return outcome;
}

function judge(verdict: Awaited<ReturnType<typeof evaluateWeights>>): StoredEvaluation {
  if (!verdict.ok) return verdict;
  const { loss, meanAuroc } = verdict.evaluation;
  if (!Number.isFinite(loss)) return reject('NOT_FINITE', `the loss on the sample is ${loss}`);
  return { ok: true, loss, meanAuroc };
}

/** SHA-256 of a model's specification: the same weights under another preprocessing are another model. */
export function specDigest(spec: ModelSpec): string {
  const options = Object.entries(spec.options).sort(([a], [b]) => (a < b ? -1 : 1));
  const { architecture, imageSize, channels, classes, mean, std } = spec;
  const canonical = [architecture, imageSize, channels, classes, mean, std, options];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
