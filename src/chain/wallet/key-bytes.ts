import { readFile, stat } from 'node:fs/promises';
import { messageOf } from '../../common/errors.js';
import { unreadable } from './keyfile-error.js';

/** A keyfile is a few hundred bytes; anything much larger is something else. */
const MAX_KEYFILE_BYTES = 64 * 1024;

export interface KeyBytes {
  readonly bytes: Buffer;
  /** Permissions, such as 0o600. */
  readonly mode: number;
}

/**
 * What a keyfile holds, encrypted or not; undefined when there is no such file.
 * @throws HealthTensorError WALLET_UNREADABLE
 */
export async function readKeyBytes(file: string): Promise<KeyBytes | undefined> {
  try {
    const facts = await stat(file);
    if (!facts.isFile() || facts.size > MAX_KEYFILE_BYTES)
      throw new Error(`expected a file of at most ${MAX_KEYFILE_BYTES} bytes`);
    return { bytes: await readFile(file), mode: facts.mode & 0o777 };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(file, `${messageOf(error)}. Its owner and permissions (600) may be wrong`, error);
  }
}

/** Whether others than the owner may read or write. */
export function isOpenToOthers(mode: number): boolean {
  return (mode & 0o077) !== 0;
}

export function isMissing(error: unknown): boolean {
  return isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR');
}

export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
