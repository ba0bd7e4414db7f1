import { FINDINGS, type Hotkey, type Log, type Uid } from '../common/index.js';
import type { Dataset } from '../dataset/index.js';
import type { Device, Trainer } from '../engine/index.js';
import type { PublicationState } from './publication.js';
import { recipeText } from './recipe-text.js';
import type { MinerSettings } from './settings.js';
import type { TrainingPlan } from './training-plan.js';
import { describeStart, type TrainingStart } from './training-start.js';

/** Writes what a reader of the log wants to know of a run before its first epoch. */
export function logHeader(
  o: {
    settings: MinerSettings;
    uid: Uid;
    hotkey: Hotkey;
    seed: number;
    device: Device;
    dataset: Dataset;
    split: { train: Uint32Array; validation: Uint32Array };
    trainer: Trainer;
    plan: TrainingPlan;
    start: TrainingStart;
    directory: string;
    publications: PublicationState;
  },
  log: Log,
): void {
  const { settings, trainer, split, plan, dataset } = o;
  const { spec, record } = o.start;
  log.info(
    `Miner ${o.hotkey}, uid ${o.uid} of subnet ${settings.netuid}; publishing to ${settings.hub.repo}`,
  );
  log.info(
    `Model ${spec.architecture}${optionsText(spec.options)}, ${spec.imageSize} pixels, ` +
      `${trainer.parameters.toLocaleString('en-US')} parameters, from ${describeStart(record).source}`,
  );
  log.info(`Device ${o.device.description}; activations ${plan.recipe.precision}; seed ${o.seed}`);
  log.info(
    `Data ${dataset.path}: ${split.train.length} images to train on, ${split.validation.length} to validate on, ` +
      'split by patient',
  );
  log.info(`Prevalence in training: ${prevalenceText(prevalence(dataset.images, split.train))}`);
  const patience =
    plan.patience === 0 ? 'no early stop' : `stops after ${plan.patience} epochs without a better loss`;
  log.info(
    `Training ${settings.trainingMode}: batch ${settings.batchSize}, ${recipeText(plan.recipe)}; ${patience}`,
  );
  log.info(resumeText(trainer));
  const { published } = o.publications;
  if (published !== undefined) {
    log.info(`Published so far: epoch ${published.epoch}, validation loss ${published.loss.toFixed(6)}`);
  }
  log.info(`State in ${o.directory}`);
}

/** Part of the given rows that shows each finding, in the order of FINDINGS. */
export function prevalence(images: readonly { readonly labels: number }[], rows: Uint32Array): number[] {
  return FINDINGS.map((_, finding) => {
    let count = 0;
    for (const row of rows) if (((images[row]?.labels ?? 0) >> finding) & 1) count++;
    return rows.length === 0 ? 0 : count / rows.length;
  });
}

function prevalenceText(parts: readonly number[]): string {
  return FINDINGS.map((finding, i) => `${finding} ${(100 * (parts[i] ?? 0)).toFixed(1)} %`).join(', ');
}

function resumeText(trainer: Trainer): string {
  const { epoch, batch, batches } = trainer.position();
  if (!trainer.resumed) return `Starting at epoch 1 of ${batches} batches`;
  const { bestLoss, bestEpoch } = trainer.standing();
  const best = bestLoss === null ? '' : `; best ${bestLoss.toFixed(6)} in epoch ${bestEpoch}`;
  return `Going on at epoch ${epoch + 1}, batch ${batch} of ${batches}${best}`;
}

function optionsText(options: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(options).map(([name, value]) => `${name}=${String(value)}`);
  return entries.length === 0 ? '' : ` (${entries.join(', ')})`;
}
