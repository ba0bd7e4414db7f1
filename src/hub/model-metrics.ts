import { FINDINGS } from '../common/findings.js';
import type { ModelReport } from './model-report.js';

/** `metrics.json`: the figures of the model card for programs. An AUROC that is not defined is null. */
export function modelMetrics(report: ModelReport): Uint8Array {
  const { evaluation, training } = report;
  const metrics = {
    version: 1,
    split: 'validation',
    images: evaluation.images,
    loss: evaluation.loss,
    meanAuroc: evaluation.meanAuroc,
    auroc: Object.fromEntries(FINDINGS.map((finding, i) => [finding, evaluation.auroc[i] ?? null])),
    training: { epoch: training.epoch, images: training.images, loss: training.loss ?? null },
  };
  return new TextEncoder().encode(`${JSON.stringify(metrics, undefined, 2)}\n`);
}
