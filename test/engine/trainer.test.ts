import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
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
import { DIVERGING, evaluateSaved, smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** The bytes of the weights after some epochs. */
async function weightsAfter(options: TrainerOptions, folder: string, epochs: number): Promise<Buffer> {
  using trainer = await Trainer.open(options);
  for (let epoch = 0; epoch < epochs; epoch += 1) await trainer.trainEpoch();
  const path = join(folder, 'weights.safetensors');
  await trainer.saveWeights(path);
  return await readFile(path);
}

/** So many batches that a wish to stop at the first one is heard before the last, also when the event loop gets its turn late. */
const manyBatches = { trainIndices: Uint32Array.from(rows(400), (row) => row % 40), batchSize: 2 };

describe('a trainer', () => {
  test('reports each epoch: its number, mean loss, images and batches', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder));
      expect(trainer.position()).toEqual({ epoch: 0, batch: 0, batches: 4 });
      const seen: Progress[] = [];
      const result = await trainer.trainEpoch({ onProgress: (progress) => seen.push(progress) });
      expect(result).toMatchObject({ epoch: 0, images: 32 });
      expect(trainer.position()).toEqual({ epoch: 1, batch: 0, batches: 4 });
      expect(seen.at(-1)).toMatchObject({ phase: 'train', epoch: 0, batch: 4, batches: 4, images: 32 });
      expect(seen.at(-1)?.loss).toBe(result.loss);
      expect(seen.at(-1)?.imagesPerSecond).toBeGreaterThan(0);
      expect((await trainer.trainEpoch()).epoch).toBe(1);
    });
  });

  test('trains every image once an epoch, a last single one together with the batch before', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder, { trainIndices: rows(33) }));
      expect(trainer.position().batches).toBe(4);
      expect((await trainer.trainEpoch()).images).toBe(33);
    });
  });

  test('gives the same weights for the same seed and others for another', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder);
      const first = await weightsAfter(training, folder, 1);
      expect(first.equals(await weightsAfter(training, folder, 1))).toBe(true);
      expect(first.equals(await weightsAfter({ ...training, seed: 8 }, folder, 1))).toBe(false);
    });
  });

  test('starts from the distributions that Keras and timm users expect', async () => {
    await inTemporaryFolder(async (folder) => {
      const spec = modelSpec('mobile', { imageSize: 32, options: { width: 0.5 } });
      const { tensor } = readSafetensors(
        await weightsAfter(await smallTraining(folder, { spec }), folder, 0),
      );
      const deviation = (name: string) => {
        const values = tensor(name);
        return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
      };
      // timm: sqrt(2 / fan out); Keras: uniform within sqrt(6 / (in + out)), of which the deviation is limit / sqrt(3).
      expect(deviation('blocks.4.1.conv_pw.weight')).toBeCloseTo(Math.sqrt(2 / 512), 3);
      expect(deviation('head.fc1.weight')).toBeCloseTo(Math.sqrt(2 / (512 + 1024)), 3);
      expect(tensor('head.fc1.weight').every((x) => Math.abs(x) <= Math.sqrt(6 / (512 + 1024)))).toBe(true);
      expect(new Set(tensor('head.fc1.bias'))).toEqual(new Set([0]));
      expect(new Set(tensor('bn1.running_var'))).toEqual(new Set([1]));
    });
  });

  test('writes weights as the reference writer does, and they evaluate to what it validates', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, {
        spec: modelSpec('mobile', { imageSize: 64, channels: 1, options: { width: 0.25 } }),
        cachePath: await writePixelCache(folder, { imageSize: 64, images: 40 }),
      });
      using trainer = await Trainer.open(training);
      await trainer.trainEpoch();
      const validated = await trainer.validate();
      const weightsPath = join(folder, 'model.safetensors');
      expect(await evaluateSaved(trainer, weightsPath, training)).toEqual(validated);

      const file = await readFile(weightsPath);
      const { text, header, metadata } = readSafetensors(file);
      expect(metadata).toEqual({ format: 'pt' });
      expect(text.startsWith('{"__metadata__":')).toBe(true);
      expect(text.length % 8).toBe(0);
      const names = Object.keys(header);
      expect(names).toEqual([...names].sort());
      expect(names.some((name) => name.includes('num_batches_tracked'))).toBe(false);
    });
  });

  test('has as many parameters as timm counts for MobileNet with this head', async () => {
    await inTemporaryFolder(async (folder) => {
      const spec = modelSpec('mobile', { imageSize: 32 });
      using trainer = await Trainer.open(await smallTraining(folder, { spec }));
      expect(trainer.parameters).toBe(4_270_926);
    });
  });

  test('keeps its position when it is aborted between batches, and goes on from there', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, manyBatches);
      const whole = await weightsAfter(training, folder, 1);
      using trainer = await Trainer.open(training);
      const controller = new AbortController();
      const reason = new Error('enough');
      const onProgress = () => controller.abort(reason);
      await expect(trainer.trainEpoch({ signal: controller.signal, onProgress })).rejects.toBe(reason);
      const { epoch, batch } = trainer.position();
      expect(epoch).toBe(0);
      expect(batch).toBeGreaterThan(0);
      expect(batch).toBeLessThan(200);
      expect((await trainer.trainEpoch()).images).toBe(400);
      const path = join(folder, 'weights.safetensors');
      await trainer.saveWeights(path);
      expect(whole.equals(await readFile(path))).toBe(true);
    });
  });

  test('does not begin when the signal is already aborted', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder));
      await expect(trainer.trainEpoch({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
      expect(trainer.position().batch).toBe(0);
    });
  });

  test('stops with the exception that a progress callback throws', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder, { batchSize: 2 }));
      const onProgress = () => {
        throw new Error('from the callback');
      };
      await expect(trainer.trainEpoch({ onProgress })).rejects.toThrow('from the callback');
    });
  });

  test('can be disposed of twice, and in the middle of an epoch', async () => {
    await inTemporaryFolder(async (folder) => {
      const trainer = await Trainer.open(await smallTraining(folder, manyBatches));
      const running = trainer.trainEpoch({ onProgress: () => trainer.dispose() });
      await expect(running).rejects.toMatchObject({ code: 'DISPOSED' });
      trainer.dispose();
      trainer.dispose();
      expect(() => trainer.position()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
      for (const use of [
        () => trainer.trainEpoch(),
        () => trainer.validate(),
        () => trainer.saveCheckpoint(),
        () => trainer.saveWeights(join(folder, 'w')),
      ]) {
        await expect(use()).rejects.toMatchObject({ code: 'DISPOSED' });
      }
    });
  });

  test('leaves the event loop free while it trains', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, {
        spec: modelSpec('mobile', { imageSize: 128, channels: 1, options: { width: 0.5 } }),
        cachePath: await writePixelCache(folder, { imageSize: 128, images: 40 }),
        batchSize: 16,
      });
      using trainer = await Trainer.open(training);
      const resolution = 5;
      const delay = monitorEventLoopDelay({ resolution });
      delay.enable();
      const { seconds } = await trainer.trainEpoch({ onProgress: () => undefined });
      await trainer.validate();
      delay.disable();
      // Blocked, the loop would show few delays, each as long as a batch (of which there are two); on a busy machine both
      // batches and timers are late.
      const batch = (seconds * 1000) / 2;
      expect(batch).toBeGreaterThan(50);
      expect(delay.percentile(50) / 1e6 - resolution).toBeLessThan(Math.max(20, batch / 4));
      expect(delay.count).toBeGreaterThan(5);
    });
  });

  test('stops in the middle of an epoch with the step that it is at', async () => {
    await inTemporaryFolder(async (folder) => {
      const images = 2000;
      const training = await smallTraining(folder, {
        spec: modelSpec('mobile', { imageSize: 64, channels: 1, options: { width: 0.5 } }),
        cachePath: await writePixelCache(folder, { imageSize: 64, images: 40 }),
        trainIndices: Uint32Array.from(rows(images), (row) => row % 40),
        batchSize: 32,
      });
      using trainer = await Trainer.open(training);
      const controller = new AbortController();
      let reached = -1;
      const onProgress = () => {
        controller.abort('enough');
        if (reached < 0) reached = trainer.position().batch;
      };
      await expect(trainer.trainEpoch({ signal: controller.signal, onProgress })).rejects.toBe('enough');
      expect(trainer.position().epoch).toBe(0);
      expect(trainer.position().batch - reached).toBeLessThanOrEqual(1);
    });
  });

  test('stops in the middle of a step that takes long', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, {
        spec: modelSpec('vgg', { imageSize: 64, channels: 1, options: { layers: 11 } }),
        cachePath: await writePixelCache(folder, { imageSize: 64, images: 40 }),
        trainIndices: rows(32),
        batchSize: 32,
      });
      using trainer = await Trainer.open(training);
      // One step an epoch, so that an epoch that a wish to stop ended was left in the middle of its step. How long the next
      // step takes is known from the last one only roughly: where it was over before the wish, the wish comes again.
      let { seconds, epoch } = await trainer.trainEpoch();
      for (const part of [0.1, 0.5]) {
        let outcome: unknown;
        for (let tries = 0; tries < 10 && outcome !== 'enough'; tries += 1) {
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort('enough'), part * seconds * 1000);
          outcome = await trainer.trainEpoch({ signal: controller.signal }).then(
            (done) => ({ seconds, epoch } = done),
            (reason: unknown) => reason,
          );
          clearTimeout(timer);
        }
        expect(outcome).toBe('enough');
        expect(trainer.position()).toMatchObject({ epoch: epoch + 1, batch: 0 });
      }
    });
  });

  test('reports the first and the last batch, and others at most ten times a second', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, {
        trainIndices: Uint32Array.from(rows(3000), (row) => row % 40),
        batchSize: 4,
      });
      using trainer = await Trainer.open(training);
      const seen: number[] = [];
      const { seconds } = await trainer.trainEpoch({ onProgress: ({ batch }) => seen.push(batch) });
      expect(seen.at(-1)).toBe(750);
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.length).toBeLessThanOrEqual(2 + seconds * 10);
    });
  });

  test('says which batch size to try when the memory does not suffice, and can go on', async () => {
    await inTemporaryFolder(async (folder) => {
      // A million images of 512 pixels would be 1 TB.
      const images = 1_000_000;
      const imageSize = 512;
      const training = await smallTraining(folder, {
        spec: modelSpec('cnn', { imageSize, channels: 1, options: { filters: '1-1-1', hidden: 1 } }),
        cachePath: await writePixelCache(folder, { imageSize, images: 4, gray: (row) => row }),
        trainIndices: new Uint32Array(images),
        validationIndices: rows(4),
        batchSize: images,
      });
      using trainer = await Trainer.open(training);
      await expect(trainer.trainEpoch()).rejects.toMatchObject({
        code: 'OUT_OF_MEMORY',
        message: expect.stringContaining('--batch_size 500000') as unknown,
      });
      expect((await trainer.validate()).images).toBe(4);
    });
  });

  test('stops before the weights are touched when the loss is no longer finite', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder, { recipe: DIVERGING }));
      const epochs = async () => {
        for (let epoch = 0; epoch < 5; epoch += 1) await trainer.trainEpoch();
      };
      await expect(epochs()).rejects.toMatchObject({
        code: 'NOT_FINITE',
        message: expect.stringContaining('learning rate') as unknown,
      });
    });
  });

  test.each<[string, Partial<TrainerOptions>, string]>([
    [
      'an architecture that is none',
      { spec: { ...modelSpec('cnn'), architecture: 'transformer' } },
      'UNKNOWN_ARCHITECTURE',
    ],
    ['an image size that the cache has not', { spec: modelSpec('cnn', { imageSize: 64 }) }, 'BAD_CONFIG'],
    ['a row that the cache has not', { trainIndices: rows(41) }, 'BAD_INDEX'],
    ['a single training image', { trainIndices: rows(1) }, 'NO_IMAGES'],
    ['a batch size of 0', { batchSize: 0 }, 'BAD_ARGUMENT'],
    ['a learning rate of 0', { recipe: plainRecipe({ learningRate: 0 }) }, 'BAD_RECIPE'],
    ['a fractional seed', { seed: 1.5 }, 'BAD_ARGUMENT'],
  ])('refuses %s', async (_, changes, code) => {
    await inTemporaryFolder(async (folder) => {
      await expect(Trainer.open(await smallTraining(folder, changes))).rejects.toMatchObject({
        name: 'HealthTensorError',
        code,
      });
    });
  });

  test('ends with an error when the pixel cache is cut while it is open', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder);
      using trainer = await Trainer.open(training);
      await truncate(training.cachePath, 4096);
      await expect(trainer.trainEpoch()).rejects.toMatchObject({
        code: 'BAD_PIXEL_CACHE',
        message: expect.stringContaining('ends early') as unknown,
      });
    });
  });

  test('refuses to validate on no image', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder, { validationIndices: rows(0) }));
      await expect(trainer.validate()).rejects.toMatchObject({ code: 'NO_IMAGES' });
    });
  });

  test('says which path cannot be written', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder));
      const path = join(folder, 'missing', 'model.safetensors');
      await expect(trainer.saveWeights(path)).rejects.toMatchObject({
        code: 'WRITE_FAILED',
        message: expect.stringContaining(path) as unknown,
      });
    });
  });
});
