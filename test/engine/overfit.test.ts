import { describe, expect, test } from '@jest/globals';
import { type Recipe, Trainer, modelSpec, plainRecipe } from '../../src/engine/index.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

describe('every architecture learns 32 images by heart:', () => {
  test.each<[string, { options: Record<string, number | string>; imageSize: number }, Partial<Recipe>]>([
    ['cnn', { options: { hidden: 64, dropout: 0 }, imageSize: 32 }, {}],
    ['vgg', { options: { layers: 11, batch_norm: 1, width: 0.25, hidden: 64 }, imageSize: 32 }, {}],
    ['res', { options: { layers: 18, width: 0.25, hidden: 0 }, imageSize: 64 }, {}],
    ['efficient', { options: { width: 0.25, depth: 0.25, hidden: 64 }, imageSize: 64 }, {}],
    ['mobile', { options: { width: 0.25 }, imageSize: 64 }, {}],
    ['mobile', { options: { width: 0.25, hidden: 0 }, imageSize: 64 }, { precision: 'bf16' }],
  ])('%s %j %j', async (architecture, { options, imageSize }, recipe) => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, {
        spec: modelSpec(architecture, { imageSize, channels: 1, options }),
        cachePath: await writePixelCache(folder, { imageSize, images: 32 }),
        validationIndices: rows(32),
        batchSize: 16,
        recipe: plainRecipe({ learningRate: 2e-3, ...recipe }),
      });
      using trainer = await Trainer.open(training);
      const before = await trainer.validate();
      expect(before.loss).toBeGreaterThan(0.4);
      let loss = Infinity;
      for (let epoch = 0; epoch < 40 || (epoch < 120 && loss > 0.01); epoch += 1)
        ({ loss } = await trainer.trainEpoch());
      expect(loss).toBeLessThan(0.01);
      // Evaluation with the running statistics has learnt the same.
      const after = await trainer.validate();
      expect(after.loss).toBeLessThan(0.05);
      expect(after.meanAuroc).toBeGreaterThan(0.99);
    });
  });
});
