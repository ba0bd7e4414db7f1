import type { Device } from './device.js';

/** Type of the activations; weights, optimiser, logits and loss are always float32. */
export type Precision = 'fp32' | 'bf16' | 'fp16';

/**
 * Random changes of the training images, drawn anew for each image and epoch, uniformly in plus or minus the value. All
 * zero: none.
 */
export interface Augmentation {
  /** Degrees. */
  rotation: number;
  /** Part of the image's size. */
  shift: number;
  /** Part of the image's size. */
  scale: number;
  /** Part of the contrast. */
  contrast: number;
  /** Added to a gray value of 0..1. */
  brightness: number;
  /** Standard deviation of the noise added to a gray value of 0..1. */
  noise: number;
  /** Probability of a horizontal flip. A chest has a side: leave it at 0 unless you know better. */
  flip: number;
}

/** How to train. The addon checks every field (native/training/recipe.cpp) and refuses a wrong one as BAD_RECIPE. */
export interface Recipe {
  /** fp16 only on a GPU, where the loss is scaled to keep small gradients. */
  precision: Precision;
  /** Betas 0.9 and 0.999, epsilon 1e-7. adamw's decay is decoupled from the gradient; adam's is added to it. */
  optimizer: 'adam' | 'adamw';
  /** The head's. */
  learningRate: number;
  /** Times learningRate for the backbone; 0: frozen, its features are computed once and kept. */
  backboneRate: number;
  /** Of weight matrices and kernels; biases and norms have none. */
  weightDecay: number;
  /** The rate rises linearly from 0 over so many epochs; may be fractional. */
  warmupEpochs: number;
  schedule: 'constant' | 'cosine' | 'plateau';
  /** Length of the cosine in epochs, warm-up included; afterwards the rate stays at its minimum. */
  scheduleEpochs: number;
  /** Validations without a better loss after which the plateau schedule lowers the rate. */
  plateauPatience: number;
  /** What it lowers it by. */
  plateauFactor: number;
  /** Times learningRate: the schedule goes no lower. */
  minimumRate: number;
  /** Largest norm of all gradients together; larger ones are scaled down to it. 0: any. */
  clipNorm: number;
  /** Of the running average of the weights, per step; validation and saved weights are then the average. 0: none. */
  emaDecay: number;
  /** Labels y become y (1 - s) + s / 2. */
  labelSmoothing: number;
  /** Batches per optimiser step. */
  accumulate: number;
  augmentation: Augmentation;
}

export const NO_AUGMENTATION: Augmentation = {
  rotation: 0,
  shift: 0,
  scale: 0,
  contrast: 0,
  brightness: 0,
  noise: 0,
  flip: 0,
};

/** Adam at a constant rate in fp32 and nothing else, with changes: what tests and embedders start from. */
export function plainRecipe(changes: Partial<Recipe> = {}): Recipe {
  return {
    precision: 'fp32',
    optimizer: 'adam',
    learningRate: 1e-3,
    backboneRate: 1,
    weightDecay: 0,
    warmupEpochs: 0,
    schedule: 'constant',
    scheduleEpochs: 1,
    plateauPatience: 1,
    plateauFactor: 0.5,
    minimumRate: 0,
    clipNorm: 0,
    emaDecay: 0,
    labelSmoothing: 0,
    accumulate: 1,
    augmentation: NO_AUGMENTATION,
    ...changes,
  };
}

/**
 * The precision that `auto` stands for on a device: bf16 where it is faster, which reaches the same validation loss as fp32;
 * otherwise fp16 on a GPU, and fp32.
 */
export function resolvePrecision(
  asked: Precision | 'auto',
  device: Partial<Pick<Device, 'kind' | 'bfloat16'>>,
): Precision {
  if (asked !== 'auto') return asked;
  if (device.bfloat16 === true) return 'bf16';
  return device.kind === 'cuda' ? 'fp16' : 'fp32';
}
