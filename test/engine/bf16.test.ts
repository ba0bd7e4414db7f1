import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Trainer, modelSpec, plainRecipe } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';
import { oneFinding, rows, writePixelCache } from '../support/pixel-cache.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const addon = await loadAddon();
const IMAGES = 64;
const FINDINGS = 14;

/** Mean binary cross-entropy of logits [rows][findings]. */
function meanLoss(logits: Float32Array): number {
  const losses = Array.from(logits, (logit, i) => {
    const present = (oneFinding(Math.floor(i / FINDINGS)) >> (i % FINDINGS)) & 1;
    return Math.max(logit, 0) - logit * present + Math.log1p(Math.exp(-Math.abs(logit)));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe('an evaluation in bf16', () => {
  test.each([
    ['cnn', { filters: '16', hidden: 64 }],
    ['vgg', { layers: 11, width: 0.25, hidden: 64 }],
    ['res', { layers: 18, width: 0.25, hidden: 64 }],
    ['efficient', { width: 0.5, depth: 0.5, hidden: 64 }],
    ['mobile', { width: 0.5, hidden: 64 }],
  ])('of %s, folded and packed, is what each operation by itself gives', async (architecture, options) => {
    await inTemporaryFolder(async (folder) => {
      const spec = modelSpec(architecture, { imageSize: 64, channels: 1, options });
      const cachePath = await writePixelCache(folder, { imageSize: 64, images: IMAGES });
      const weightsPath = join(folder, 'model.safetensors');
      const recipe = plainRecipe({ learningRate: 1e-3, clipNorm: 1 });
      using trainer = await Trainer.open(
        await smallTraining(folder, { spec, cachePath, recipe, trainIndices: rows(IMAGES), batchSize: 16 }),
      );
      for (let epoch = 0; epoch < 10; epoch += 1) await trainer.trainEpoch();
      await trainer.saveWeights(weightsPath);
      const device = { cuda: false, index: 0, threads: 2 };
      const loss = async (precision: 'fp32' | 'bf16', eager: boolean) =>
        meanLoss(
          await addon.logits(
            { spec, weightsPath, cachePath, indices: rows(IMAGES), batchSize: IMAGES, device, precision },
            eager,
          ),
        );
      const [packed, eager] = [await loss('bf16', false), await loss('bf16', true)];
      const [exact, exactEager] = [await loss('fp32', false), await loss('fp32', true)];
      expect(Math.abs(exactEager - exact)).toBeLessThan(2e-6);
      // Both round each layer's answer, at different places. Folding with a rounded bias shifted mobile by 0.0014.
      expect(Math.abs(packed - eager)).toBeLessThan(1e-3);
    });
  });
});
