import { appendFile } from 'node:fs/promises';
import { FINDINGS, type Log } from '../common/index.js';
import type { Evaluation, Progress } from '../engine/index.js';

/** What an epoch ended with; one line of history.jsonl. */
export interface EpochRow {
  /** From 1. */
  readonly epoch: number;
  /** Undefined when the epoch's end was reached by an earlier run. */
  readonly trainLoss: number | undefined;
  readonly validationLoss: number;
  readonly meanAuroc: number | null;
  /** By finding. */
  readonly auroc: Readonly<Record<string, number | null>>;
  readonly meanAuprc: number | null;
  readonly auprc: Readonly<Record<string, number | null>>;
  /** The head's, at the end of the epoch. */
  readonly learningRate: number;
  /** Of its training. */
  readonly seconds: number | undefined;
  readonly imagesPerSecond: number | undefined;
  /** The lowest validation loss up to now, which is published. */
  readonly best: boolean;
  readonly time: string;
}

/** Puts an epoch's figures together. */
export function epochRow(o: {
  epoch: number;
  trained: { loss: number; images: number; seconds: number } | undefined;
  evaluation: Evaluation;
  learningRate: number;
  best: boolean;
  now: Date;
}): EpochRow {
  const { trained, evaluation } = o;
  return {
    epoch: o.epoch,
    trainLoss: trained?.loss,
    validationLoss: evaluation.loss,
    meanAuroc: evaluation.meanAuroc,
    meanAuprc: evaluation.meanAuprc,
    auroc: byFinding(evaluation.auroc),
    auprc: byFinding(evaluation.auprc),
    learningRate: o.learningRate,
    seconds: trained?.seconds,
    imagesPerSecond: trained && trained.seconds > 0 ? trained.images / trained.seconds : undefined,
    best: o.best,
    time: o.now.toISOString(),
  };
}

function byFinding(figures: readonly (number | null)[]): Record<string, number | null> {
  return Object.fromEntries(FINDINGS.map((finding, i) => [finding, figures[i] ?? null]));
}

/** `Epoch 3 | train 0.191200 | validation 0.187500 | AUROC 0.6931 | AUPRC 0.2310 | rate 1.0e-3 | 241 s, 412 images/s | best` */
export function epochLine(row: EpochRow): string {
  const cells = [
    `Epoch ${row.epoch}`,
    `train ${row.trainLoss === undefined ? '-' : row.trainLoss.toFixed(6)}`,
    `validation ${row.validationLoss.toFixed(6)}`,
    `AUROC ${row.meanAuroc === null ? '-' : row.meanAuroc.toFixed(4)}`,
    `AUPRC ${row.meanAuprc === null ? '-' : row.meanAuprc.toFixed(4)}`,
    `rate ${row.learningRate.toExponential(1)}`,
    ...(row.seconds === undefined
      ? []
      : [`${row.seconds.toFixed(0)} s, ${row.imagesPerSecond?.toFixed(0) ?? '-'} images/s`]),
    ...(row.best ? ['best'] : []),
  ];
  return cells.join(' | ');
}

/** Appends a row to history.jsonl. */
export function appendRow(path: string, row: EpochRow): Promise<void> {
  return appendFile(path, `${JSON.stringify(row)}\n`);
}

const EVERY_MS = 10_000;

/** A progress listener that writes at most one line in ten seconds. */
export function progressLogger(log: Log, now: () => number = () => performance.now()): (p: Progress) => void {
  let last = now();
  return (progress) => {
    if (now() - last < EVERY_MS) return;
    last = now();
    log.info(progressLine(progress));
  };
}

/** `Epoch 3: batch 100 of 250, 320 images/s, 15 s left, rate 8.1e-4, loss 0.147120` */
export function progressLine(progress: Progress): string {
  const { phase, epoch, batch, batches, images, imagesPerSecond, learningRate, loss } = progress;
  const what = { train: `Epoch ${epoch + 1}`, evaluate: 'Validating', features: 'Features' }[phase];
  const secondsLeft = ((batches - batch) * images) / batch / imagesPerSecond;
  return [
    `${what}: batch ${batch} of ${batches}`,
    `${imagesPerSecond.toFixed(0)} images/s`,
    ...(Number.isFinite(secondsLeft) ? [`${Math.ceil(secondsLeft)} s left`] : []),
    ...(phase === 'train' ? [`rate ${learningRate.toExponential(1)}`] : []),
    ...(phase === 'features' ? [] : [`loss ${loss.toFixed(6)}`]),
  ].join(', ');
}
