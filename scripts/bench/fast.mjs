// @ts-check
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { engineModule } from './built.mjs';
import { round, startSample, summarise, takeSamples } from './meter.mjs';
import { sampleEpochs, trainerOptions } from './train.mjs';

/** @typedef {import('./train.mjs').CaseSettings} CaseSettings */

const BATCHES = 16;

/**
 * The mode `fast`: a frozen backbone, whose features are computed in the first epoch and read from a file in the others.
 * @param {CaseSettings} settings
 */
export async function measureFast(settings) {
  const { Trainer } = await engineModule();
  const options = await trainerOptions(settings, BATCHES, { backboneRate: 0 });
  const featureCache = join(settings.folder, 'features');
  await mkdir(featureCache, { recursive: true });
  const trainer = await Trainer.open({ ...options, featureCache });
  const images = settings.batch * BATCHES;
  const end = startSample();
  await trainer.trainEpoch();
  const first = end(BATCHES);
  await trainer.trainEpoch();
  const samples = await takeSamples({ wanted: settings.steps, limitSeconds: settings.limit }, () =>
    sampleEpochs(trainer),
  );
  trainer.dispose();
  return {
    images,
    firstEpochImagesPerSecond: round(settings.batch / first.seconds, 4),
    firstEpochForeignShare: round(first.foreign, 2),
    ...summarise(samples, settings.batch),
  };
}
