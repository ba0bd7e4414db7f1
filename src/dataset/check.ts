import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FINDINGS, messageOf, type Finding } from '../common/index.js';
import type { UnreadableImage } from './cache-build.js';
import { decodeFile, DECODES_IN_FLIGHT } from './decode.js';
import { readEntries, type BadRow, type Entry } from './entries.js';
import { mapInOrder } from './in-order.js';
import { realFolder } from './real-folder.js';
import { findSources, IMAGES_FOLDER } from './sources.js';

/** What `healthtensor dataset check` found. */
export interface DatasetReport {
  readonly path: string;
  /** Usable rows of the CSV. */
  readonly listed: number;
  /** Listed images that could be decoded; the figures below count these only. */
  readonly readable: number;
  readonly patients: number;
  /** Images a patient at most. */
  readonly imagesOfBusiestPatient: number;
  readonly noFinding: number;
  /** Images that show each finding. */
  readonly positives: Readonly<Record<Finding, number>>;
  /** Positives over readable images, each finding. */
  readonly prevalence: Readonly<Record<Finding, number>>;
  readonly badRows: readonly BadRow[];
  readonly missing: readonly string[];
  readonly unreadable: readonly UnreadableImage[];
  /** Files in `images/` that the CSV does not list. */
  readonly unlisted: number;
}

/** Any size does for finding out whether an image can be decoded; the smallest is the quickest. */
const TRIAL_SIZE = 32;

/**
 * Reads the whole data set, decoding every image, and counts what is in it and what is wrong with it. Throws, as
 * `openDataset` does, when it cannot be used at all; writes nothing.
 */
export async function checkDataset(options: {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}): Promise<DatasetReport> {
  const { signal, onProgress } = options;
  const path = await realFolder(options.path);
  const listed = await readEntries(path, signal);
  const { present, missing } = await findSources(path, listed, TRIAL_SIZE, signal);
  const readable: Entry[] = [];
  const unreadable: UnreadableImage[] = [];
  const trials = mapInOrder(present, DECODES_IN_FLIGHT, async (entry) => {
    signal?.throwIfAborted();
    const failure = await decodeFile(join(path, IMAGES_FOLDER, entry.name), TRIAL_SIZE).then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
    return { entry, failure };
  });
  let done = 0;
  for await (const { entry, failure } of trials) {
    if (failure === undefined) readable.push(entry);
    else unreadable.push({ name: entry.name, reason: failure });
    onProgress?.({ done: ++done, total: present.length });
  }
  const names = new Set(listed.entries.map(({ name }) => name));
  const unlisted = (await readdir(join(path, IMAGES_FOLDER))).filter((name) => !names.has(name)).length;
  return {
    path,
    listed: listed.entries.length,
    ...count(readable),
    badRows: listed.badRows,
    missing,
    unreadable,
    unlisted,
  };
}

function count(images: readonly Entry[]) {
  const patients = new Map<string, number>();
  for (const { patient } of images) patients.set(patient, (patients.get(patient) ?? 0) + 1);
  const positives = FINDINGS.map(
    (_, index) => images.filter(({ labels }) => (labels & (1 << index)) !== 0).length,
  );
  const byFinding = (value: (count: number) => number) =>
    Object.fromEntries(FINDINGS.map((finding, i) => [finding, value(positives[i] as number)])) as Record<
      Finding,
      number
    >;
  return {
    readable: images.length,
    patients: patients.size,
    imagesOfBusiestPatient: [...patients.values()].reduce((most, own) => Math.max(most, own), 0),
    noFinding: images.filter(({ labels }) => labels === 0).length,
    positives: byFinding((positive) => positive),
    prevalence: byFinding((positive) => (images.length === 0 ? 0 : positive / images.length)),
  };
}
