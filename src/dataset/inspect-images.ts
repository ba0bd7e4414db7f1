import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../common/index.js';
import { cachedSizes, versionAt } from './cache-folder.js';
import { HEADER_BYTES as CACHE_HEADER_BYTES } from './cache-format.js';
import { readSidecar, type Sidecar } from './cache-sidecar.js';
import { decodeGray, DECODES_IN_FLIGHT, readImageFile } from './decode.js';
import { pictureFeatures } from './duplicates/picture-features.js';
import type { Entries, Entry } from './entries.js';
import { HEADER_BYTES, type ImageHeader, readImageHeader } from './image-header.js';
import { mapInOrder } from './in-order.js';
import { findSources, IMAGES_FOLDER, type Sources } from './sources.js';

/** What is known of one image file once it was looked at. */
export interface InspectedImage {
  readonly entry: Entry;
  /** Size of the file; 0 when it could not be read. */
  readonly bytes: number;
  readonly header: ImageHeader | undefined;
  /** Undefined for a picture of one gray, and for one that cannot be decoded. */
  readonly features: Int8Array | undefined;
  /** Why it cannot be decoded. */
  readonly failure: string | undefined;
}

export interface InspectionOptions {
  readonly folder: string;
  readonly listed: Entries;
  /** Take pixels from an up-to-date cache when there is one, instead of decoding every image. */
  readonly quick: boolean;
  readonly cacheDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Inspection {
  readonly sources: Sources;
  /** Whether the pixels come from a cache. */
  readonly cached: boolean;
  /** Every present image in the order of the list; can be run through once. */
  readonly images: AsyncGenerator<InspectedImage, void, undefined>;
}

/** Small enough to be quick, and twice what the features need. */
const DECODE_SIDE = 64;
const READS_IN_FLIGHT = 16;

/**
 * Looks at the images of a data set folder one after another, a few at a time.
 * @throws what `findSources` throws
 */
export async function inspectImages(o: InspectionOptions): Promise<Inspection> {
  const cache = o.quick ? await upToDateCache(o) : undefined;
  if (cache !== undefined) return { sources: cache.sources, cached: true, images: fromCache(o, cache) };
  const sources = await findSources(o.folder, o.listed, DECODE_SIDE, o.signal);
  return { sources, cached: false, images: fromFiles(o, sources) };
}

function fromFiles(
  { folder, signal }: InspectionOptions,
  sources: Sources,
): AsyncGenerator<InspectedImage, void, undefined> {
  return mapInOrder(sources.present, DECODES_IN_FLIGHT, async (entry): Promise<InspectedImage> => {
    signal?.throwIfAborted();
    let bytes = 0;
    let header: ImageHeader | undefined;
    try {
      const file = await readImageFile(join(folder, IMAGES_FOLDER, entry.name));
      bytes = file.length;
      header = readImageHeader(file.subarray(0, HEADER_BYTES));
      const features = pictureFeatures(await decodeGray(file, DECODE_SIDE), DECODE_SIDE);
      return { entry, bytes, header, features, failure: undefined };
    } catch (error) {
      return { entry, bytes, header, features: undefined, failure: messageOf(error) };
    }
  });
}

interface Cache {
  readonly path: string;
  readonly side: number;
  readonly sidecar: Sidecar;
  readonly sources: Sources;
}

async function upToDateCache(o: InspectionOptions): Promise<Cache | undefined> {
  const { caches } = await versionAt({ path: o.folder, cacheDirectory: o.cacheDirectory });
  const sides = (await cachedSizes(caches)).filter((side) => side >= DECODE_SIDE).sort((a, b) => a - b);
  for (const side of sides) {
    const path = join(caches, `pixels-${side}.htc`);
    const sources = await findSources(o.folder, o.listed, side, o.signal);
    const sidecar = await readSidecar(path, side, sources.fingerprint);
    if (sidecar !== undefined) return { path, side, sidecar, sources };
  }
  return undefined;
}

async function* fromCache(
  { folder, signal }: InspectionOptions,
  { path, side, sidecar, sources }: Cache,
): AsyncGenerator<InspectedImage, void, undefined> {
  const failures = new Map(sidecar.unreadable.map(({ name, reason }) => [name, reason]));
  const rows = new Map(sidecar.images.map(({ name }, row) => [name, row]));
  const file = await open(path, 'r');
  try {
    yield* mapInOrder(sources.present, READS_IN_FLIGHT, async (entry): Promise<InspectedImage> => {
      signal?.throwIfAborted();
      const { bytes, header } = await headOf(join(folder, IMAGES_FOLDER, entry.name));
      const row = rows.get(entry.name);
      const failure = row === undefined ? (failures.get(entry.name) ?? 'not in the cache') : undefined;
      const features = row === undefined ? undefined : pictureFeatures(await pixelsOf(file, side, row), side);
      return { entry, bytes, header, features, failure };
    });
  } finally {
    await file.close();
  }
}

async function pixelsOf(file: FileHandle, side: number, row: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(side * side);
  const { bytesRead } = await file.read(pixels, 0, pixels.length, CACHE_HEADER_BYTES + row * pixels.length);
  if (bytesRead !== pixels.length) throw new Error(`row ${row} of the pixel cache cannot be read`);
  return pixels;
}

async function headOf(path: string): Promise<{ bytes: number; header: ImageHeader | undefined }> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return { bytes: 0, header: undefined };
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return { bytes: (await file.stat()).size, header: readImageHeader(head.subarray(0, bytesRead)) };
  } finally {
    await file.close();
  }
}
