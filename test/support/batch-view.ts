import type { NativeBatchOptions } from '../../src/engine/native-addon.js';
import { NO_AUGMENTATION, type Augmentation } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';
import { rows, type TestCache, writePixelCache } from './pixel-cache.js';
import { inTemporaryFolder } from './temporary-folder.js';

const addon = await loadAddon();

type Changes = Partial<Omit<NativeBatchOptions, 'augmentation'>> & { augmentation?: Partial<Augmentation> };

/** A spec of gray images whose normalised value is gray / 255. */
export function graySpec(imageSize: number): NativeBatchOptions['spec'] {
  return { architecture: 'cnn', imageSize, channels: 1, classes: 14, mean: [0], std: [1], options: {} };
}

/** The batch that the engine builds of a made-up cache, all of its rows in order unless told. */
export async function viewBatch(
  cache: TestCache,
  changes: Changes = {},
): Promise<{ images: Float32Array; labels: Float32Array }> {
  return await inTemporaryFolder(async (folder) => {
    const { images, labels } = await addon.viewBatch({
      spec: graySpec(cache.imageSize),
      cachePath: await writePixelCache(folder, cache),
      indices: rows(cache.images),
      device: { cuda: false, index: 0, threads: 2 },
      precision: 'fp32',
      seed: 1,
      firstPosition: 0,
      rounds: 1,
      byTensors: false,
      ...changes,
      augmentation: { ...NO_AUGMENTATION, ...changes.augmentation },
    });
    return { images, labels };
  });
}

/** The gray levels (0..255, not rounded) of image `index` of a one-channel batch. */
export function grays(images: Float32Array, imageSize: number, index: number): Float64Array {
  const pixels = imageSize * imageSize;
  return Float64Array.from(images.subarray(index * pixels, (index + 1) * pixels), (value) => value * 255);
}
