import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../common/index.js';
import { readMarker, whatLiesAt } from './marker.js';

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
  if (replaced) await rm(aside, { recursive: true, force: true });
}

/**
 * Ends what a process that was killed in `putInPlace` had begun: an older version that stands aside is put back when
 * nothing took its place, and deleted when something did. Call it only while no other process may be at it.
 */
export async function tidyAfterKill(path: string): Promise<void> {
  const pattern = /^\.[0-9a-f]{12}\.old$/;
  const siblings = await readdir(dirname(path)).catch(() => []);
  const name = basename(path);
  const aside = siblings.filter((other) => other.startsWith(name) && pattern.test(other.slice(name.length)));
  for (const older of aside) {
    const from = join(dirname(path), older);
    if ((await readMarker(from)) === undefined) continue; // not ours, whatever its name
    if ((await whatLiesAt(path)).kind === 'nothing') await rename(from, path);
    else await rm(from, { recursive: true, force: true });
  }
}
