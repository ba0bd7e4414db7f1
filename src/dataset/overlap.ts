import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { HealthTensorError, messageOf } from '../common/index.js';
import { isSafeImageName, patientOf } from './image-name.js';

/** What two sets of images share that are meant to share nothing. */
export interface Overlap {
  /** Names that are in both, in the order of the first. */
  readonly images: readonly string[];
  /** Patients who are in both. */
  readonly patients: readonly string[];
}

interface Named {
  readonly name: string;
  readonly patient: string;
}

/** Patients count as the same when their names do: that means something for sets of one origin only. */
export function overlapOf(own: readonly Named[], other: readonly Named[]): Overlap {
  const names = new Set(other.map(({ name }) => name));
  const patients = new Set(other.map(({ patient }) => patient));
  return {
    images: own.filter(({ name }) => names.has(name)).map(({ name }) => name),
    patients: [...new Set(own.map(({ patient }) => patient))].filter((patient) => patients.has(patient)),
  };
}

/** More lines than images in any data set that could be read. */
const MAX_LINES = 2_000_000;

/**
 * A list of images, a name a line as NIH publishes its splits; of a CSV the first column counts. Lines that are no image
 * names, such as a header, are passed over.
 * @throws HealthTensorError BAD_LIST
 */
export async function readImageList(path: string, signal?: AbortSignal): Promise<Named[]> {
  const input = createReadStream(path, signal ? { signal } : {});
  const found: Named[] = [];
  let lines = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      lines += 1;
      if (lines > MAX_LINES) throw new Error(`more than ${MAX_LINES} lines`);
      const name = (line.split(',', 1)[0] ?? '').replace(/^\uFEFF/, '').trim();
      if (isSafeImageName(name)) found.push({ name, patient: patientOf(name) });
    }
    if (found.length === 0) throw new Error('no image names in it');
    return found;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HealthTensorError(
      'BAD_LIST',
      `The list of images ${path} cannot be used: ${messageOf(cause)}`,
      {
        remedy:
          'Give a text file with one image name a line, such as train_val_list.txt of NIH ChestX-ray14.',
        cause,
      },
    );
  } finally {
    input.destroy();
  }
}
