import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError } from '../common/index.js';
import { DECODER } from './decode.js';
import type { Entries, Entry } from './entries.js';
import { mapInOrder } from './in-order.js';

export const IMAGES_FOLDER = 'images';
const STATS_IN_FLIGHT = 32;

/** What the data set's folder holds of the images that its CSV lists. */
export interface Sources {
  /** Entries whose image file exists, in the order of the CSV. */
  readonly present: readonly Entry[];
  /** Names whose image file does not exist. */
  readonly missing: readonly string[];
  /** SHA-256 (64 hex digits) of everything the cache depends on: CSV bytes, names, sizes, times, settings. */
  readonly fingerprint: string;
}

/**
 * Looks for the listed images, reading none. HealthTensorError DATASET_MISSING when there is no `images/` folder,
 * DATASET_EMPTY when it holds none of them.
 */
export async function findSources(
  folder: string,
  listed: Entries,
  imageSize: number,
  signal?: AbortSignal,
): Promise<Sources> {
  const images = join(folder, IMAGES_FOLDER);
  if (!(await isFolder(images))) {
    throw new HealthTensorError('DATASET_MISSING', `${images} is not a folder`, {
      remedy: `Put the images that Data_Entry.csv lists into ${images}.`,
    });
  }
  const hash = createHash('sha256');
  hash.update(`pixels 1\ndecoder ${DECODER}\nsize ${imageSize}\nentries ${listed.sha256}\n`);
  const present: Entry[] = [];
  const missing: string[] = [];
  const facts = mapInOrder(listed.entries, STATS_IN_FLIGHT, async (entry) => {
    signal?.throwIfAborted();
    const found = await stat(join(images, entry.name)).catch(() => undefined);
    return { entry, found: found?.isFile() === true ? found : undefined };
  });
  for await (const { entry, found } of facts) {
    if (found === undefined) missing.push(entry.name);
    else present.push(entry);
    hash.update(found === undefined ? `${entry.name} -\n` : `${entry.name} ${found.size} ${found.mtimeMs}\n`);
  }
  if (present.length === 0) {
    throw new HealthTensorError(
      'DATASET_EMPTY',
      `None of the ${missing.length} images of Data_Entry.csv is in ${images}`,
      {
        remedy: `The first one should be ${join(images, missing[0] ?? '')}: put the images there or mend the names in the CSV.`,
      },
    );
  }
  return { present, missing, fingerprint: hash.digest('hex') };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
