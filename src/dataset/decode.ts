import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { isJpeg, isPng } from './image-header.js';

/**
 * How many images are decoded at once: enough to keep the thread pool busy, few enough to bound memory. The pool's size
 * is libuv's: 4 unless UV_THREADPOOL_SIZE says otherwise.
 */
export const DECODES_IN_FLIGHT = 2 + poolSize(process.env['UV_THREADPOOL_SIZE']);
/** Part of the cache's fingerprint: change it whenever the same file would decode to other pixels. */
export const DECODER = 'gray8-linear-squash-1';

/** No X-ray is larger; a small PNG can unfold to gigabytes. */
const MAX_PIXELS = 4096 * 4096;
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const SECONDS_PER_IMAGE = 60;

// libvips would start threads of its own for each image and cache decoded ones: both only cost when every image is
// read once and several are in flight.
sharp.concurrency(1);
sharp.cache(false);

/**
 * Decodes PNG or JPEG bytes (8 or 16 bits; gray, palette, RGB, either with alpha) to imageSize x imageSize uint8
 * gray, row-major. 16 bits are scaled by their full range; colour becomes luma (gray stored as RGB stays exact);
 * transparent parts become black, the X-ray's background; the picture is squashed, not cropped or padded.
 * Throws an Error that says what is wrong with the bytes.
 */
export async function decodeGray(bytes: Uint8Array, imageSize: number): Promise<Uint8Array> {
  if (!isPng(bytes) && !isJpeg(bytes)) throw new Error('neither PNG nor JPEG'); // libvips would try SVG, PDF, ...
  const { data, info } = await sharp(bytes, {
    limitInputPixels: MAX_PIXELS,
    failOn: 'error',
    autoOrient: true,
  })
    .timeout({ seconds: SECONDS_PER_IMAGE })
    .flatten({ background: '#000' })
    .resize(imageSize, imageSize, { fit: 'fill', kernel: 'linear' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1 || data.length !== imageSize * imageSize) {
    throw new Error(`decoded to ${info.width}x${info.height}x${info.channels}`);
  }
  return data;
}

/** Reads and decodes an image file; throws an Error with the reason when either fails. */
export async function decodeFile(path: string, imageSize: number): Promise<Uint8Array> {
  return decodeGray(await readImageFile(path), imageSize);
}

function poolSize(asked: string | undefined): number {
  const size = Number.parseInt(asked ?? '', 10);
  return size >= 1 ? Math.min(size, 64) : 4;
}

/** The bytes of an image file; throws an Error with the reason when it is empty, too large or cannot be read. */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size === 0) throw new Error('empty file');
    if (size > MAX_FILE_BYTES) throw new Error(`${size} bytes, more than the ${MAX_FILE_BYTES} allowed`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
