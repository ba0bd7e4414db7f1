import {
  type ModelSpec,
  type Rejection,
  type Verdict,
  VERDICT_CODES,
  type VerdictCode,
  messageOf,
  reject,
} from '../common/index.js';
import { type CallControl, cancellable } from './cancellable.js';
import { type Device, nativeDevice } from './device.js';
import { type Evaluation, evaluationOf } from './evaluation.js';
import { loadAddon } from './load-addon.js';
import { codeOf, fromNative } from './native-errors.js';

/** What the activations of an evaluation are: 32-bit floats, or bfloat16 for speed. */
export type EvaluationPrecision = 'fp32' | 'bf16';

/** A model file of a stranger and the images to try it on. */
export interface EvaluateOptions extends CallControl {
  spec: ModelSpec;
  weightsPath: string;
  cachePath: string;
  /** Rows of the pixel cache. */
  indices: Uint32Array;
  /** Images at a time; the default keeps memory the same for all image sizes. */
  batchSize?: number;
  device: Device;
  /** `bf16` is a fast screen: its loss differed by up to 1.4e-3 where we measured it (docs/scoring.md). The default is `fp32`. */
  precision?: EvaluationPrecision;
}

/**
 * Loads weights into one of our architectures and evaluates them. What is wrong with the model is a verdict:
 * UNKNOWN_ARCHITECTURE, BAD_CONFIG, BAD_SAFETENSORS, TENSOR_MISMATCH, NOT_FINITE, OUT_OF_MEMORY, EVALUATION_FAILED.
 * A bad pixel cache or index is ours and thrown, and so is a file that the system does not let us read (READ_FAILED).
 */
export async function evaluateWeights(
  options: EvaluateOptions,
): Promise<Verdict<{ evaluation: Evaluation }>> {
  const { spec, weightsPath, cachePath, indices, device, precision = 'fp32', signal, onProgress } = options;
  const batchSize = options.batchSize ?? defaultBatchSize(spec);
  const addon = await loadAddon();
  const request = {
    spec,
    weightsPath,
    cachePath,
    indices,
    batchSize,
    device: nativeDevice(device),
    precision,
  };
  try {
    const native = await cancellable(addon, { signal, onProgress }, (cancellation, report) =>
      addon.evaluateWeights(request, cancellation, report),
    );
    return { ok: true, evaluation: evaluationOf(native) };
  } catch (error) {
    return rejectionOf(error);
  }
}

/**
 * Checks a file against the architecture's exact tensor names, shapes and types, and its numbers for NaN and infinity,
 * in constant memory. The verdicts are those of `evaluateWeights`.
 */
export async function inspectWeights(options: {
  spec: ModelSpec;
  weightsPath: string;
}): Promise<Verdict<{ parameters: number }>> {
  const addon = await loadAddon();
  try {
    return { ok: true, ...(await addon.inspectWeights(options.spec, options.weightsPath)) };
  } catch (error) {
    return rejectionOf(fromNative(error));
  }
}

/** As many pixels as 32 images of 224 x 224. */
function defaultBatchSize(spec: ModelSpec): number {
  return Math.max(1, Math.min(256, Math.floor((32 * 224 ** 2) / spec.imageSize ** 2)));
}

/** The rejection that an error stands for; an error that is none of the model's is thrown again. */
function rejectionOf(error: unknown): Rejection {
  const code = codeOf(error);
  // The architecture and the file were checked before: an operation that fails then does so for these weights.
  if (code === 'ENGINE_FAILED') return reject('EVALUATION_FAILED', messageOf(error));
  if (isVerdictCode(code)) return reject(code, messageOf(error));
  throw error;
}

function isVerdictCode(code: string | undefined): code is VerdictCode {
  return (VERDICT_CODES as readonly string[]).includes(code ?? '');
}
