import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { placeOf } from './place.js';

/**
 * Where the pixel caches of a data set live: `$XDG_CACHE_HOME` (or `~/.cache`) `/healthtensor/pixels/<16 hex>`, the hex
 * digits being the start of the SHA-256 of the data set's real path. Never inside the data set, which may be read-only
 * or shared.
 */
export function defaultCacheFolder(realPath: string, environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment['XDG_CACHE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache');
  const digest = createHash('sha256').update(realPath).digest('hex');
  return join(base, 'healthtensor', 'pixels', digest.slice(0, 16));
}

/** Below a cache folder: the caches of a version of the data set that is about to take the place of the one in use. */
export const NEXT_CACHES = 'next';

/** The cache folder of a data set: the one that was given, else the default of its real path. */
export async function cacheFolderOf(o: {
  readonly path: string;
  readonly cacheDirectory?: string | undefined;
}): Promise<string> {
  return o.cacheDirectory ?? defaultCacheFolder(await placeOf(o.path));
}

/** Moves finished caches, each with what stands beside it, over those of another folder on the same disk. */
export async function adoptCaches(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (/^pixels-\d+\.(?:htc|json)$/.test(name)) await rename(join(from, name), join(to, name));
  }
  await rm(from, { recursive: true, force: true });
}
