import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HealthTensorError,
  throwIfAborted,
  writeFileAtomic,
  type RepoId,
  type Revision,
} from '../common/index.js';
import type { RemoteFile } from '../hub/index.js';
import { extractImages } from './archive.js';
import { ensureDiskSpace } from './disk-space.js';
import type { DownloadOptions } from './download.js';
import { ENTRIES_FILE, readEntries } from './entries.js';
import { collisionKey } from './image-name.js';
import { readMarker, sameSource, writeMarker, type Marker } from './marker.js';
import { putInPlace } from './put-in-place.js';
import { IMAGES_FOLDER } from './sources.js';

const ARCHIVE_NAME = /^images[^/]*\.(?:tar\.gz|tgz)$/;
const MAX_ENTRIES_BYTES = 256 * 1024 * 1024;
const MAX_ARCHIVE_BYTES = 64 * 1024 ** 3;
/** The slowest line that is worth waiting for. */
const SLOWEST_BYTES_PER_MS = 128;
/** Says what an unfinished download is of. */
const SOURCE_FILE = 'source.json';

/**
 * Fills `<path>.healthtensor-partial` step by step, each step complete or absent, so that the next call goes on where
 * a killed one stopped; moves it to `path` when everything is there. Returns the number of images.
 */
export async function assembleDataset(
  options: DownloadOptions,
  revision: Revision,
  path: string,
  source: Marker['source'],
): Promise<number> {
  const { hub, repo, signal } = options;
  const staging = `${path}.healthtensor-partial`;
  const complete = await readMarker(staging);
  if (complete !== undefined && sameSource(complete.source, source)) {
    await putInPlace(staging, path);
    return complete.counts['images'] ?? 0;
  }
  await resumeOrClear(staging, source);
  const archives = archivesOf(repo, await hub.listFiles({ type: 'dataset', repo, revision, signal }));
  await fetchOne(options, revision, ENTRIES_FILE, MAX_ENTRIES_BYTES, staging);
  const { entries } = await readEntries(staging, signal); // a bad list is found before gigabytes are fetched
  await unpackAll(options, revision, archives, staging);
  const names = await gather(staging);
  const missing = entries.filter(({ name }) => !names.has(name)).length;
  if (missing > 0) {
    const which = `${missing} of the ${entries.length} images that ${ENTRIES_FILE} lists`;
    options.log?.warning(`${which} are in no archive`);
  }
  throwIfAborted(signal);
  const counts = { images: names.size, entries: entries.length, archives: archives.length };
  await writeMarker(staging, { source, counts });
  await putInPlace(staging, path);
  return names.size;
}

async function resumeOrClear(staging: string, source: Marker['source']): Promise<void> {
  const wanted = JSON.stringify(source);
  const found = await readFile(join(staging, SOURCE_FILE), 'utf8').catch(() => undefined);
  if (found === wanted) return;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  await writeFileAtomic(join(staging, SOURCE_FILE), wanted);
}

function archivesOf(repo: RepoId, files: readonly RemoteFile[]): RemoteFile[] {
  const archives = files
    .filter(({ path }) => ARCHIVE_NAME.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const hasEntries = files.some(({ path }) => path === ENTRIES_FILE);
  const huge = archives.find(({ size }) => size > MAX_ARCHIVE_BYTES);
  if (hasEntries && archives.length > 0 && huge === undefined) return archives;
  const lacks = hasEntries ? 'no images*.tar.gz' : `no ${ENTRIES_FILE}`;
  const what = huge === undefined ? lacks : `an archive of ${huge.size} bytes, ${huge.path}`;
  throw new HealthTensorError('DATASET_UNAVAILABLE', `The data set repository ${repo} has ${what}`, {
    remedy: 'Name a repository with Data_Entry.csv and images*.tar.gz (at most 64 GiB each) at its top.',
  });
}

/** One archive after another: fetched, unpacked into a folder of its own, deleted. */
async function unpackAll(
  options: DownloadOptions,
  revision: Revision,
  archives: readonly RemoteFile[],
  staging: string,
): Promise<void> {
  const { log, signal, onProgress, archiveLimits } = options;
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const taken = new Set<string>();
  const waiting: RemoteFile[] = [];
  for (const archive of archives) {
    const finished = await readdir(join(staging, UNPACKED, archive.path)).catch(() => undefined);
    if (finished === undefined) waiting.push(archive);
    else for (const name of finished) taken.add(collisionKey(name));
  }
  let left = waiting.reduce((sum, { size }) => sum + size, 0);
  const largest = Math.max(0, ...waiting.map(({ size }) => size));
  await ensureDiskSpace(staging, left + largest, 'Give a path on a larger disk.');
  for (const { path, size } of waiting) {
    throwIfAborted(signal);
    log?.info(`Downloading ${path} (${Math.ceil(size / 1e6)} MB)`);
    const before = total - left;
    const fetched = await fetchOne(options, revision, path, size, join(staging, 'download'), (bytes) =>
      onProgress?.({ file: path, done: before + bytes, total }),
    );
    const folder = join(staging, UNPACKED, path);
    const { images, ignored } = await extractImages({
      archive: fetched,
      folder,
      taken,
      signal,
      limits: archiveLimits,
    });
    log?.info(`${path}: ${images} images${ignored > 0 ? `, ${ignored} other files left out` : ''}`);
    await rm(fetched);
    left -= size;
  }
}

/** Holds one folder an archive, named like it. */
const UNPACKED = 'unpacked';

async function fetchOne(
  { hub, repo, signal }: DownloadOptions,
  revision: Revision,
  path: string,
  maxBytes: number,
  directory: string,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const verdict = await hub.fetchVerified({
    type: 'dataset',
    repo,
    revision,
    files: [{ path, maxBytes }],
    directory,
    deadlineMs: 10 * 60_000 + Math.ceil(maxBytes / SLOWEST_BYTES_PER_MS),
    signal,
    onProgress: onBytes && (({ bytes }) => onBytes(bytes)),
  });
  const file = verdict.ok ? verdict.files[0]?.file : undefined;
  if (file !== undefined) return file;
  const why = verdict.ok ? 'nothing came' : `${verdict.code}: ${verdict.detail}`;
  throw new HealthTensorError('DATASET_UNAVAILABLE', `${repo}: ${path} could not be fetched: ${why}`, {
    remedy: 'Check the name of the repository and that ACCESS_TOKEN may read it.',
  });
}

/** Moves the images of all archives into `images/` and tidies up; one that was interrupted is simply continued. */
async function gather(staging: string): Promise<Set<string>> {
  const images = join(staging, IMAGES_FOLDER);
  await mkdir(images, { recursive: true });
  for (const archive of await readdir(join(staging, UNPACKED))) {
    const folder = join(staging, UNPACKED, archive);
    for (const name of await readdir(folder)) await rename(join(folder, name), join(images, name));
  }
  for (const name of [UNPACKED, 'download', SOURCE_FILE])
    await rm(join(staging, name), { recursive: true, force: true });
  return new Set(await readdir(images));
}
