import { join } from 'node:path';
import {
  type Device,
  type Evaluation,
  type Trainer,
  type TrainerOptions,
  evaluateWeights,
  modelSpec,
  plainRecipe,
} from '../../src/engine/index.js';
import { rows, writePixelCache } from './pixel-cache.js';

/** One thread: the results of a training are equal to the bit only for the same number. */
export const DEVICE: Device = { kind: 'cpu', threads: 1, indices: [], description: 'CPU' };

/** A decay that turns each weight into minus a million times itself: after some steps the loss is no number. */
export const DIVERGING = plainRecipe({ optimizer: 'adamw', learningRate: 1000, weightDecay: 1000 });

/** A training on 32 of 40 small images. */
export async function smallTraining(
  folder: string,
  changes: Partial<TrainerOptions> = {},
): Promise<TrainerOptions> {
  return {
    spec: modelSpec('cnn', { imageSize: 32, channels: 1 }),
    cachePath: changes.cachePath ?? (await writePixelCache(folder, { imageSize: 32, images: 40 })),
    trainIndices: rows(32),
    validationIndices: rows(8, 32),
    batchSize: 8,
    recipe: plainRecipe(),
    seed: 7,
    device: DEVICE,
    checkpointPath: join(folder, 'checkpoint'),
    resume: false,
    ...changes,
  };
}

/** What the trainer's weights are worth to others on the images that it validates on, by way of a file at the path. */
export async function evaluateSaved(
  trainer: Trainer,
  weightsPath: string,
  { spec, cachePath, validationIndices: indices }: TrainerOptions,
): Promise<Evaluation> {
  await trainer.saveWeights(weightsPath);
  const verdict = await evaluateWeights({
    spec,
    weightsPath,
    cachePath,
    indices,
    batchSize: 8,
    device: DEVICE,
  });
  if (!verdict.ok) throw new Error(verdict.detail);
  return verdict.evaluation;
}
