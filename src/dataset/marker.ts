import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError, writeFileAtomic } from '../common/index.js';

/** Written last into a data set that we made, so that its presence means: complete, and made from exactly this. */
export const MARKER_FILE = '.healthtensor.json';

/** How a data set came to be. `source` is compared as a whole; `counts` is for people. */
export interface Marker {
  readonly source: Readonly<Record<string, string | number>>;
  readonly counts: Readonly<Record<string, number>>;
  /** Of a version from the Hub: SHA-256 (hex) over the list and archives that it was made of. */
  readonly content?: string;
}

/** Writes the marker into a folder. */
export async function writeMarker(folder: string, marker: Marker): Promise<void> {
  await writeFileAtomic(join(folder, MARKER_FILE), `${JSON.stringify(marker, undefined, 2)}\n`);
}

/** The marker of a folder, or undefined when there is none that makes sense. */
export async function readMarker(folder: string): Promise<Marker | undefined> {
  try {
    const parsed = JSON.parse(await readFile(join(folder, MARKER_FILE), 'utf8')) as Partial<Marker> | null;
    const { source, counts, content } = parsed ?? {};
    const objects = [source, counts].every((value) => typeof value === 'object' && value !== null);
    const whole = objects && (content === undefined || /^[0-9a-f]{64}$/.test(content));
    return whole ? (parsed as Marker) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two sources are the same, whatever the order of their keys. */
export function sameSource(a: Marker['source'], b: Marker['source']): boolean {
  const text = (source: Marker['source']) => JSON.stringify(Object.entries(source).sort());
  return text(a) === text(b);
}

/**
 * What lies at `path`: 'nothing' (or an empty folder), 'ours' (a complete data set that we made; see its marker), or
 * an error DATASET_EXISTS, for what somebody else put there is not ours to replace.
 */
export async function whatLiesAt(
  path: string,
): Promise<{ kind: 'nothing' } | { kind: 'ours'; marker: Marker }> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'nothing' };
    throw new HealthTensorError('DATASET_EXISTS', `${path} exists and is not a folder`, {
      remedy: 'Give another path.',
      cause: error,
    });
  }
  if (names.length === 0) return { kind: 'nothing' };
  const marker = await readMarker(path);
  if (marker !== undefined) return { kind: 'ours', marker };
  throw new HealthTensorError('DATASET_EXISTS', `${path} is not empty and was not made by healthtensor`, {
    remedy: 'Give another path, or move the folder away.',
  });
}
