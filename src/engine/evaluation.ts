import type { NativeEvaluation } from './native-addon.js';

/** What a model is worth on a list of images. */
export interface Evaluation {
  /** Mean binary cross-entropy over images and findings, in nats. */
  loss: number;
  images: number;
  /** Mean over findings for each image, in the order of the indices. */
  perImageLoss: Float32Array;
  /** Area under the ROC curve for each finding; null where all images have it or none has. */
  auroc: (number | null)[];
  /** Mean of those that are defined; null when none is. */
  meanAuroc: number | null;
}

export function evaluationOf(native: NativeEvaluation): Evaluation {
  const auroc = Array.from(native.auroc, (area) => (Number.isNaN(area) ? null : area));
  const defined = auroc.filter((area) => area !== null);
  const meanAuroc =
    defined.length === 0 ? null : defined.reduce((sum, area) => sum + area, 0) / defined.length;
  return { loss: native.loss, images: native.images, perImageLoss: native.perImageLoss, auroc, meanAuroc };
}
