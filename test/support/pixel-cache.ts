import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A small pixel cache for tests, with rows that a network can tell apart. */
export interface TestCache {
  imageSize: number;
  images: number;
  /** Label bits of a row; the default gives row i the finding i modulo 14, and every fifth row none. */
  labels?: (row: number) => number;
  /** Gray value at a pixel; the default draws one bright disc whose place depends on the row. */
  gray?: (row: number, x: number, y: number) => number;
}

export const PIXELS_AT = 4096;

/** The bytes of a pixel cache, as src/dataset writes them. */
export function pixelCacheBytes({ imageSize, images, labels = oneFinding, gray }: TestCache): Buffer {
  const draw = gray ?? ((row, x, y) => disc(row, x, y, imageSize));
  const pixels = imageSize * imageSize;
  const bytes = Buffer.alloc(PIXELS_AT + images * pixels + 2 * images);
  bytes.write('HTPIXEL1', 0, 'latin1');
  for (const [index, value] of [1, imageSize, 1, 14].entries()) bytes.writeUInt32LE(value, 8 + 4 * index);
  bytes.writeBigUInt64LE(BigInt(images), 24);
  bytes.fill(7, 32, 64);
  for (let row = 0; row < images; row += 1) {
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      bytes[PIXELS_AT + row * pixels + pixel] = draw(row, pixel % imageSize, Math.floor(pixel / imageSize));
    }
    bytes.writeUInt16LE(labels(row), PIXELS_AT + images * pixels + 2 * row);
  }
  return bytes;
}

/** Writes a pixel cache into the folder and returns its path. */
export async function writePixelCache(folder: string, cache: TestCache): Promise<string> {
  const path = join(folder, `pixels-${cache.imageSize}.htc`);
  await writeFile(path, pixelCacheBytes(cache));
  return path;
}

/** Rows first..first+count-1. */
export function rows(count: number, first = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => first + row);
}

export function oneFinding(row: number): number {
  return row % 5 === 0 ? 0 : 1 << (row % 14);
}

function disc(row: number, x: number, y: number, size: number): number {
  const angle = row * 2.399963; // the golden angle keeps neighbouring rows apart
  const reach = (size / 3) * Math.sqrt((row % 32) / 32);
  const distance = Math.hypot(x - size / 2 - reach * Math.cos(angle), y - size / 2 - reach * Math.sin(angle));
  return distance < size / 8 ? 230 : 40 + ((row * 37 + x * 3 + y * 5) % 40);
}
