// @ts-check
import { join } from 'node:path';
import { engineModule } from './built.mjs';
import { startSample, summarise, takeSamples } from './meter.mjs';
import { writeSyntheticCache } from './synthetic-cache.mjs';

/** A sample of fast steps is as many as take this long: /proc/stat counts in 10 ms. */
const SAMPLE_SECONDS = 0.3;
const WARM_UP_STEPS = 3;

/**
 * @typedef {object} CaseSettings what one child process measures
 * @property {string} arch
 * @property {'fp32' | 'bf16'} precision
 * @property {number} batch
 * @property {number} size side of the images in pixels
 * @property {number} steps clean samples wanted
 * @property {number} limit seconds after which it makes do with what it has
 * @property {number} [threads] default: the engine's
 * @property {string} folder for its files; gone afterwards
 */

/**
 * The trainer's options for an epoch of so many batches of noise: what the Keras original does (Adam at a constant
 * rate, nothing else), so that all frameworks do the same work a step.
 * @param {CaseSettings} settings
 * @param {number} batches
 * @param {object} [changes] of the recipe
 */
export async function trainerOptions(
  { arch, precision, batch, size, threads, folder },
  batches,
  changes = {},
) {
  const { modelSpec, openDevice, plainRecipe } = await engineModule();
  const { cachePath, indices } = await writeSyntheticCache(folder, {
    imageSize: size,
    images: batch * batches,
  });
  return {
    spec: modelSpec(arch, { imageSize: size }),
    cachePath,
    trainIndices: indices,
    validationIndices: indices.subarray(0, batch),
    batchSize: batch,
    recipe: plainRecipe({ precision, learningRate: 1e-4, ...changes }),
    seed: 1,
    device: await openDevice(threads === undefined ? { kind: 'cpu' } : { kind: 'cpu', threads }),
    checkpointPath: join(folder, 'checkpoint'),
    resume: false,
  };
}

/**
 * One sample: epochs for long enough to be timed. Gives it per batch, and the loss of the last epoch.
 * @param {{trainEpoch: () => Promise<{loss: number, seconds: number}>, position: () => {batches: number}}} trainer
 */
export async function sampleEpochs(trainer) {
  const end = startSample();
  let [epochs, seconds, loss] = [0, 0, 0];
  while (seconds < SAMPLE_SECONDS) {
    const epoch = await trainer.trainEpoch();
    epochs += 1;
    seconds += epoch.seconds;
    loss = epoch.loss;
  }
  return { loss, ...end(epochs * trainer.position().batches, seconds) };
}

/**
 * Steps of a training: batch from the cache, forward, loss, backward, Adam. An epoch is one batch, so that an epoch's
 * own time is a step's.
 * @param {CaseSettings} settings
 */
export async function measureTrain(settings) {
  const { Trainer } = await engineModule();
  const trainer = await Trainer.open(await trainerOptions(settings, 1));
  for (let step = 0; step < WARM_UP_STEPS; step += 1) await trainer.trainEpoch();
  let loss = 0;
  const samples = await takeSamples({ wanted: settings.steps, limitSeconds: settings.limit }, async () => {
    const sample = await sampleEpochs(trainer);
    loss = sample.loss;
    return sample;
  });
  const { parameters } = trainer;
  trainer.dispose();
  return { parameters, loss, ...summarise(samples, settings.batch) };
}

/**
 * The weights of a fresh model, for the cases that start from a file: made in a process of their own, so that the
 * optimiser's memory is not counted as theirs.
 * @param {CaseSettings} settings
 */
export async function writeWeights(settings) {
  const { Trainer } = await engineModule();
  const trainer = await Trainer.open(await trainerOptions({ ...settings, batch: 2 }, 1));
  await trainer.saveWeights(weightsPath(settings.folder));
  trainer.dispose();
  return {};
}

/** @param {string} folder */
export const weightsPath = (folder) => join(folder, 'model.safetensors');
