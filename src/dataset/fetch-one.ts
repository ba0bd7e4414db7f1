import { HealthTensorError, type Revision } from '../common/index.js';
import type { DownloadOptions } from './download.js';

/** The slowest line that is worth waiting for. */
const SLOWEST_BYTES_PER_MS = 128;

/**
 * Brings one file of the data set's repository to disk, verified, and returns its path.
 * @throws HealthTensorError DATASET_UNAVAILABLE, what the hub throws, or the signal's reason
 */
export async function fetchOne(
  { hub, repo, signal }: Pick<DownloadOptions, 'hub' | 'repo' | 'signal'>,
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
    remedy:
      'Try again: what has come is kept. If it stays so, check the repository and that ACCESS_TOKEN may read it.',
  });
}
