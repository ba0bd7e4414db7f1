import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  type Progress,
  Trainer,
  type TrainerOptions,
  modelSpec,
  plainRecipe,
} from '../../src/engine/index.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { readSafetensors } from '../support/safetensors.js';
import { evaluateSaved, smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** A training of a small network's head. */
async function headTraining(folder: string, changes: Partial<TrainerOptions> = {}): Promise<TrainerOptions> {
  const featureCache = join(folder, 'features');
  await mkdir(featureCache, { recursive: true });
  return await smallTraining(folder, {
    spec: modelSpec('mobile', { imageSize: 32, channels: 1, options: { width: 0.25, hidden: 32 } }),
    recipe: plainRecipe({ backboneRate: 0, learningRate: 0.01 }),
    featureCache,
    ...changes,
  });
}

async function savedWeights(trainer: Trainer, path: string): Promise<ReturnType<typeof readSafetensors>> {
  await trainer.saveWeights(path);
  return readSafetensors(await readFile(path));
}

describe('a frozen backbone', () => {
  test('stays as it is while the head learns, statistics of batch norm included', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await headTraining(folder));
      const before = await savedWeights(trainer, join(folder, 'before'));
      const { loss: first } = await trainer.trainEpoch();
      for (let epoch = 0; epoch < 30; epoch += 1) await trainer.trainEpoch();
      const { loss: last } = await trainer.trainEpoch();
      expect(last).toBeLessThan(first / 2);
      const after = await savedWeights(trainer, join(folder, 'after'));
      for (const name of Object.keys(before.header)) {
        const same = Buffer.from(before.tensor(name).buffer).equals(Buffer.from(after.tensor(name).buffer));
        expect({ name, same }).toEqual({ name, same: !name.startsWith('head.') });
      }
    });
  });

  test('is run once over the images, in a phase of its own that tells how far it is', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await headTraining(folder));
      const seen: Progress[] = [];
      const onProgress = (progress: Progress) => seen.push(progress);
      await trainer.trainEpoch({ onProgress });
      await trainer.validate({ onProgress });
      const ends = seen.filter(({ batch, batches }) => batch === batches);
      expect(ends.map(({ phase, images }) => [phase, images])).toEqual([
        ['features', 32],
        ['train', 32],
        ['features', 8],
        ['evaluate', 8],
      ]);
      seen.length = 0;
      await trainer.trainEpoch({ onProgress });
      await trainer.validate({ onProgress });
      expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(['train', 'evaluate']));
    });
  });

  test('validates to what its weights are worth to others', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await headTraining(folder);
      using trainer = await Trainer.open(training);
      await trainer.trainEpoch();
      const validated = await trainer.validate();
      const evaluated = await evaluateSaved(trainer, join(folder, 'model.safetensors'), training);
      expect(Math.abs(evaluated.loss - validated.loss)).toBeLessThan(1e-6);
    });
  });

  test('of a bf16 training is run in bf16 to train on, and in fp32 to validate on', async () => {
    await inTemporaryFolder(async (folder) => {
      const results: { validated: number; trained: number }[] = [];
      for (const precision of ['fp32', 'bf16'] as const) {
        const recipe = plainRecipe({ backboneRate: 0, precision });
        // The same folder: features of another precision are computed anew.
        using trainer = await Trainer.open(await headTraining(folder, { recipe }));
        const validated = (await trainer.validate()).loss;
        results.push({ validated, trained: (await trainer.trainEpoch()).loss });
      }
      expect(results[0]?.validated).toBe(results[1]?.validated);
      expect(results[0]?.trained).not.toBe(results[1]?.trained);
      expect(results[0]?.trained).toBeCloseTo(results[1]?.trained ?? NaN, 2);
    });
  });

  test('can be stopped while it is run over the images, and goes on where it was', async () => {
    await inTemporaryFolder(async (folder) => {
      const imageSize = 64;
      const training = await headTraining(folder, {
        spec: modelSpec('mobile', { imageSize, channels: 1, options: { hidden: 32 } }),
        cachePath: await writePixelCache(folder, { imageSize, images: 120 }),
        trainIndices: rows(112, 8),
        validationIndices: rows(8),
        batchSize: 1,
      });
      using trainer = await Trainer.open(training);
      const controller = new AbortController();
      const onProgress = () => controller.abort('enough');
      await expect(trainer.trainEpoch({ signal: controller.signal, onProgress })).rejects.toBe('enough');
      expect(trainer.position()).toMatchObject({ epoch: 0, batch: 0 });
      await trainer.trainEpoch();
      expect(trainer.position().epoch).toBe(1);
    });
  });

  test('trains its head on labels of the rows it was given, in any order', async () => {
    await inTemporaryFolder(async (folder) => {
      // Random convolutions tell images apart; an untrained deep network does not.
      const reversed = await headTraining(folder, {
        spec: modelSpec('cnn', { imageSize: 32, channels: 1, options: { filters: '8', dropout: 0 } }),
        recipe: plainRecipe({ backboneRate: 0 }),
        trainIndices: rows(32).reverse(),
        validationIndices: rows(32).reverse(),
      });
      using trainer = await Trainer.open(reversed);
      for (let epoch = 0; epoch < 60; epoch += 1) await trainer.trainEpoch();
      expect((await trainer.validate()).meanAuroc).toBeGreaterThan(0.95);
    });
  });
});
