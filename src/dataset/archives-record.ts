import { createHash } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../common/index.js';
import { isSafeImageName } from './image-name.js';
import { mapInOrder } from './in-order.js';
import { IMAGES_FOLDER } from './sources.js';

/** Beside the marker: which archive brought which images, so that the next version need not fetch it again. */
export const ARCHIVES_FILE = '.healthtensor-archives.json';

const STATS_IN_FLIGHT = 32;

/** The images of one archive of the repository. */
export interface ArchiveRecord {
  /** What the hub says the archive's content is; see `contentIdOf`. */
  readonly id: string;
  readonly names: readonly string[];
  /** SHA-256 (hex) of the names, sizes and times of the images as they were unpacked. */
  readonly seal: string;
}

/** Records what lies in a folder of unpacked images. */
export async function sealArchive(
  id: string,
  folder: string,
  names: readonly string[],
): Promise<ArchiveRecord> {
  return { id, names, seal: await sealOf(folder, names) };
}

export async function writeArchives(folder: string, records: readonly ArchiveRecord[]): Promise<void> {
  await writeFileAtomic(join(folder, ARCHIVES_FILE), JSON.stringify(records));
}

/** The records of a data set that we made; none when there are none that make sense. */
export async function readArchives(folder: string): Promise<ArchiveRecord[]> {
  try {
    const parsed = JSON.parse(await readFile(join(folder, ARCHIVES_FILE), 'utf8')) as unknown;
    return Array.isArray(parsed) ? parsed.filter(isRecord) : [];
  } catch {
    return []; // then every archive is fetched
  }
}

/**
 * Fills `target` with the images that `installed` has of this archive, as hard links: no download, no second copy on the
 * disk. False, with nothing left, when one of them is not what was unpacked then, or the disk knows no links.
 */
export async function reuseArchive(
  installed: string,
  { names, seal }: ArchiveRecord,
  target: string,
): Promise<boolean> {
  const images = join(installed, IMAGES_FOLDER);
  const unfinished = `${target}.partial`;
  await rm(unfinished, { recursive: true, force: true });
  try {
    if ((await sealOf(images, names)) !== seal) return false;
    await mkdir(unfinished, { recursive: true });
    const linked = mapInOrder(names, STATS_IN_FLIGHT, (name) =>
      link(join(images, name), join(unfinished, name)),
    );
    for await (const _ of linked);
    await rename(unfinished, target);
    return true;
  } catch {
    await rm(unfinished, { recursive: true, force: true });
    return false; // an image is gone, or links are not to be had: the archive is fetched
  }
}

async function sealOf(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const facts = mapInOrder(names, STATS_IN_FLIGHT, async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return `${name} ${size} ${mtimeMs}\n`;
  });
  for await (const line of facts) hash.update(line);
  return hash.digest('hex');
}

function isRecord(value: unknown): value is ArchiveRecord {
  const { id, names, seal } = (value ?? {}) as Partial<Record<keyof ArchiveRecord, unknown>>;
  const plain = (name: unknown) => typeof name === 'string' && isSafeImageName(name);
  return typeof id === 'string' && typeof seal === 'string' && Array.isArray(names) && names.every(plain);
}
