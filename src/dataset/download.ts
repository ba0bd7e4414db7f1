import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { HealthTensorError, type Log, type RepoId, type Revision } from '../common/index.js';
import type { Hub } from '../hub/index.js';
import type { ArchiveLimits } from './archive.js';
import { assembleDataset } from './assemble.js';
import { withFileLock } from './file-lock.js';
import { sameSource, whatLiesAt } from './marker.js';

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
  /** Bytes of the archives. */
  readonly onProgress?: ((progress: { file: string; done: number; total: number }) => void) | undefined;
}

export interface DownloadedDataset {
  readonly path: string;
  readonly repo: RepoId;
  readonly revision: Revision;
  readonly images: number;
  /** False when this revision was there already. */
  readonly created: boolean;
}

/**
 * Downloads a data set repository (`Data_Entry.csv` and `images*.tar.gz`) at one exact revision and unpacks it. Every
 * archive is verified by hash, unpacked with suspicion and deleted; what was finished survives an interruption, and a
 * second call with the same revision does nothing. Throws HealthTensorError DATASET_UNAVAILABLE, BAD_ARCHIVE,
 * DATASET_EXISTS, DISK_FULL, what the hub throws, or the signal's reason.
 */
export async function downloadDataset(options: DownloadOptions): Promise<DownloadedDataset> {
  const { hub, repo, signal } = options;
  const path = resolve(options.path);
  const revision = options.revision ?? (await hub.head({ repo, type: 'dataset', signal }));
  const source = { kind: 'hub', repo, revision };
  const alreadyThere = async (): Promise<DownloadedDataset | undefined> => {
    const there = await whatLiesAt(path);
    if (there.kind === 'nothing') return undefined;
    if (sameSource(there.marker.source, source)) {
      return { path, repo, revision, images: there.marker.counts['images'] ?? 0, created: false };
    }
    if (there.marker.source['kind'] === source.kind) return undefined; // another revision or repository: replaced
    throw new HealthTensorError('DATASET_EXISTS', `${path} already holds another data set`, {
      remedy: 'Give another path, or remove the folder.',
    });
  };
  const there = await alreadyThere();
  if (there !== undefined) return there;
  await mkdir(dirname(path), { recursive: true });
  const download = async (): Promise<DownloadedDataset> =>
    (await alreadyThere()) ?? {
      path,
      repo,
      revision,
      images: await assembleDataset(options, revision, path, source),
      created: true,
    };
  const onWait = () => options.log?.info(`Waiting for another process that may be downloading to ${path}`);
  return withFileLock(`${path}.lock`, download, { signal, onWait });
}
