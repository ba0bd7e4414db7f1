/** The words of `--training_mode`. */
export const TRAINING_MODES = ['fast', 'normal', 'slow'] as const;
export type TrainingMode = (typeof TRAINING_MODES)[number];

// In the original, `fast` froze a pretrained backbone and the other two were the same. Models here start from
// scratch, so that freezing would leave random features; the mode chooses the step size instead.
const LEARNING_RATES: Readonly<Record<TrainingMode, number>> = { fast: 1e-3, normal: 3e-4, slow: 1e-4 };

/** Adam's step size for a training mode: larger learns sooner, smaller settles lower. 1e-4 was the original's. */
export function learningRateOf(mode: TrainingMode): number {
  return LEARNING_RATES[mode];
}
