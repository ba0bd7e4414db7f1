import { HealthTensorError, type Log, type RepoId, type Revision } from '../common/index.js';
import type { Hub } from '../hub/index.js';
import type { ArchiveLimits } from './archive.js';
import { type Marker, readMarker, sameSource, whatLiesAt, writeMarker } from './marker.js';
import { asOnlyWriter, placeOf, stagingOf } from './place.js';
import { putInPlace, setAside } from './put-in-place.js';
import { contentOf } from './repository-content.js';
import { stageDataset, stagedMarker } from './stage.js';

export interface DownloadOptions {
  readonly hub: Pick<Hub, 'head' | 'listFiles' | 'fetchVerified'>;
  readonly repo: RepoId;
  /** Default: the head of the main branch at this moment. */
  readonly revision?: Revision | undefined;
  /** Folder to make. An older revision that we made there is replaced when the new one is complete. */
  readonly path: string;
  readonly archiveLimits?: ArchiveLimits | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the archive that is being fetched. */
  readonly onProgress?: ((progress: { file: string; done: number; total: number }) => void) | undefined;
}

export interface DownloadedDataset {
  readonly path: string;
  readonly repo: RepoId;
  readonly revision: Revision;
  readonly images: number;
  /** False when this revision, or another one with the same data, was there already. */
  readonly created: boolean;
}

/** A version that is complete but not yet in its place. */
export interface StagedDataset {
  /** Where it lies until then. */
  readonly folder: string;
  readonly revision: Revision;
  readonly images: number;
  /** Rows of the list, and how many of them have no image. */
  readonly entries: number;
  readonly missing: number;
}

/**
 * Downloads a data set repository (`Data_Entry.csv` and `images*.tar.gz`) at one exact revision and unpacks it. Every
 * archive is verified by hash, unpacked with suspicion and deleted; what was finished survives an interruption, what
 * the version at the path has already is not fetched again, and a second call with the same revision does nothing.
 * Throws HealthTensorError DATASET_UNAVAILABLE, BAD_ARCHIVE, DATASET_EXISTS, BAD_PATH, DISK_FULL, what the hub throws,
 * or the signal's reason.
 */
export async function downloadDataset(options: DownloadOptions): Promise<DownloadedDataset> {
  const { repo } = options;
  const staged = await stageDownload(options);
  if (staged.created) await installStaged({ ...options, revision: staged.revision });
  const path = await placeOf(options.path);
  return { path, repo, revision: staged.revision, images: staged.images, created: staged.created };
}

/**
 * The first half of `downloadDataset`: leaves the new version beside the path, and what lies at the path as it is. Not
 * `created` when there is nothing to put in place because the path has this data already.
 */
export async function stageDownload(
  options: DownloadOptions,
): Promise<(StagedDataset & { created: true }) | { created: false; revision: Revision; images: number }> {
  const { hub, repo, signal, log } = options;
  const path = await placeOf(options.path);
  const revision = options.revision ?? (await hub.head({ repo, type: 'dataset', signal }));
  const source = { kind: 'hub', repo, revision };
  const already = await replaceable(path);
  if (already !== undefined && sameSource(already.source, source) && (await setAside(path)).length === 0) {
    return { created: false, revision, images: already.counts['images'] ?? 0 };
  }
  return asOnlyWriter(path, options, async () => {
    const there = await replaceable(path);
    if (there !== undefined && sameSource(there.source, source)) {
      return { created: false, revision, images: there.counts['images'] ?? 0 };
    }
    const content = contentOf(repo, await hub.listFiles({ type: 'dataset', repo, revision, signal }));
    if (there !== undefined && there.source['repo'] === repo && there.content === content.digest) {
      await writeMarker(path, { ...there, source });
      log?.info(`${repo} at ${revision} holds the same data as before`);
      return { created: false, revision, images: there.counts['images'] ?? 0 };
    }
    const { counts } = await stageDataset(options, revision, path, content, source);
    const { images = 0, entries = 0, missing = 0 } = counts;
    return { created: true, folder: stagingOf(path), revision, images, entries, missing };
  });
}

/**
 * The second half: moves the version of this revision, which `stageDownload` made, to the path.
 * @throws HealthTensorError DATASET_UNAVAILABLE when there is none, LOCK_HELD when another process is at it and it is not
 * to be waited for
 */
export async function installStaged(
  o: Pick<DownloadOptions, 'path' | 'repo' | 'log' | 'signal'> & {
    readonly revision: Revision;
    readonly patient?: boolean;
  },
): Promise<void> {
  const path = await placeOf(o.path);
  await asOnlyWriter(path, o, async () => {
    const source = { kind: 'hub', repo: o.repo, revision: o.revision };
    const isThis = (marker: Marker | undefined) => marker !== undefined && sameSource(marker.source, source);
    if (isThis(await readMarker(path))) return; // another process was faster
    if (!isThis(await stagedMarker(path))) {
      throw new HealthTensorError(
        'DATASET_UNAVAILABLE',
        `${stagingOf(path)} is gone or holds another version`,
        {
          remedy: 'Start again; it is downloaded anew.',
        },
      );
    }
    await putInPlace(stagingOf(path), path);
  });
}

/** The marker of what lies at the path and may be replaced by a version from the Hub. */
async function replaceable(path: string): Promise<Marker | undefined> {
  const there = await whatLiesAt(path);
  if (there.kind === 'nothing') return undefined;
  if (there.marker.source['kind'] === 'hub') return there.marker;
  throw new HealthTensorError('DATASET_EXISTS', `${path} already holds another data set`, {
    remedy: 'Give another path, or remove the folder.',
  });
}
