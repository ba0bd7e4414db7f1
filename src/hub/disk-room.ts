import { lstat, statfs } from 'node:fs/promises';
import { HealthTensorError } from '../common/errors.js';
import { partOf } from './part-file.js';

/** Bytes that a download still adds to the disk: what an earlier run left takes no further room. */
export async function bytesToCome(file: string, size: number): Promise<number> {
  const part = await lstat(partOf(file)).catch(() => undefined);
  return part === undefined || part.size > size ? size : size - part.size;
}

/**
 * Makes sure that `neededBytes` fit and `spareBytes` stay free.
 * @throws HealthTensorError DISK_FULL
 */
export async function checkFreeDisk(
  directory: string,
  neededBytes: number,
  spareBytes: number,
): Promise<void> {
  if (neededBytes === 0) return;
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= neededBytes + spareBytes) return;
  throw new HealthTensorError(
    'DISK_FULL',
    `${directory} has ${free} bytes free where ${neededBytes} are to be downloaded and ${spareBytes} to be left`,
    { remedy: 'Free some space on that disk, or choose another folder.' },
  );
}
