import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../common/index.js';
import { whatLiesAt } from './marker.js';

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
