import { createHash } from 'node:crypto';
import { HealthTensorError, type RepoId } from '../common/index.js';
import type { RemoteFile } from '../hub/index.js';
import { ENTRIES_FILE } from './entries.js';

const ARCHIVE_NAME = /^images[^/]*\.(?:tar\.gz|tgz)$/;
const MAX_ARCHIVE_BYTES = 64 * 1024 ** 3;

/** What a revision of a data set repository holds that matters. */
export interface RepositoryContent {
  readonly archives: readonly RemoteFile[];
  /** SHA-256 (hex) over the list and the archives: two revisions with the same one are the same data. */
  readonly digest: string;
}

/**
 * Picks the list and the archives from a revision's files.
 * @throws HealthTensorError DATASET_UNAVAILABLE when one of them is missing or too large
 */
export function contentOf(repo: RepoId, files: readonly RemoteFile[]): RepositoryContent {
  const archives = files
    .filter(({ path }) => ARCHIVE_NAME.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = files.find(({ path }) => path === ENTRIES_FILE);
  const huge = archives.find(({ size }) => size > MAX_ARCHIVE_BYTES);
  if (entries === undefined || archives.length === 0 || huge !== undefined) {
    const lacks = entries === undefined ? `no ${ENTRIES_FILE}` : 'no images*.tar.gz';
    const what = huge === undefined ? lacks : `an archive of ${huge.size} bytes, ${huge.path}`;
    throw new HealthTensorError('DATASET_UNAVAILABLE', `The data set repository ${repo} has ${what}`, {
      remedy: 'Name a repository with Data_Entry.csv and images*.tar.gz (at most 64 GiB each) at its top.',
    });
  }
  const hash = createHash('sha256');
  for (const file of [entries, ...archives]) hash.update(`${file.path} ${contentIdOf(file)}\n`);
  return { archives, digest: hash.digest('hex') };
}

/** A name for a file's bytes: equal names, equal bytes. */
export function contentIdOf({ sha256, gitSha1 }: RemoteFile): string {
  return sha256 === undefined ? `git:${gitSha1}` : `sha256:${sha256}`;
}
