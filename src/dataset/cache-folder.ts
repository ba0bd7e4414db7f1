import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isCacheSide } from './cache-format.js';
import { readMarker } from './marker.js';
import { placeOf, placeOfStaging, stagingOf } from './place.js';

const VERSION = 'version-';

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

export interface CachedDataset {
  readonly path: string;
  /** Default: see `defaultCacheFolder`. */
  readonly cacheDirectory?: string | undefined;
}

/** The cache folder of a data set: the one that was given, else the default of its real path. */
export async function cacheFolderOf(o: CachedDataset): Promise<string> {
  return o.cacheDirectory ?? defaultCacheFolder(await placeOf(o.path));
}

/**
 * The version that lies at the path of a data set at this moment, and the folder of its caches: that of the data set, or,
 * of a version from the Hub, one below it, so that a new version is decoded while the old one is read.
 */
export async function versionAt(
  o: CachedDataset,
): Promise<{ readonly content: string | undefined; readonly caches: string }> {
  const content = (await readMarker(o.path))?.content;
  const caches = await cacheFolderOf(o);
  return { content, caches: content === undefined ? caches : join(caches, nameOf(content)) };
}

/** The image sizes of which a version has caches. */
export async function cachedSizes(caches: string): Promise<number[]> {
  const names = await readdir(caches).catch(() => []);
  return names
    .flatMap((name) => /^pixels-(\d+)\.htc$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter(isCacheSide);
}

/**
 * Removes the caches of versions that are neither at the path nor about to be; a process that has one open keeps it.
 * @param o.path of the data set, or of the folder in which its next version is made
 */
export async function removeOldCaches(o: CachedDataset): Promise<void> {
  const place = placeOfStaging(await placeOf(o.path));
  const cacheFolder = await cacheFolderOf({ ...o, path: place });
  const markers = await Promise.all([place, stagingOf(place)].map(readMarker));
  const kept = markers.flatMap((marker) => (marker?.content === undefined ? [] : [nameOf(marker.content)]));
  for (const name of await readdir(cacheFolder).catch(() => [])) {
    if (!name.startsWith(VERSION) || kept.includes(name)) continue;
    // What cannot be removed now can be another time: nothing depends on it.
    await rm(join(cacheFolder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function nameOf(content: string): string {
  return `${VERSION}${content.slice(0, 16)}`;
}
