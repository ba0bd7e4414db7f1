// @ts-check
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { distModule } from './built.mjs';

/** Images in the file at most; longer lists of rows go round. They leave the processor's caches from batch to batch. */
const MOST_IMAGES = 512;

/**
 * Writes a pixel cache of noise in the product's own format, with each finding on about 6 % of the images. Speed does
 * not depend on what the pixels show. The same arguments give the same file.
 * @param {string} folder
 * @param {{imageSize: number, images: number}} size
 * @returns {Promise<{cachePath: string, indices: Uint32Array}>} the file, and rows of it for that many images
 */
export async function writeSyntheticCache(folder, { imageSize, images }) {
  const { encodeHeader, encodeLabels } = await distModule('dataset/cache-format.js');
  const rows = Math.min(images, MOST_IMAGES);
  const cachePath = join(folder, `pixels-${imageSize}-${rows}.htc`);
  const random = generator(1);
  const file = await open(cachePath, 'w');
  try {
    const none = '00'.repeat(32);
    await file.write(encodeHeader({ imageSize, images: rows, fingerprint: none, sources: none }));
    const pixels = new Uint32Array(Math.ceil(imageSize ** 2 / 4));
    for (let row = 0; row < rows; row += 1) {
      for (let word = 0; word < pixels.length; word += 1) pixels[word] = random();
      await file.write(Buffer.from(pixels.buffer, 0, imageSize ** 2));
    }
    const labels = Array.from({ length: rows }, () => {
      let bits = 0;
      for (let finding = 0; finding < 14; finding += 1) bits |= random() < 0.06 * 2 ** 32 ? 1 << finding : 0;
      return bits;
    });
    await file.write(encodeLabels(labels));
  } finally {
    await file.close();
  }
  return { cachePath, indices: Uint32Array.from({ length: images }, (_, image) => image % rows) };
}

/**
 * Whole numbers in 0..2^32-1 (xorshift32, Marsaglia 2003).
 * @param {number} seed not 0
 */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
