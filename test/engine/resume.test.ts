import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  type Augmentation,
  type Recipe,
  type Standing,
  Trainer,
  type TrainerOptions,
  modelSpec,
  plainRecipe,
} from '../../src/engine/index.js';
import { rows } from '../support/pixel-cache.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const AUGMENTATION: Augmentation = {
  rotation: 7,
  shift: 0.05,
  scale: 0.1,
  contrast: 0.1,
  brightness: 0.1,
  noise: 0.02,
  flip: 0.5,
};

/** Everything at once. */
const EVERYTHING: Partial<Recipe> = {
  optimizer: 'adamw',
  learningRate: 0.02,
  backboneRate: 0.5,
  weightDecay: 0.05,
  warmupEpochs: 0.3,
  schedule: 'plateau',
  plateauPatience: 1,
  clipNorm: 0.5,
  emaDecay: 0.9,
  labelSmoothing: 0.05,
  augmentation: AUGMENTATION,
};

const CNN = modelSpec('cnn', { imageSize: 32, channels: 1, options: { filters: '8', hidden: 16 } });
const MOBILE = modelSpec('mobile', { imageSize: 32, channels: 1, options: { width: 0.25, hidden: 16 } });
const BATCHES = 4;
const EPOCHS = 3;

interface Outcome {
  weights: Buffer;
  losses: number[];
  standing: Standing;
}

/** Trains to the end; what earlier runs have trained is taken from the checkpoint. */
async function finish(training: TrainerOptions): Promise<Outcome> {
  using trainer = await Trainer.open(training);
  const losses: number[] = [];
  // The last run may have ended between an epoch and its validation; counted twice it would not be exact.
  if (trainer.resumed) await trainer.validate();
  while (trainer.position().epoch < EPOCHS) {
    await trainer.trainEpoch();
    losses.push((await trainer.validate()).loss);
  }
  const path = `${training.checkpointPath}.safetensors`;
  await trainer.saveWeights(path);
  return { weights: await readFile(path), losses, standing: trainer.standing() };
}

/**
 * Trains until the checkpoint after so many batches is written, in an epoch of its own kind: it is aborted as soon as it
 * goes on, somewhere in the middle of the next step or after it.
 */
async function interrupt(training: TrainerOptions, batches: number): Promise<void> {
  using trainer = await Trainer.open(training);
  const controller = new AbortController();
  const stop = new Error('interrupted');
  try {
    while (true) {
      await trainer.trainEpoch({
        checkpointEvery: batches,
        checkpointShare: 1,
        signal: controller.signal,
        onProgress: ({ epoch, batch }) => {
          if (epoch * BATCHES + batch >= batches) controller.abort(stop);
        },
      });
      await trainer.validate();
    }
  } catch (error) {
    if (error !== stop) throw error;
  }
}

