import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { modelSpec, plainRecipe } from '../../src/engine/index.js';
import { startNode } from '../support/command.js';
import { writePixelCache } from '../support/pixel-cache.js';
import { DEVICE } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const MIB = 2 ** 20;
const ENGINE = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'engine', 'index.js')).href;
const EPOCHS = 14;

// In a process of its own, with everything that a step can have.
test('the memory of a process does not grow over 500 steps', async () => {
  await inTemporaryFolder(async (folder) => {
    const imageSize = 32;
    const options = {
      spec: modelSpec('mobile', { imageSize, channels: 1, options: { width: 0.25 } }),
      cachePath: await writePixelCache(folder, { imageSize, images: 40 }),
      // 36 steps an epoch.
      images: 36 * 8,
      epochs: EPOCHS,
      batchSize: 4,
      recipe: plainRecipe({
        precision: 'bf16',
        optimizer: 'adamw',
        weightDecay: 0.01,
        clipNorm: 1,
        emaDecay: 0.99,
        labelSmoothing: 0.1,
        accumulate: 2,
      }),
      seed: 7,
      device: DEVICE,
      checkpointPath: join(folder, 'checkpoint'),
      resume: false,
    };
    const probe = join(import.meta.dirname, 'leak-probe.mjs');
    const { code, stdout, stderr } = await startNode('--expose-gc', [probe, ENGINE, JSON.stringify(options)])
      .ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { resident } = JSON.parse(stdout) as { resident: number[] };
    expect(resident).toHaveLength(EPOCHS);
    // Of thirds, the lowest: a passing peak is no leak. A step that forgot its gradients would add 1.2 MB each time.
    const lowest = (part: number[]) => Math.min(...part);
    const grown = lowest(resident.slice(-5)) - lowest(resident.slice(4, 9));
    expect(grown).toBeLessThan(8 * MIB);
  });
}, 180_000);
