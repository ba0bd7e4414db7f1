import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HealthTensorError, type Log, messageOf, OptionError, progressBar } from '../common/index.js';
import { withFileLock } from '../common/file-lock.js';
import { fingerprintOf, isCacheSide } from './cache-format.js';
import { buildCache, type UnreadableImage } from './cache-build.js';
import { removeOldCaches, versionAt } from './cache-folder.js';
import { readSidecar, writeSidecar, type Sidecar } from './cache-sidecar.js';
import { readEntries, type BadRow, type Entry } from './entries.js';
import { realFolder } from './real-folder.js';
import { findSources, type Sources } from './sources.js';

export interface OpenOptions {
  /** Folder with `Data_Entry.csv` and `images/`. */
  readonly path: string;
  /** Side of the square images in the cache: a multiple of 32 in 32..512. */
  readonly imageSize: number;
  /** Default: see `defaultCacheFolder`. */
  readonly cacheDirectory?: string | undefined;
  /** Gets the progress of decoding as well, as a bar on a terminal. */
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called while images are decoded; not at all when the cache is up to date. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

export interface DatasetProblems {
  /** Listed, but there is no such file. */
  readonly missing: readonly string[];
  /** There is such a file, but it is no image. */
  readonly unreadable: readonly UnreadableImage[];
  /** Rows of the CSV that were left out. */
  readonly badRows: readonly BadRow[];
}

/** A data set whose pixels are in a cache file that the native side reads. */
export interface Dataset {
  /** Real path of the folder. */
  readonly path: string;
  readonly cachePath: string;
  readonly imageSize: number;
  /** In the row order of the cache. */
  readonly images: readonly Entry[];
  readonly problems: DatasetProblems;
  /** SHA-256 (64 hex digits) over files, labels and the way of decoding; the same wherever the files lie. */
  readonly fingerprint: string;
  /** SHA-256 (hex) over the bytes of the files of `images`, in their order: names do not tell when pictures are exchanged. */
  readonly filesDigest: string;
}

/**
 * Opens a data set folder, building or rebuilding its pixel cache when the images, the CSV or the settings have
 * changed. Throws HealthTensorError DATASET_MISSING, DATASET_UNREADABLE, DATASET_EMPTY, DATASET_CHANGED,
 * CACHE_UNWRITABLE, DISK_FULL, or the signal's reason; single bad rows and images are reported in `problems` instead.
 */
export async function openDataset(options: OpenOptions): Promise<Dataset> {
  const { imageSize, signal, log } = options;
  if (!isCacheSide(imageSize)) {
    throw new OptionError('imageSize', 'a multiple of 32 from 32 to 512', imageSize);
  }
  const path = await realFolder(options.path);
  const version = await versionAt({ ...options, path });
  const listed = await readEntries(path, signal);
  const sources = await findSources(path, listed, imageSize, signal);
  await makeCacheFolder(version.caches);
  const cachePath = join(version.caches, `pixels-${imageSize}.htc`);
  const sidecar =
    (await readSidecar(cachePath, imageSize, sources.fingerprint)) ??
    (await buildOnce(options, path, sources, cachePath));
  if ((await versionAt({ ...options, path })).content !== version.content) throw datasetChanged(path);
  const problems = { missing: sources.missing, unreadable: sidecar.unreadable, badRows: listed.badRows };
  logProblems(log, problems);
  return {
    path,
    cachePath,
    imageSize,
    images: sidecar.images,
    problems,
    fingerprint: fingerprintOf(sidecar.filesDigest, sidecar.images),
    filesDigest: sidecar.filesDigest,
  };
}

/** Builds the cache unless another process does so at this moment; then waits for that one's. */
async function buildOnce(
  options: OpenOptions,
  path: string,
  sources: Sources,
  cachePath: string,
): Promise<Sidecar> {
  const { imageSize, signal, log, onProgress } = options;
  const build = async (): Promise<Sidecar> => {
    const fromAnother = await readSidecar(cachePath, imageSize, sources.fingerprint);
    if (fromAnother !== undefined) return fromAnother;
    log?.info(
      `Decoding ${sources.present.length} images of ${path} to ${imageSize}x${imageSize} into ${cachePath}`,
    );
    const bar = log && progressBar('Decoding', log);
    const built = await buildCache({
      folder: path,
      sources,
      imageSize,
      cachePath,
      signal,
      onProgress: (progress) => {
        bar?.report(progress.done, progress.total);
        onProgress?.(progress);
      },
    }).finally(() => bar?.end());
    const sidecar: Sidecar = {
      version: 2,
      fingerprint: sources.fingerprint,
      images: built.rows,
      unreadable: built.unreadable,
      filesDigest: built.filesDigest,
    };
    // Without it the next opening builds anew, and may then read what could not be read now.
    if (built.lasting) await writeSidecar(cachePath, sidecar);
    await removeOldCaches({ ...options, path });
    return sidecar;
  };
  const onWait = () => log?.info(`Waiting for another process that may be building ${cachePath}`);
  try {
    return await withFileLock(`${cachePath}.lock.sqlite`, build, { signal, onWait });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const forbidden = ['LOCK_UNAVAILABLE', 'EACCES', 'EPERM', 'EROFS'].includes(String(code));
    throw forbidden ? cacheUnwritable(dirname(cachePath), error) : error;
  }
}

/** Somebody replaced or edited the data set while it was being read; what was opened of it is of no use. */
export function datasetChanged(path: string): HealthTensorError {
  return new HealthTensorError('DATASET_CHANGED', `The data set ${path} was changed while it was in use`, {
    remedy: 'The next attempt takes it as it is then.',
  });
}

async function makeCacheFolder(cacheFolder: string): Promise<void> {
  try {
    await mkdir(cacheFolder, { recursive: true });
  } catch (error) {
    throw cacheUnwritable(cacheFolder, error);
  }
}

function cacheUnwritable(cacheFolder: string, cause: unknown): HealthTensorError {
  return new HealthTensorError(
    'CACHE_UNWRITABLE',
    `The cache folder ${cacheFolder} cannot be written to: ${messageOf(cause)}`,
    { remedy: 'Set XDG_CACHE_HOME to a folder that you may write to.', cause },
  );
}

function logProblems(log: Log | undefined, { missing, unreadable, badRows }: DatasetProblems): void {
  const first = badRows[0];
  if (first !== undefined) {
    log?.warning(
      `${badRows.length} rows of Data_Entry.csv left out, the first in line ${first.line}: ${first.reason}`,
    );
  }
  if (missing.length > 0) log?.warning(`${missing.length} images are missing, the first is ${missing[0]}`);
  const bad = unreadable[0];
  if (bad !== undefined) {
    log?.warning(`${unreadable.length} images cannot be read, the first is ${bad.name}: ${bad.reason}`);
  }
}
