import { mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HealthTensorError, type Log } from '../common/index.js';
import { type LockOptions, withFileLock } from '../common/file-lock.js';
import { tidyAfterKill } from './put-in-place.js';

/** The folder itself when the path is a link to one: what is made beside it must be on the same disk. */
export async function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

const STAGING = '.healthtensor-partial';

/** The folder beside `path` that a new version grows in. */
export function stagingOf(path: string): string {
  return path + STAGING;
}

/** The path of the data set that a folder is the place of, or the staging folder. */
export function placeOfStaging(folder: string): string {
  return folder.endsWith(STAGING) ? folder.slice(0, -STAGING.length) : folder;
}

/**
 * Runs `body` as the only process that makes or replaces the data set at `path`, with what a killed one had begun
 * brought to an end. One that is not `patient` does not wait for another process.
 * @throws HealthTensorError LOCK_HELD when not patient; BAD_PATH for the top of a mounted disk, which nothing can be
 * moved to
 */
export async function asOnlyWriter<T>(
  path: string,
  o: Pick<LockOptions, 'signal'> & { readonly log?: Log | undefined; readonly patient?: boolean | undefined },
  body: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await refuseMountPoint(path);
  const onWait = () => o.log?.info(`Waiting for another process that is downloading to ${path}`);
  return withFileLock(
    join(dirname(path), `.${basename(path)}.lock`),
    async () => {
      await tidyAfterKill(path);
      return body();
    },
    { signal: o.signal, onWait, patient: o.patient },
  );
}

async function refuseMountPoint(path: string): Promise<void> {
  const own = await stat(path).catch(() => undefined);
  if (own === undefined || own.dev === (await stat(dirname(path))).dev) return;
  throw new HealthTensorError('BAD_PATH', `${path} is the top of a mounted disk, which cannot be replaced`, {
    remedy: `Give a folder in it: --dataset.path ${path}/data`,
  });
}