describe('a training that was interrupted', () => {
  test.each<[string, Partial<TrainerOptions>, Partial<Recipe>]>([
    ['cnn, plainly', { spec: CNN }, {}],
    ['cnn in fp32 with everything', { spec: CNN }, EVERYTHING],
    [
      'cnn in bf16 with everything, accumulating',
      { spec: CNN },
      { ...EVERYTHING, precision: 'bf16', accumulate: 3 },
    ],
    ['mobile in bf16 with everything', { spec: MOBILE }, { ...EVERYTHING, precision: 'bf16' }],
    ['mobile in fp32, accumulating', { spec: MOBILE }, { ...EVERYTHING, accumulate: 2 }],
  ])('goes on to the same bits from wherever it was: %s', async (_, changes, recipe) => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, {
        trainIndices: rows(16),
        batchSize: 4,
        ...changes,
        recipe: plainRecipe(recipe),
        resume: true,
      });
      const whole = await finish(training);
      expect(whole.losses).toHaveLength(EPOCHS);
      expect(whole.standing.bestEpoch).toBeGreaterThan(0);
      // The last step of an epoch is shorter where three batches are accumulated.
      for (const batches of [1, 2, 3, 4, 6, 8, 9]) {
        const again = { ...training, checkpointPath: join(folder, `checkpoint-${batches}`) };
        await interrupt(again, batches);
        const resumed = await finish(again);
        expect(resumed.losses.at(-1)).toBe(whole.losses.at(-1));
        expect(resumed.standing).toEqual(whole.standing);
        expect(whole.weights.equals(resumed.weights)).toBe(true);
      }
    });
  });

  test('goes on from where it stopped in memory, too, also in the middle of accumulating', async () => {
    await inTemporaryFolder(async (folder) => {
      const recipe = plainRecipe({ ...EVERYTHING, accumulate: 4 });
      const training = await smallTraining(folder, { spec: MOBILE, batchSize: 2, recipe });
      const whole = await finish(training);
      using trainer = await Trainer.open(training);
      const losses: number[] = [];
      while (trainer.position().epoch < EPOCHS) {
        const { epoch } = trainer.position();
        // Later and later, so that it comes to every place in a step.
        for (let delay = 0; trainer.position().epoch === epoch; delay += 1) {
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort('stop'), delay);
          await trainer.trainEpoch({ signal: controller.signal }).catch((error: unknown) => {
            if (error !== 'stop') throw error;
          });
          clearTimeout(timer);
        }
        losses.push((await trainer.validate()).loss);
      }
      expect(losses).toEqual(whole.losses);
      const path = join(folder, 'stopped.safetensors');
      await trainer.saveWeights(path);
      expect(whole.weights.equals(await readFile(path))).toBe(true);
    });
  });

  test('trains the head of a frozen backbone to the same bits, on features that it does not compute again', async () => {
    await inTemporaryFolder(async (folder) => {
      const featureCache = join(folder, 'features');
      await mkdir(featureCache);
      const training = await smallTraining(folder, {
        spec: MOBILE,
        trainIndices: rows(16),
        batchSize: 4,
        recipe: plainRecipe({ ...EVERYTHING, backboneRate: 0, augmentation: plainRecipe().augmentation }),
        featureCache,
        resume: true,
      });
      const whole = await finish(training);
      for (const batches of [3, 6]) {
        const again = { ...training, checkpointPath: join(folder, `checkpoint-${batches}`) };
        await interrupt(again, batches);
        using resumed = await Trainer.open(again);
        const phases = new Set<string>();
        await resumed.trainEpoch({ onProgress: ({ phase }) => phases.add(phase) });
        expect([...phases]).toEqual(['train']);
        resumed.dispose();
        expect(whole.weights.equals((await finish(again)).weights)).toBe(true);
      }
    });
  });

  test('may go on with other rates, schedule, clipping and precision, but not with another objective', async () => {
    await inTemporaryFolder(async (folder) => {
      const recipe = plainRecipe({ emaDecay: 0.9 });
      const training = await smallTraining(folder, { recipe, resume: true });
      using trainer = await Trainer.open(training);
      await trainer.saveCheckpoint();
      const goesOn: Partial<Recipe>[] = [
        { learningRate: 1e-4, backboneRate: 0.1, weightDecay: 0.1 },
        { schedule: 'cosine', scheduleEpochs: 5, warmupEpochs: 1, minimumRate: 0.1 },
        { schedule: 'plateau', plateauPatience: 3, plateauFactor: 0.2 },
        { clipNorm: 1, emaDecay: 0.99, precision: 'bf16' },
      ];
      for (const changes of goesOn) {
        using resumed = await Trainer.open({ ...training, recipe: { ...recipe, ...changes } });
        expect(resumed.resumed).toBe(true);
      }
      const refused: [Partial<TrainerOptions>, Partial<Recipe>, RegExp][] = [
        [{}, { optimizer: 'adamw' }, /optimizer is adam, not adamw/],
        [{ featureCache: folder }, { backboneRate: 0 }, /backbone is trained, not frozen/],
        [{}, { emaDecay: 0 }, /average of weights is on, not off/],
        [{}, { accumulate: 2 }, /accumulation is 1, not 2/],
        [{}, { labelSmoothing: 0.1 }, /label smoothing/],
        [{}, { augmentation: AUGMENTATION }, /augmentation/],
        [{ pretrained: join(folder, 'any') }, {}, /start is random, not pretrained/],
      ];
      for (const [options, changes, message] of refused) {
        const other = { ...training, ...options, recipe: { ...recipe, ...changes } };
        await expect(Trainer.open(other)).rejects.toMatchObject({
          code: 'CHECKPOINT_MISMATCH',
          message: expect.stringMatching(message) as unknown,
        });
      }
    });
  });

  test('from pretrained weights does not need their file any more', async () => {
    await inTemporaryFolder(async (folder) => {
      const weights = join(folder, 'model.safetensors');
      const training = await smallTraining(folder, { spec: CNN });
      using source = await Trainer.open({ ...training, seed: 1 });
      await source.saveWeights(weights);
      using trainer = await Trainer.open({ ...training, pretrained: weights });
      expect(trainer.pretrainedHead).toBe(true);
      const same = join(folder, 'same.safetensors');
      await trainer.saveWeights(same);
      expect((await readFile(weights)).equals(await readFile(same))).toBe(true);
      await trainer.saveCheckpoint();
      using resumed = await Trainer.open({ ...training, pretrained: join(folder, 'gone'), resume: true });
      expect(resumed.resumed).toBe(true);
    });
  });
});
