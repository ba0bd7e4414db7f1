import { HealthTensorError, type Log } from '../common/index.js';
import type { Evaluation, Trainer } from '../engine/index.js';
import { withSmallerBatch } from './open-training.js';
import { appendRow, epochLine, epochRow, progressLogger } from './epoch-log.js';

export interface TrainingOptions {
  readonly trainer: Pick<
    Trainer,
    'resumed' | 'position' | 'standing' | 'trainEpoch' | 'validate' | 'saveCheckpoint'
  >;
  /** -1 = for ever. */
  readonly numEpochs: number;
  /** Epochs without a better validation loss after which it ends, counted across restarts; 0 = never. */
  readonly patience: number;
  readonly saveModelPeriod: number;
  /** For what to try when memory runs out. */
  readonly batchSize: number;
  readonly accumulate: number;
  /** history.jsonl */
  readonly history: string;
  /** The validation loss that has to be beaten. */
  readonly bestLoss: () => number;
  /** Called with a model that beat it, before training goes on. */
  readonly onBest: (best: {
    epoch: number;
    trainLoss: number | undefined;
    evaluation: Evaluation;
  }) => Promise<void>;
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

/** Why a training is over: all its epochs are done, or patience is at its end. */
export type TrainingEnd = 'epochs' | 'patience';

/**
 * Trains epoch by epoch, validates after each, and offers every improvement. The checkpoint is always one that can be
 * gone on from: also when this is aborted, and when the loss stops being a number.
 * @throws HealthTensorError TRAINING_DIVERGED, with the last good checkpoint; the signal's reason, with a new one
 */
export async function train(o: TrainingOptions): Promise<TrainingEnd> {
  try {
    const { epoch, batch } = o.trainer.position();
    // An earlier run may have been stopped between the end of an epoch and its validation.
    if (o.trainer.resumed && batch === 0 && epoch > validatedEpochs(o)) {
      await finishEpoch(o, epoch, undefined);
      await o.trainer.saveCheckpoint();
    }
    for (;;) {
      if (o.patience > 0 && o.trainer.standing().epochsWithoutImprovement >= o.patience) return 'patience';
      if (o.numEpochs !== -1 && o.trainer.position().epoch >= o.numEpochs) return 'epochs';
      const trained = await trainOneEpoch(o);
      await finishEpoch(o, o.trainer.position().epoch, trained);
      await o.trainer.saveCheckpoint();
    }
  } catch (error) {
    if (o.signal?.aborted && error === o.signal.reason) await o.trainer.saveCheckpoint();
    if (error instanceof HealthTensorError && error.code === 'NOT_FINITE') throw diverged(error);
    throw withSmallerBatch(error, o);
  }
}

/** How the training ended, for the log. */
export function endText(
  end: TrainingEnd,
  { bestLoss, bestEpoch }: ReturnType<Trainer['standing']>,
  patience: number,
): string {
  const best = bestLoss === null ? '' : ` The best was ${bestLoss.toFixed(6)}, in epoch ${bestEpoch}.`;
  return end === 'epochs'
    ? `All epochs are done.${best}`
    : `Stopped early: no better validation loss in ${patience} epochs.${best} A larger --patience goes on, --restart begins anew.`;
}

/** Every epoch is validated once: the best one, and those after it that were not better. */
function validatedEpochs({ trainer }: Pick<TrainingOptions, 'trainer'>): number {
  const { bestLoss, bestEpoch, epochsWithoutImprovement } = trainer.standing();
  return bestLoss === null ? 0 : bestEpoch + epochsWithoutImprovement;
}

function trainOneEpoch(o: TrainingOptions): ReturnType<Trainer['trainEpoch']> {
  return o.trainer.trainEpoch({
    checkpointEvery: o.saveModelPeriod,
    onProgress: progressLogger(o.log),
    ...(o.signal ? { signal: o.signal } : {}),
  });
}

/** `epoch` counts from 1: the epoch whose end has been reached. */
async function finishEpoch(
  o: TrainingOptions,
  epoch: number,
  trained: Awaited<ReturnType<Trainer['trainEpoch']>> | undefined,
): Promise<void> {
  const evaluation = await o.trainer.validate({
    onProgress: progressLogger(o.log),
    ...(o.signal ? { signal: o.signal } : {}),
  });
  const best = evaluation.loss < o.bestLoss();
  const { learningRate } = o.trainer.standing();
  const row = epochRow({ epoch, trained, evaluation, learningRate, best, now: o.now?.() ?? new Date() });
  o.log.info(epochLine(row));
  await appendRow(o.history, row);
  if (best) await o.onBest({ epoch, trainLoss: trained?.loss, evaluation });
}

/** The engine has kept weights and checkpoint as they were before the batch whose loss was no number. */
function diverged(cause: HealthTensorError): HealthTensorError {
  const message = `Training diverged: ${cause.message}. The last good checkpoint is kept.`;
  return new HealthTensorError('TRAINING_DIVERGED', message, {
    remedy:
      'Go on with a smaller --learning_rate, with --clip_norm 1 or with --precision fp32, or start afresh with --restart.',
    cause,
  });
}
