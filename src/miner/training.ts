import { HealthTensorError, type Log } from '../common/index.js';
import type { Evaluation, Trainer } from '../engine/index.js';
import { appendRow, epochLine, epochRow, progressLogger } from './epoch-log.js';

export interface TrainingOptions {
  readonly trainer: Pick<Trainer, 'resumed' | 'position' | 'trainEpoch' | 'validate' | 'saveCheckpoint'>;
  /** -1 = for ever. */
  readonly numEpochs: number;
  readonly saveModelPeriod: number;
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

/**
 * Trains epoch by epoch, validates after each, and offers every improvement. The checkpoint is always one that can be
 * gone on from: also when this is aborted, and when the loss stops being a number.
 * @throws HealthTensorError TRAINING_DIVERGED, with the last good checkpoint; the signal's reason, with a new one
 */
export async function train(o: TrainingOptions): Promise<void> {
  try {
    const { epoch, batch } = o.trainer.position();
    // An earlier run may have been stopped between the end of an epoch and its validation.
    if (o.trainer.resumed && batch === 0 && epoch > 0) await finishEpoch(o, epoch, undefined);
    while (o.numEpochs === -1 || o.trainer.position().epoch < o.numEpochs) {
      const trained = await trainOneEpoch(o);
      await finishEpoch(o, o.trainer.position().epoch, trained);
      await o.trainer.saveCheckpoint();
    }
  } catch (error) {
    if (o.signal?.aborted && error === o.signal.reason) await o.trainer.saveCheckpoint();
    if (error instanceof HealthTensorError && error.code === 'NOT_FINITE') throw diverged(error);
    throw error;
  }
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
  const row = epochRow({ epoch, trained, evaluation, best, now: o.now?.() ?? new Date() });
  o.log.info(epochLine(row));
  await appendRow(o.history, row);
  if (best) await o.onBest({ epoch, trainLoss: trained?.loss, evaluation });
}

/** The engine has kept weights and checkpoint as they were before the batch whose loss was no number. */
function diverged(cause: HealthTensorError): HealthTensorError {
  const message = `Training diverged: ${cause.message}. The last good checkpoint is kept.`;
  return new HealthTensorError('TRAINING_DIVERGED', message, {
    remedy: 'Go on with a smaller step (--training_mode slow), or start afresh with --restart.',
    cause,
  });
}
