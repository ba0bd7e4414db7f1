import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { HealthTensorError, OptionError } from '../common/index.js';
import { ENTRIES_FILE, type Entry } from './entries.js';
import { mapInOrder } from './in-order.js';
import { formatLabels } from './labels.js';
import { sameSource, whatLiesAt, writeMarker, type Marker } from './marker.js';
import { drawPhantom } from './phantom/draw.js';
import { MINIMUM_PREVALENCE, planPhantoms } from './phantom/plan.js';
import { putInPlace } from './put-in-place.js';
import { IMAGES_FOLDER } from './sources.js';

const ENCODES_IN_FLIGHT = 4;

export interface SynthesizeOptions {
  /** Folder to make; must not hold anything else. */
  readonly path: string;
  /** How many images, 1 to 200,000. */
  readonly images: number;
  readonly seed: number;
  /** Side of the square images in pixels, 32 to 1024; default 256. */
  readonly size?: number | undefined;
  /** Every finding is on at least this share of the images, 0 to 0.5; default 0.06. */
  readonly minimumPrevalence?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

export interface SynthesizedDataset {
  readonly path: string;
  readonly images: number;
  readonly patients: number;
  /** False when the same data set was there already. */
  readonly created: boolean;
}

/**
 * Draws a data set of labelled phantom chest X-rays in the format of the real one. The same options give the same
 * pictures; when they are there already, nothing is done. The folder appears only when it is complete. Throws
 * OptionError, HealthTensorError DATASET_EXISTS, or the signal's reason.
 */
export async function synthesizeDataset(options: SynthesizeOptions): Promise<SynthesizedDataset> {
  const { images, seed, signal } = options;
  const size = options.size ?? 256;
  const minimumPrevalence = options.minimumPrevalence ?? MINIMUM_PREVALENCE;
  checkRange('images', images, 1, 200_000);
  checkRange('size', size, 32, 1024);
  checkRange('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  if (!(minimumPrevalence >= 0 && minimumPrevalence <= 0.5)) {
    throw new OptionError('minimumPrevalence', 'a share from 0 to 0.5', minimumPrevalence);
  }
  const path = resolve(options.path);
  const plan = planPhantoms({ images, seed, minimumPrevalence });
  const patients = new Set(plan.map(({ patient }) => patient)).size;
  const source: Marker['source'] = { kind: 'phantoms', drawing: 1, images, seed, size, minimumPrevalence };
  const there = await whatLiesAt(path);
  if (there.kind === 'ours') {
    if (sameSource(there.marker.source, source)) return { path, images, patients, created: false };
    throw new HealthTensorError('DATASET_EXISTS', `${path} already holds another data set`, {
      remedy: 'Give another path, or remove the folder.',
    });
  }
  await mkdir(dirname(path), { recursive: true });
  const staging = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await mkdir(staging);
    await drawAll(staging, plan, { ...options, size });
    const rows = plan.map(({ name, labels }) => `${name},${formatLabels(labels)}\n`);
    await writeFile(join(staging, ENTRIES_FILE), `image_name,label\n${rows.join('')}`);
    await writeMarker(staging, { source, counts: { images, patients } });
    signal?.throwIfAborted();
    await putInPlace(staging, path);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
  return { path, images, patients, created: true };
}

async function drawAll(
  staging: string,
  plan: readonly Entry[],
  { seed, size, signal, onProgress }: SynthesizeOptions & { size: number },
): Promise<void> {
  const folder = join(staging, IMAGES_FOLDER);
  await mkdir(folder);
  const written = mapInOrder(plan, ENCODES_IN_FLIGHT, async ({ name, patient, labels }) => {
    await setImmediate(); // drawing takes milliseconds: let others have the event loop in between
    signal?.throwIfAborted();
    const pixels = drawPhantom({ seed, patient, name, labels, size });
    const png = await sharp(pixels, { raw: { width: size, height: size, channels: 1 } })
      .toColourspace('b-w')
      .png({ compressionLevel: 6 })
      .toBuffer();
    await writeFile(join(folder, name), png, { flag: 'wx' });
  });
  let done = 0;
  for await (const _ of written) onProgress?.({ done: ++done, total: plan.length });
}

function checkRange(option: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new OptionError(option, `a whole number from ${low} to ${high}`, value);
}
