import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Verdict } from '../common/verdict.js';
import type { HubConnection } from './connection.js';
import { digestsOf, sameContent } from './digests.js';
import { bytesToCome, checkFreeDisk } from './disk-room.js';
import { downloadFile } from './download-file.js';
import { inTime } from './in-time.js';
import { lookUp, type LookRequest } from './look-up.js';
import type { RemoteFile } from './remote-file.js';

export interface FetchRequest extends LookRequest {
  /** Where they are to lie, under the same paths; one request at a time may use it. */
  readonly directory: string;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

export interface FetchProgress {
  readonly path: string;
  readonly bytes: number;
  readonly total: number;
}

export interface FetchedFile {
  /** In the repository. */
  readonly path: string;
  /** On disk. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Brings the named files of one exact commit to disk, verified against the hash that the hub lists for them. Files
 * that are there already and verify are not downloaded again. What is wrong with the repository is a verdict; what is
 * wrong with the hub, the line or our disk is an error, so that an outage never costs a miner its score.
 * @throws HubUnreachable, HubMisbehaved, HealthTensorError HUB_DENIED, DISK_FULL, BAD_PATH; the signal's reason
 */
export async function fetchVerified(
  hub: HubConnection,
  o: FetchRequest,
): Promise<Verdict<{ files: FetchedFile[] }>> {
  return inTime(o, async (clock) => {
    const request = { ...o, signal: clock.signal };
    const found = await lookUp(hub, request);
    if (!found.ok) return found;
    await mkdir(o.directory, { recursive: true });
    clock.downloading();
    return fetchAll(hub, request, found.files);
  });
}

async function fetchAll(
  hub: HubConnection,
  o: FetchRequest,
  remotes: readonly RemoteFile[],
): Promise<Verdict<{ files: FetchedFile[] }>> {
  const there = new Map<string, string>();
  let missing = 0;
  for (const remote of remotes) {
    const file = join(o.directory, remote.path);
    const sha256 = await verifiedOnDisk(file, remote, o.signal);
    if (sha256 === undefined) missing += await bytesToCome(file, remote.size);
    else there.set(remote.path, sha256);
  }
  await checkFreeDisk(o.directory, missing, hub.limits.freeDiskBytes);

  const files: FetchedFile[] = [];
  for (const remote of remotes) {
    const { path, size } = remote;
    const file = join(o.directory, path);
    const onProgress = (bytes: number) => o.onProgress?.({ path, bytes, total: size });
    const known = there.get(path);
    const fetched =
      known === undefined
        ? await downloadFile(hub, { ...o, remote, file, onProgress })
        : { ok: true as const, sha256: known };
    if (!fetched.ok) return fetched;
    onProgress(size);
    files.push({ path, file, size, sha256: fetched.sha256 });
  }
  return { ok: true, files };
}

/** SHA-256 of the file when it is there and is the one listed. */
async function verifiedOnDisk(
  file: string,
  remote: RemoteFile,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const there = await lstat(file).catch(() => undefined);
  if (there?.isFile() !== true || there.size !== remote.size) return undefined;
  const digests = await digestsOf(pathToFileURL(file), signal);
  return sameContent(digests, remote) ? digests.sha256 : undefined;
}
