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

// In a process of its own: what the test runner takes and gives back would be counted as the engine's.
test('the memory of tensors is used again from batch to batch, and goes back to the system with the last trainer', async () => {
  await inTemporaryFolder(async (folder) => {
    const imageSize = 128;
    const images = 16;
    const options = {
      // Weights, gradients and moments take 260 MB.
      spec: modelSpec('cnn', { imageSize }),
      cachePath: await writePixelCache(folder, { imageSize, images }),
      images,
      batchSize: images,
      recipe: plainRecipe(),
      seed: 7,
      device: DEVICE,
      checkpointPath: join(folder, 'checkpoint'),
      weightsPath: join(folder, 'model.safetensors'),
      resume: false,
    };
    const probe = join(import.meta.dirname, 'memory-probe.mjs');
    const { code, stdout, stderr } = await startNode(probe, [ENGINE, JSON.stringify(options)]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const found = JSON.parse(stdout) as {
      faults: number;
      held: number;
      left: number;
      disposeMs: number;
      verdicts: boolean[];
    };
    expect(found.verdicts).toEqual([true, true, true]);
    // 5 gradients of 65 MB alone would be 80,000 pages, were they asked of the system anew.
    expect(found.faults).toBeLessThan(20_000);
    expect(found.held).toBeGreaterThan(200 * MIB);
    expect(found.left).toBeLessThan(150 * MIB);
    // Giving 260 MB back takes the system some 25 ms, which are not the event loop's.
    expect(found.disposeMs).toBeLessThan(15);
  });
});
