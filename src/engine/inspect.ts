import type { ModelSpec, Verdict } from '../common/index.js';
import { loadAddon } from './load-addon.js';
import { fromNative } from './native-errors.js';
import { rejectionOf } from './rejections.js';

/** What a sound file of weights is. */
export interface Inspection {
  /** Trained numbers. */
  readonly parameters: number;
  /** The same for all files with the same tensors, however they were saved: 64 hex digits (docs/commitments.md). */
  readonly tensorDigest: string;
  /** Of the tensors that turn an image into features: 16 hex digits, equal where two models have one backbone. */
  readonly backboneDigest: string;
}

/**
 * Checks a file against the architecture's exact tensor names, shapes and types, and its numbers for NaN and infinity,
 * in constant memory. The verdicts are those of `evaluateWeights`.
 */
export async function inspectWeights(options: {
  spec: ModelSpec;
  weightsPath: string;
}): Promise<Verdict<Inspection>> {
  const addon = await loadAddon();
  try {
    return { ok: true, ...(await addon.inspectWeights(options.spec, options.weightsPath)) };
  } catch (error) {
    return rejectionOf(fromNative(error));
  }
}

/**
 * How far two files of weights are from each other: 0 the same, about e where every row of every tensor was changed by the
 * share e of its norm, sqrt(2) unrelated. docs/scoring.md says what it cannot see.
 */
export interface WeightsDistance {
  /** Over all weights. */
  readonly relative: number;
  /** Over those that turn an image into features. */
  readonly backbone: number;
  /** Over those that turn features into logits. */
  readonly head: number;
}

/** The distance of two files of one architecture, in constant memory; a verdict when either is no such file. */
export async function weightsDistance(options: {
  spec: ModelSpec;
  weightsPath: string;
  otherPath: string;
}): Promise<Verdict<WeightsDistance>> {
  const { spec, weightsPath, otherPath } = options;
  const addon = await loadAddon();
  try {
    return { ok: true, ...(await addon.weightsDistance(spec, weightsPath, otherPath)) };
  } catch (error) {
    return rejectionOf(fromNative(error));
  }
}
