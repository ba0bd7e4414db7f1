import type { ModelSpec, Verdict } from '../common/index.js';
import { type CallControl, cancellable } from './cancellable.js';
import { type Device, nativeDevice } from './device.js';
import { type Evaluation, evaluationOf } from './evaluation.js';
import { loadAddon } from './load-addon.js';
import { rejectionOf } from './rejections.js';

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

/** As many pixels as 32 images of 224 x 224. */
function defaultBatchSize(spec: ModelSpec): number {
  return Math.max(1, Math.min(256, Math.floor((32 * 224 ** 2) / spec.imageSize ** 2)));
}
