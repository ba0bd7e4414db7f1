import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Trainer, modelSpec, openDevice, plainRecipe } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';
import { parityFixture, specOf, tensorsOf } from '../support/engine-fixture.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { readSafetensors, safetensors, uniform } from '../support/safetensors.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const fixture = await parityFixture();
const addon = await loadAddon();

describe('the networks', () => {
  test.each(fixture.cases)(
    '$architecture with $channels channels gives the logits of torch',
    async (parity) => {
      await inTemporaryFolder(async (folder) => {
        const size = parity.imageSize;
        const gray = uniform(fixture.pixelStream, fixture.images * size * size);
        const cachePath = await writePixelCache(folder, {
          imageSize: size,
          images: fixture.images,
          gray: (row, x, y) => Math.floor((gray[row * size * size + y * size + x] ?? 0) * 256),
        });
        const weightsPath = join(folder, 'model.safetensors');
        await writeFile(weightsPath, safetensors(tensorsOf(parity)));
        const logits = await addon.logits({
          spec: specOf(parity),
          weightsPath,
          cachePath,
          indices: rows(fixture.images),
          batchSize: fixture.images,
          device: { cuda: false, index: 0, threads: 2 },
        });
        expect(logits).toHaveLength(parity.logits.length);
        const worst = Math.max(...parity.logits.map((wanted, i) => Math.abs(wanted - (logits[i] ?? NaN))));
        expect(worst).toBeLessThan(2e-5);
      });
    },
  );

  test.each(Object.entries(fixture.mobileChannels))(
    'mobile at width %s has the channels of timm',
    async (width, channels) => {
      await inTemporaryFolder(async (folder) => {
        using trainer = await Trainer.open({
          spec: modelSpec('mobile', { imageSize: 32, options: { width: Number(width) } }),
          cachePath: await writePixelCache(folder, { imageSize: 32, images: 2 }),
          trainIndices: rows(2),
          validationIndices: rows(2),
          batchSize: 2,
          recipe: plainRecipe(),
          seed: 1,
          device: await openDevice({ kind: 'cpu', threads: 1 }),
          checkpointPath: join(folder, 'checkpoint'),
          resume: false,
        });
        const path = join(folder, 'model.safetensors');
        await trainer.saveWeights(path);
        const { header } = readSafetensors(await readFile(path));
        const blocks = channels.length - 1;
        const pointwise = Object.keys(header).filter((name) => name.endsWith('conv_pw.weight'));
        const outputs = (name: string) => header[name]?.shape[0];
        // Names sort by stage and block, since no stage has more than ten blocks.
        expect([outputs('conv_stem.weight'), ...pointwise.sort().map(outputs)]).toEqual(channels);
        expect(pointwise).toHaveLength(blocks);
      });
    },
  );
});
