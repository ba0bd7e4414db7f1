import type { Recipe } from '../engine/index.js';
import type { AugmentationLevel } from './augmentation-level.js';

/** The words of `--training_mode`. */
export const TRAINING_MODES = ['fast', 'normal', 'slow'] as const;
export type TrainingMode = (typeof TRAINING_MODES)[number];

/** What a mode decides. Precision is not in it: that follows from the device. */
export interface ModeRecipe extends Omit<Recipe, 'precision' | 'augmentation'> {
  readonly augmentation: AugmentationLevel;
  /** Epochs without a better validation loss after which the training ends; 0 = never. */
  readonly patience: number;
}

/**
 * What the modes share. AdamW with clipping is what survives an unlucky batch in all five architectures. Labels are not
 * smoothed: models are ranked by cross-entropy, and smoothing moves every probability away from the truth
 * (Mueller et al. 2019, section 3).
 * CheXNet divided the rate by ten at a plateau (Rajpurkar et al. 2017); a third forgives a plateau that was only noise.
 */
const COMMON = {
  optimizer: 'adamw',
  clipNorm: 1,
  labelSmoothing: 0,
  accumulate: 1,
  plateauPatience: 2,
  plateauFactor: 0.3,
  minimumRate: 0.01,
  emaDecay: 0,
} as const satisfies Partial<ModeRecipe>;

/**
 * The one table of the modes. A pretrained backbone gets a tenth of the head's rate: 1e-4, the original's, moves it
 * without washing out what it knows, while the new head starts from nothing. From scratch there is one rate for
 * everything, a longer schedule and a longer warm-up. Fine-tuned networks reach their best validation loss on
 * ChestX-ray14 within about five epochs and overfit from there on, so that the schedules are short.
 */
export const MODE_RECIPES: Readonly<
  Record<TrainingMode, Readonly<Record<'pretrained' | 'scratch', ModeRecipe>>>
> = {
  fast: {
    // Only the head, on features that are computed once: epochs cost a second or so, so that there may be many.
    pretrained: {
      ...COMMON,
      learningRate: 1e-3,
      backboneRate: 0,
      weightDecay: 0.01,
      warmupEpochs: 0,
      schedule: 'plateau',
      scheduleEpochs: 30,
      augmentation: 'none',
      patience: 10,
    },
    // There is nothing worth freezing: all layers, without the costs of augmentation.
    scratch: {
      ...COMMON,
      learningRate: 1e-3,
      backboneRate: 1,
      weightDecay: 0.01,
      warmupEpochs: 0,
      schedule: 'plateau',
      scheduleEpochs: 30,
      augmentation: 'none',
      patience: 6,
    },
  },
  normal: {
    pretrained: {
      ...COMMON,
      learningRate: 1e-3,
      backboneRate: 0.1,
      weightDecay: 0.05,
      warmupEpochs: 0.5,
      schedule: 'cosine',
      scheduleEpochs: 10,
      augmentation: 'light',
      patience: 5,
    },
    scratch: {
      ...COMMON,
      learningRate: 5e-4,
      backboneRate: 1,
      weightDecay: 0.05,
      warmupEpochs: 1,
      schedule: 'cosine',
      scheduleEpochs: 30,
      augmentation: 'light',
      patience: 8,
    },
  },
  slow: {
    pretrained: {
      ...COMMON,
      learningRate: 5e-4,
      backboneRate: 0.1,
      weightDecay: 0.05,
      warmupEpochs: 1,
      schedule: 'cosine',
      scheduleEpochs: 30,
      emaDecay: 0.999,
      augmentation: 'full',
      patience: 10,
    },
    scratch: {
      ...COMMON,
      learningRate: 3e-4,
      backboneRate: 1,
      weightDecay: 0.05,
      warmupEpochs: 2,
      schedule: 'cosine',
      scheduleEpochs: 80,
      emaDecay: 0.999,
      augmentation: 'full',
      patience: 15,
    },
  },
};
