import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Trainer, evaluateWeights, modelSpec } from '../../src/engine/index.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const MIB = 2 ** 20;

/** A training whose weights, gradients and moments take 260 MB. */
async function largeTraining(folder: string) {
  const imageSize = 128;
  return await smallTraining(folder, {
    spec: modelSpec('cnn', { imageSize }),
    cachePath: await writePixelCache(folder, { imageSize, images: 16 }),
    trainIndices: rows(16),
    validationIndices: rows(16),
    batchSize: 16,
  });
}

/** Pages that the system had to give to this process while something ran. */
async function pageFaults(work: () => Promise<unknown>): Promise<number> {
  const before = process.resourceUsage().minorPageFault;
  await work();
  return process.resourceUsage().minorPageFault - before;
}

describe('the memory of tensors', () => {
  test('is used again by the next batch instead of being asked of the system anew', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await largeTraining(folder));
      await trainer.trainEpoch();
      await trainer.validate();
      const faults = await pageFaults(async () => {
        for (let epoch = 0; epoch < 5; epoch += 1) await trainer.trainEpoch();
        await trainer.validate();
      });
      // 5 gradients of 65 MB alone are 80,000 pages.
      expect(faults).toBeLessThan(20_000);
    });
  });

  test('goes back to the system with the last trainer, and after an evaluation', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await largeTraining(folder);
      const weightsPath = join(folder, 'model.safetensors');
      const evaluation = { ...training, weightsPath, indices: training.validationIndices };
      const before = process.memoryUsage.rss();
      const trainer = await Trainer.open(training);
      await trainer.trainEpoch();
      await trainer.saveWeights(weightsPath);
      expect(process.memoryUsage.rss() - before).toBeGreaterThan(200 * MIB);
      trainer.dispose();
      // The engine works in order: when this has been answered, the trainer is gone.
      for (let repeat = 0; repeat < 3; repeat += 1) {
        expect(await evaluateWeights(evaluation)).toMatchObject({ ok: true });
      }
      expect(process.memoryUsage.rss() - before).toBeLessThan(150 * MIB);
    });
  });

  test('is freed without holding up the event loop', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await largeTraining(folder);
      const took: number[] = [];
      // The shortest of some: on a busy machine anything takes long now and then.
      for (let repeat = 0; repeat < 3; repeat += 1) {
        const trainer = await Trainer.open(training);
        await trainer.trainEpoch();
        const start = performance.now();
        trainer.dispose();
        took.push(performance.now() - start);
      }
      // Giving 260 MB back takes the system some 25 ms.
      expect(Math.min(...took)).toBeLessThan(5);
    });
  });
});
