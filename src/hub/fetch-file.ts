import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Verdict } from '../common/verdict.js';
import type { HubConnection } from './connection.js';
import { bytesToCome, checkFreeDisk } from './disk-room.js';
import { downloadFile, downloadHead, type Download } from './download-file.js';
import { inTime } from './in-time.js';

export interface FileRequest extends Download {
  /** For everything. */
  readonly deadlineMs: number;
}

/**
 * Downloads one file that `lookUp` listed, verified against its listed hash; goes on where `fetchHead` or an earlier
 * run stopped. One request at a time may use `file`.
 * @throws HubUnreachable, HubMisbehaved, HealthTensorError DISK_FULL; the signal's reason
 */
export function fetchFile(hub: HubConnection, o: FileRequest): Promise<Verdict<{ sha256: string }>> {
  return inTime(o, async (clock) => {
    await mkdir(dirname(o.file), { recursive: true });
    await checkFreeDisk(dirname(o.file), await bytesToCome(o.file, o.remote.size), hub.limits.freeDiskBytes);
    clock.downloading();
    return downloadFile(hub, { ...o, signal: clock.signal });
  });
}

/**
 * The first bytes of a file that `lookUp` listed, by Range: not verified yet, and kept as the start of its download.
 * @param o.bytes how many; all of a shorter file
 * @throws as fetchFile
 */
export function fetchHead(
  hub: HubConnection,
  o: FileRequest & { readonly bytes: number },
): Promise<Verdict<{ head: Uint8Array }>> {
  return inTime(o, async (clock) => {
    await mkdir(dirname(o.file), { recursive: true });
    clock.downloading();
    return downloadHead(hub, { ...o, signal: clock.signal }, Math.min(o.bytes, o.remote.size));
  });
}
