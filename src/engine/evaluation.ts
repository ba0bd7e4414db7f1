import type { NativeEvaluation } from './native-addon.js';

/** What a model is worth on a list of images. Lists are by finding, in the order of FINDINGS; docs/scoring.md defines the figures. */
export interface Evaluation {
  /** Mean binary cross-entropy over images and findings, in nats. */
  loss: number;
  images: number;
  /** Mean over findings for each image, in the order of the indices. */
  perImageLoss: Float32Array;
  /** [images][14], in the order of the indices. */
  logits: Float32Array;
  /** Area under the ROC curve; null where all images have the finding or none has. */
  auroc: (number | null)[];
  /** Average precision, the area under the precision-recall curve; null where no image has the finding. */
  auprc: (number | null)[];
  /** Mean squared error of the probabilities. */
  brier: number[];
  /** Expected calibration error of the probabilities, over 15 bins of equal width. */
  ece: number[];
  /** Means over the findings where the figure is defined; null when that is none. */
  meanAuroc: number | null;
  meanAuprc: number | null;
  meanBrier: number;
  meanEce: number;
}

export function evaluationOf(native: NativeEvaluation): Evaluation {
  const auroc = definedOrNull(native.auroc);
  const auprc = definedOrNull(native.auprc);
  const { loss, images, perImageLoss, logits } = native;
  return {
    loss,
    images,
    perImageLoss,
    logits,
    auroc,
    auprc,
    brier: [...native.brier],
    ece: [...native.ece],
    meanAuroc: meanOfDefined(auroc),
    meanAuprc: meanOfDefined(auprc),
    meanBrier: mean(native.brier),
    meanEce: mean(native.ece),
  };
}

function definedOrNull(figures: Float64Array): (number | null)[] {
  return Array.from(figures, (figure) => (Number.isNaN(figure) ? null : figure));
}

function meanOfDefined(figures: readonly (number | null)[]): number | null {
  const defined = figures.filter((figure) => figure !== null);
  return defined.length === 0 ? null : mean(defined);
}

function mean(figures: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const figure of figures) sum += figure;
  return sum / figures.length;
}
