// @ts-check
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { distModule, engineModule } from './built.mjs';
import { round, startSample, summarise, takeSamples } from './meter.mjs';
import { median } from './statistics.mjs';
import { writeSyntheticCache } from './synthetic-cache.mjs';

/** @typedef {import('./train.mjs').CaseSettings} CaseSettings */

const PNGS = 48;
/** Batches of a sample. */
const ROUNDS = 32;
/** What the ChestX-ray14 collection has. */
const ALL_IMAGES = 112_120;

/** Every kind of augmentation at the strength of a thorough training. */
const FULL_AUGMENTATION = {
  rotation: 10,
  shift: 0.05,
  scale: 0.1,
  contrast: 0.2,
  brightness: 0.1,
  noise: 0.02,
  flip: 0.5,
};

/**
 * How fast images are decoded into a pixel cache, and batches made from the cache, plain and augmented.
 * @param {CaseSettings & {dataset?: string}} settings `dataset`: a folder with real images instead of drawn ones
 */
export async function measureInput(settings) {
  return { ...(await decoding(settings)), ...(await batches(settings)) };
}

/** @param {CaseSettings & {dataset?: string}} settings */
async function decoding({ dataset, folder, size }) {
  const { openDataset, synthesizeDataset } = await distModule('dataset/index.js');
  const path = dataset ?? join(folder, 'drawn');
  if (dataset === undefined) await synthesizeDataset({ path, images: PNGS, seed: 1, size: 1024 });
  const cacheDirectory = join(folder, 'cache');
  let images = 0;
  const samples = await takeSamples({ wanted: 3, limitSeconds: 30 }, async () => {
    await rm(cacheDirectory, { recursive: true, force: true });
    const end = startSample();
    images = (await openDataset({ path, imageSize: size, cacheDirectory })).images.length;
    return end(images);
  });
  const names = (await readdir(join(path, 'images'))).slice(0, 200);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, 'images', name))).size));
  const { imagesPerSecond, foreignShare, cleanSamples } = summarise(samples, 1);
  return {
    decoded: images,
    decodedKibEach: Math.round(sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length / 1024),
    decodePerSecond: imagesPerSecond,
    decodeCleanSamples: cleanSamples,
    decodeForeignShare: foreignShare,
    allImagesMinutes: round(ALL_IMAGES / imagesPerSecond / 60, 3),
    allImagesGigabytes: round((ALL_IMAGES * size ** 2) / 1e9, 3),
  };
}

/** @param {CaseSettings} settings */
async function batches({ arch, precision, batch, size, steps, limit, threads, folder }) {
  const { loadAddon } = await distModule('engine/load-addon.js');
  const { nativeDevice } = await distModule('engine/device.js');
  const { modelSpec, openDevice, NO_AUGMENTATION } = await engineModule();
  const { cachePath, indices } = await writeSyntheticCache(folder, { imageSize: size, images: 16 * batch });
  const addon = await loadAddon();
  const device = nativeDevice(
    await openDevice(threads === undefined ? { kind: 'cpu' } : { kind: 'cpu', threads }),
  );
  /** @param {object} augmentation */
  const rate = async (augmentation) => {
    let taken = 0;
    const view = async () => {
      // Another part of the cache each time, as in a training.
      const first = (taken++ % 16) * batch;
      const request = {
        ...{ spec: modelSpec(arch, { imageSize: size }), cachePath, device, precision, augmentation },
        ...{ indices: indices.subarray(first, first + batch), seed: taken, firstPosition: 0, rounds: ROUNDS },
        byTensors: false,
      };
      const end = startSample();
      const { milliseconds } = await addon.viewBatch(request);
      return end(1, median(milliseconds) / 1000);
    };
    await view();
    return summarise(await takeSamples({ wanted: steps, limitSeconds: limit }, view), batch);
  };
  const plain = await rate(NO_AUGMENTATION);
  const augmented = await rate(FULL_AUGMENTATION);
  return {
    batchMs: plain.stepMs,
    batchImagesPerSecond: plain.imagesPerSecond,
    augmentedBatchMs: augmented.stepMs,
    augmentedImagesPerSecond: augmented.imagesPerSecond,
    cleanSamples: Math.min(plain.cleanSamples, augmented.cleanSamples),
  };
}
