import { copyFile, rename, rm } from 'node:fs/promises';
import { HealthTensorError, type Log } from '../common/index.js';
import type { Evaluation, Progress, Trainer } from '../engine/index.js';
import { appendRow, epochLine, epochRow, progressLogger } from './epoch-log.js';

export interface TrainingOptions {
  readonly trainer: Pick<Trainer, 'resumed' | 'position' | 'trainEpoch' | 'validate' | 'saveCheckpoint'>;
  /** -1 = for ever. */
  readonly numEpochs: number;
  readonly saveModelPeriod: number;
  readonly files: { readonly checkpoint: string; readonly goodCheckpoint: string; readonly history: string };
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
 * @throws HealthTensorError TRAINING_DIVERGED; the signal's reason, with the checkpoint saved
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
      await copyFile(o.files.checkpoint, `${o.files.goodCheckpoint}.tmp`);
      await rename(`${o.files.goodCheckpoint}.tmp`, o.files.goodCheckpoint);
    }
  } catch (error) {
    if (error instanceof HealthTensorError && error.code === 'TRAINING_DIVERGED') await goBack(o);
    else if (o.signal?.aborted && error === o.signal.reason) await o.trainer.saveCheckpoint();
    throw error;
  }
}

async function trainOneEpoch(o: TrainingOptions): ReturnType<Trainer['trainEpoch']> {
  const trouble = new AbortController();
  const report = progressLogger(o.log);
  const signal = o.signal ? AbortSignal.any([o.signal, trouble.signal]) : trouble.signal;
  const epoch = o.trainer.position().epoch + 1;
  const trained = await o.trainer.trainEpoch({
    signal,
    checkpointEvery: o.saveModelPeriod,
    onProgress: (progress: Progress) => {
      if (Number.isFinite(progress.loss)) report(progress);
      else trouble.abort(diverged(epoch, 'training', progress.loss));
    },
  });
  if (!Number.isFinite(trained.loss)) throw diverged(epoch, 'training', trained.loss);
  return trained;
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
  if (!Number.isFinite(evaluation.loss)) throw diverged(epoch, 'validation', evaluation.loss);
  const best = evaluation.loss < o.bestLoss();
  const row = epochRow({ epoch, trained, evaluation, best, now: o.now?.() ?? new Date() });
  o.log.info(epochLine(row));
  await appendRow(o.files.history, row);
  if (best) await o.onBest({ epoch, trainLoss: trained?.loss, evaluation });
}

/** Puts the checkpoint of the last sound epoch back; a checkpoint with NaN would only go on with NaN. */
async function goBack({ files, log }: TrainingOptions): Promise<void> {
  await rm(files.checkpoint, { force: true });
  try {
    await copyFile(files.goodCheckpoint, files.checkpoint);
    log.warning('The checkpoint is that of the last epoch whose loss was finite.');
  } catch {
    log.warning('No epoch had a finite loss: the next run starts from the beginning.');
  }
}

function diverged(epoch: number, phase: string, loss: number): HealthTensorError {
  const message = `Training diverged: the ${phase} loss of epoch ${epoch} is ${loss}.`;
  return new HealthTensorError('TRAINING_DIVERGED', message, {
    remedy:
      'Start again with a smaller step, --training_mode slow, or another seed; --restart begins from scratch.',
  });
}
