import { field } from './ask.js';
import { HubMisbehaved } from './failures.js';

/** A file of a revision as the hub lists it. */
export interface RemoteFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Object id in git: of the content, or of the pointer when the content is in LFS. 40 hex digits. */
  readonly gitSha1: string;
  /** Of the content, known for files in LFS only. 64 hex digits. */
  readonly sha256?: string;
}

/**
 * Checks one entry of a listing; undefined for what is no file.
 * @throws HubMisbehaved when the entry has not the form that hubs give
 */
export function parseRemoteFile(entry: unknown): RemoteFile | undefined {
  const type = field(entry, 'type');
  const path = field(entry, 'path');
  if (typeof type !== 'string' || typeof path !== 'string') throw malformed('an entry without type and path');
  if (type !== 'file') return undefined;
  const lfs = field(entry, 'lfs');
  const size = lfs === undefined || lfs === null ? field(entry, 'size') : field(lfs, 'size');
  const gitSha1 = field(entry, 'oid');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw malformed('a file without a size');
  if (typeof gitSha1 !== 'string' || !/^[0-9a-f]{40}$/.test(gitSha1))
    throw malformed('a file without a git id');
  if (lfs === undefined || lfs === null) return { path, size, gitSha1 };
  const sha256 = field(lfs, 'oid');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw malformed('a large file without a SHA-256');
  return { path, size, gitSha1, sha256 };
}

/** The entries of a listing, files only. */
export function parseRemoteFiles(body: unknown): RemoteFile[] {
  if (!Array.isArray(body)) throw malformed('no list');
  return body.map(parseRemoteFile).filter((file) => file !== undefined);
}

function malformed(detail: string): HubMisbehaved {
  return new HubMisbehaved('answer', `The hub lists files in a form that is none: ${detail}`);
}
