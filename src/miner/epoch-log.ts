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
  best: boolean;
  now: Date;
}): EpochRow {
  const { trained, evaluation } = o;
  return {
    epoch: o.epoch,
    trainLoss: trained?.loss,
    validationLoss: evaluation.loss,
    meanAuroc: evaluation.meanAuroc,
    auroc: Object.fromEntries(FINDINGS.map((finding, i) => [finding, evaluation.auroc[i] ?? null])),
    imagesPerSecond: trained && trained.seconds > 0 ? trained.images / trained.seconds : undefined,
    best: o.best,
    time: o.now.toISOString(),
  };
}

/** The row for people: `Epoch 3 | train 0.1912 | validation 0.1875 | AUROC 0.6931 | 412 images/s | best`. */
export function epochLine(row: EpochRow): string {
  const cells = [
    `Epoch ${row.epoch}`,
    `train ${row.trainLoss === undefined ? '-' : row.trainLoss.toFixed(6)}`,
    `validation ${row.validationLoss.toFixed(6)}`,
    `AUROC ${row.meanAuroc === null ? '-' : row.meanAuroc.toFixed(4)}`,
    ...(row.imagesPerSecond === undefined ? [] : [`${row.imagesPerSecond.toFixed(0)} images/s`]),
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
    const { phase, epoch, batch, batches, imagesPerSecond, loss } = progress;
    const what = phase === 'train' ? `Epoch ${epoch + 1}` : `Validating epoch ${epoch + 1}`;
    log.info(
      `${what}: batch ${batch} of ${batches}, ${imagesPerSecond.toFixed(0)} images/s, loss ${loss.toFixed(6)}`,
    );
  };
}
