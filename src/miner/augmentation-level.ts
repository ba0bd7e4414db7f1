import type { Augmentation } from '../engine/index.js';

/** The words of `--augmentation`. */
export const AUGMENTATION_LEVELS = ['none', 'light', 'full'] as const;
export type AugmentationLevel = (typeof AUGMENTATION_LEVELS)[number];

/**
 * What the levels mean: the spread of positioning and exposure between radiographs, and no more. None of them flips: the
 * heart has a side, and a flipped chest is another finding.
 */
export const AUGMENTATIONS: Readonly<Record<AugmentationLevel, Augmentation>> = {
  none: { rotation: 0, shift: 0, scale: 0, contrast: 0, brightness: 0, noise: 0, flip: 0 },
  light: { rotation: 5, shift: 0.03, scale: 0.05, contrast: 0.1, brightness: 0.05, noise: 0, flip: 0 },
  full: { rotation: 10, shift: 0.06, scale: 0.1, contrast: 0.15, brightness: 0.06, noise: 0.01, flip: 0 },
};
