import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../common/index.js';
import { readMarker, whatLiesAt } from './marker.js';
import { IMAGES_FOLDER } from './sources.js';

/**
 * Moves a finished folder to its final path. What lies there (an earlier version of ours) is moved aside first and
 * deleted last, so that the path never shows a mixture.
 * @throws HealthTensorError DATASET_EXISTS when somebody has put something else there since the work began
 */
export async function putInPlace(finished: string, path: string): Promise<void> {
  await whatLiesAt(path);
  const aside = `${path}.${randomBytes(6).toString('hex')}.old`;
  const replaced = await rename(path, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(finished, path);
  } catch (error) {
    if (replaced) await rename(aside, path);
    throw error;
  }
  await syncFolder(dirname(path));
  if (replaced) await removeVersion(aside);
}

/**
 * Ends what a process that was killed in `putInPlace` had begun: an older version that stands aside is put back when
 * nothing took its place, and deleted when something did. Call it only while no other process may be at it.
 */
export async function tidyAfterKill(path: string): Promise<void> {
  for (const older of await setAside(path)) {
    if ((await whatLiesAt(path)).kind === 'nothing') await rename(older, path);
    else await removeVersion(older);
  }
}

/** Older versions of ours that stand beside the path: something was killed, or is at work at this moment. */
export async function setAside(path: string): Promise<string[]> {
  const pattern = /^\.[0-9a-f]{12}\.old$/;
  const name = basename(path);
  const siblings = await readdir(dirname(path)).catch(() => []);
  const found: string[] = [];
  for (const other of siblings) {
    if (!other.startsWith(name) || !pattern.test(other.slice(name.length))) continue;
    const folder = join(dirname(path), other);
    if ((await readMarker(folder)) !== undefined) found.push(folder); // else not ours, whatever its name
  }
  return found;
}

/** The images first: while any of them is left, so is the marker that says whose they are. */
async function removeVersion(folder: string): Promise<void> {
  await rm(join(folder, IMAGES_FOLDER), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}
