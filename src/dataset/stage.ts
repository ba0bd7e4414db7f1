import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted, writeFileAtomic, type Revision } from '../common/index.js';
import type { RemoteFile } from '../hub/index.js';
import { extractImages } from './archive.js';
import {
  type ArchiveRecord,
  readArchives,
  reuseArchive,
  sealArchive,
  writeArchives,
} from './archives-record.js';
import { ensureDiskSpace } from './disk-space.js';
import type { DownloadOptions } from './download.js';
import { ENTRIES_FILE, readEntries } from './entries.js';
import { fetchOne } from './fetch-one.js';
import { collisionKey } from './image-name.js';
import { type Marker, readMarker, sameSource, writeMarker } from './marker.js';
import { stagingOf } from './place.js';
import { contentIdOf, type RepositoryContent } from './repository-content.js';
import { IMAGES_FOLDER } from './sources.js';

const MAX_ENTRIES_BYTES = 256 * 1024 * 1024;
/** Says what an unfinished download is of. */
const SOURCE_FILE = 'source.json';
/** Holds one folder an archive, named like it. */
const UNPACKED = 'unpacked';

/** A finished version in its staging folder, of any revision; undefined when there is none. */
export async function stagedMarker(path: string): Promise<Marker | undefined> {
  return readMarker(stagingOf(path));
}

/**
 * Fills the staging folder of `path` step by step, each step complete or absent, so that the next call goes on where a
 * killed one stopped. Archives that the version at `path` was made of already are taken from there. What is complete
 * bears a marker; it is returned.
 */
export async function stageDataset(
  options: DownloadOptions,
  revision: Revision,
  path: string,
  content: RepositoryContent,
  source: Marker['source'],
): Promise<Marker> {
  const { signal } = options;
  const staging = stagingOf(path);
  const complete = await readMarker(staging);
  if (complete !== undefined && sameSource(complete.source, source)) return complete;
  await resumeOrClear(staging, source);
  await fetchOne(options, revision, ENTRIES_FILE, MAX_ENTRIES_BYTES, staging);
  const { entries } = await readEntries(staging, signal); // a bad list is found before gigabytes are fetched
  if ((await readArchives(staging)).length < content.archives.length) {
    await unpackAll(options, revision, content.archives, staging, path);
    await recordArchives(staging, content.archives);
  }
  const names = await gather(staging);
  const missing = entries.filter(({ name }) => !names.has(name)).length;
  if (missing > 0) {
    const which = `${missing} of the ${entries.length} images that ${ENTRIES_FILE} lists`;
    options.log?.warning(`${which} are in no archive`);
  }
  throwIfAborted(signal);
  const counts = { images: names.size, entries: entries.length, archives: content.archives.length, missing };
  const marker: Marker = { source, counts, content: content.digest };
  await writeMarker(staging, marker);
  await rm(join(staging, SOURCE_FILE), { force: true });
  return marker;
}

async function resumeOrClear(staging: string, source: Marker['source']): Promise<void> {
  const wanted = JSON.stringify(source);
  const found = await readFile(join(staging, SOURCE_FILE), 'utf8').catch(() => undefined);
  if (found === wanted) return;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  await writeFileAtomic(join(staging, SOURCE_FILE), wanted);
}

/** One archive after another: fetched, unpacked into a folder of its own, deleted. */
async function unpackAll(
  options: DownloadOptions,
  revision: Revision,
  archives: readonly RemoteFile[],
  staging: string,
  installed: string,
): Promise<void> {
  const { log, signal, onProgress, archiveLimits } = options;
  const taken = new Set<string>();
  const waiting = await withoutThose(archives, staging, installed, taken);
  const bytes = waiting.reduce((sum, { size }) => sum + size, 0);
  const largest = Math.max(0, ...waiting.map(({ size }) => size));
  await ensureDiskSpace(staging, bytes + largest, 'Give a path on a larger disk.');
  for (const [i, { path, size }] of waiting.entries()) {
    throwIfAborted(signal);
    log?.info(`Downloading ${path}, ${i + 1} of ${waiting.length} (${Math.ceil(size / 1e6)} MB)`);
    const fetched = await fetchOne(options, revision, path, size, join(staging, 'download'), (done) =>
      onProgress?.({ file: path, done, total: size }),
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
  }
}

/** The archives that are neither unpacked already nor to be had from the installed version; `taken` gets the names of those. */
async function withoutThose(
  archives: readonly RemoteFile[],
  staging: string,
  installed: string,
  taken: Set<string>,
): Promise<RemoteFile[]> {
  await mkdir(join(staging, UNPACKED), { recursive: true });
  const records = new Map((await readArchives(installed)).map((record) => [record.id, record]));
  const waiting: RemoteFile[] = [];
  for (const archive of archives) {
    const folder = join(staging, UNPACKED, archive.path);
    const record = records.get(contentIdOf(archive));
    const reusable = record !== undefined && !record.names.some((name) => taken.has(collisionKey(name)));
    let names = await readdir(folder).catch(() => undefined);
    if (names === undefined && reusable && (await reuseArchive(installed, record, folder)))
      names = [...record.names];
    if (names === undefined) waiting.push(archive);
    else for (const name of names) taken.add(collisionKey(name));
  }
  return waiting;
}

/** Written when everything is unpacked, while every image still lies in the folder of its archive. */
async function recordArchives(staging: string, archives: readonly RemoteFile[]): Promise<void> {
  const records: ArchiveRecord[] = [];
  for (const archive of archives) {
    const folder = join(staging, UNPACKED, archive.path);
    records.push(await sealArchive(contentIdOf(archive), folder, await readdir(folder)));
  }
  await writeArchives(staging, records);
}

/** Moves the images of all archives into `images/` and tidies up; one that was interrupted is simply continued. */
async function gather(staging: string): Promise<Set<string>> {
  const images = join(staging, IMAGES_FOLDER);
  await mkdir(images, { recursive: true });
  for (const archive of await readdir(join(staging, UNPACKED)).catch(() => [])) {
    const folder = join(staging, UNPACKED, archive);
    for (const name of await readdir(folder)) await rename(join(folder, name), join(images, name));
  }
  for (const name of [UNPACKED, 'download']) await rm(join(staging, name), { recursive: true, force: true });
  return new Set(await readdir(images));
}
