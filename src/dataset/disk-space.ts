import { statfs } from 'node:fs/promises';
import { HealthTensorError } from '../common/index.js';

/** Left free for everybody else on the disk. */
const MARGIN_BYTES = 64 * 1024 * 1024;

/** Throws HealthTensorError DISK_FULL when the disk of `folder` has not `bytes` free (and a little more). */
export async function ensureDiskSpace(folder: string, bytes: number, remedy: string): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (bytes + MARGIN_BYTES <= free) return;
  const needed = `${megabytes(bytes)} MB needed, ${megabytes(free)} MB free`;
  throw new HealthTensorError('DISK_FULL', `Not enough disk space in ${folder}: ${needed}`, { remedy });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
