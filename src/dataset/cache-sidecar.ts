import { open, readFile, type FileHandle } from 'node:fs/promises';
import { writeFileAtomic } from '../common/index.js';
import type { UnreadableImage } from './cache-build.js';
import {
  cacheBytes,
  type CacheHeader,
  decodeHeader,
  encodeLabels,
  fingerprintOf,
  HEADER_BYTES,
  labelsOffset,
} from './cache-format.js';
import type { Entry } from './entries.js';

/** What stands beside the pixel cache: which image is in which row, and which images are not in it. */
export interface Sidecar {
  readonly version: 2;
  readonly fingerprint: string;
  /** See `Dataset.filesDigest`. */
  readonly filesDigest: string;
  readonly images: readonly Entry[];
  readonly unreadable: readonly UnreadableImage[];
}

/** `pixels-224.json` beside `pixels-224.htc`. */
export function sidecarPath(cachePath: string): string {
  return cachePath.replace(/\.htc$/, '.json');
}

/** Written after the cache itself: a crash in between leaves a pair whose fingerprints differ, which is rebuilt. */
export async function writeSidecar(cachePath: string, sidecar: Sidecar): Promise<void> {
  await writeFileAtomic(sidecarPath(cachePath), JSON.stringify(sidecar));
}

/** Whether a cache with these rows is there. @param fingerprint of the data set */
export async function isCacheOf(cachePath: string, fingerprint: string): Promise<boolean> {
  const file = await open(cachePath, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    return (await readHeader(file))?.fingerprint === fingerprint;
  } finally {
    await file.close();
  }
}

/** The sidecar of a cache that is whole and was built from these sources; undefined when it has to be built. */
export async function readSidecar(
  cachePath: string,
  imageSize: number,
  fingerprint: string,
): Promise<Sidecar | undefined> {
  const sidecar = await parseSidecar(cachePath);
  if (sidecar === undefined || sidecar.fingerprint !== fingerprint) return undefined;
  const file = await open(cachePath, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const header = await readHeader(file);
    const rows = sidecar.images.length;
    const { size } = await file.stat();
    const matches =
      header?.sources === fingerprint &&
      header.fingerprint === fingerprintOf(sidecar.filesDigest, sidecar.images) &&
      header.imageSize === imageSize &&
      header.images === rows &&
      size === cacheBytes(imageSize, rows);
    if (!matches) return undefined;
    const labels = Buffer.alloc(2 * rows);
    await file.read(labels, 0, labels.length, labelsOffset(imageSize, rows));
    return labels.equals(encodeLabels(sidecar.images.map((image) => image.labels))) ? sidecar : undefined;
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle): Promise<CacheHeader | undefined> {
  const head = Buffer.alloc(HEADER_BYTES);
  await file.read(head, 0, head.length, 0);
  return decodeHeader(head);
}

async function parseSidecar(cachePath: string): Promise<Sidecar | undefined> {
  try {
    const parsed = JSON.parse(await readFile(sidecarPath(cachePath), 'utf8')) as Partial<Sidecar> | null;
    const whole =
      parsed?.version === 2 &&
      typeof parsed.filesDigest === 'string' &&
      Array.isArray(parsed.images) &&
      parsed.images.every(isEntry) &&
      Array.isArray(parsed.unreadable);
    return whole ? (parsed as Sidecar) : undefined;
  } catch {
    return undefined; // absent or damaged: both mean that the cache is built anew
  }
}

function isEntry(value: unknown): value is Entry {
  const { name, patient, labels } = (value ?? {}) as Partial<Entry>;
  const isBits = Number.isInteger(labels) && (labels as number) >= 0 && (labels as number) <= 0xffff;
  return typeof name === 'string' && typeof patient === 'string' && isBits;
}
