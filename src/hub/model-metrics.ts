import { FINDINGS } from '../common/findings.js';
import type { ModelReport } from './model-report.js';

/** `metrics.json`: the figures of the model card for programs. What is not defined is null. */
export function modelMetrics(report: ModelReport): Uint8Array {
  const { evaluation, training } = report;
  const byFinding = (figures: readonly (number | null)[]) =>
    Object.fromEntries(FINDINGS.map((finding, i) => [finding, figures[i] ?? null]));
  const metrics = {
    version: 1,
    split: 'validation',
    images: evaluation.images,
    loss: evaluation.loss,
    meanAuroc: evaluation.meanAuroc,
    meanAuprc: evaluation.meanAuprc,
    meanBrier: evaluation.meanBrier,
    meanEce: evaluation.meanEce,
    auroc: byFinding(evaluation.auroc),
    auprc: byFinding(evaluation.auprc),
    brier: byFinding(evaluation.brier),
    ece: byFinding(evaluation.ece),
    training: { epoch: training.epoch, images: training.images, loss: training.loss ?? null },
  };
  return new TextEncoder().encode(`${JSON.stringify(metrics, undefined, 2)}\n`);
}
