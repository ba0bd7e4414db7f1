import type { RepoId, Revision } from '../common/identifiers.js';

export type RepoType = 'model' | 'dataset';

/** Where the API has a repository. The id was checked by its type: it needs no encoding. */
export function apiPath(type: RepoType, repo: RepoId): string {
  return `/api/${type}s/${repo}`;
}

/** Where a file of a revision is downloaded. The path is encoded: `%2e%2e`, `#` and `?` stay part of its name. */
export function filePath(type: RepoType, repo: RepoId, revision: Revision, path: string): string {
  const prefix = type === 'model' ? '' : 'datasets/';
  return `/${prefix}${repo}/resolve/${revision}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** Whether the path of a file in a repository can safely be one below a folder of ours. */
export function isPlainPath(path: string): boolean {
  if (path.length === 0 || path.length > 500) return false;
  // Control and bidirectional characters hide what a name is; a backslash or colon is a separator elsewhere.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\\:]/.test(path)) return false;
  const plain = (part: string) =>
    part !== '' &&
    part !== '.' &&
    part !== '..' &&
    part !== '.git' &&
    part.trim() === part &&
    Buffer.byteLength(part) <= 255;
  return !/\p{Surrogate}/u.test(path) && path.split('/').every(plain);
}
