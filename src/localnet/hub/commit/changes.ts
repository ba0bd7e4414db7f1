import { JsonObject } from '../http/body.js';
import { badRequest, quoted, Refusal } from '../http/refusal.js';
import { isLfsOid, type LfsObject } from '../lfs/pointer.js';
import { parseRepoPath } from '../repo-path.js';

/** Largest file that travels inside a commit; larger ones go through LFS. */
export const MAX_REGULAR_BYTES = 10 * 1024 * 1024;

export interface CommitHeader {
  readonly title: string;
  readonly message: string;
  /** The head the client saw, at least its first five digits; the commit is refused when it has moved on. */
  readonly parent: string | undefined;
}

/** One change of a commit. */
export type Change =
  | { readonly kind: 'file'; readonly path: string; readonly content: Buffer }
  | ({ readonly kind: 'lfs'; readonly path: string } & LfsObject)
  | { readonly kind: 'delete-file' | 'delete-folder'; readonly path: string };

/** The first line of a commit's body; refused with 400. */
export function parseHeader(line: unknown): CommitHeader {
  const value = valueOf(line, 'header');
  const parent = value.optionalString('parentCommit')?.toLowerCase();
  if (parent !== undefined && !/^[0-9a-f]{5,40}$/.test(parent))
    throw badRequest('parentCommit is not a commit id');
  return {
    title:
      plain(value.optionalString('summary') ?? '', 500)
        .replaceAll(/\s+/g, ' ')
        .trim() || 'Update',
    message: plain(value.optionalString('description') ?? '', 65_536).trim(),
    parent,
  };
}

/** Any other line of a commit's body; refused with 400 or 413. */
export function parseChange(line: unknown): Change {
  const key = new JsonObject(line).string('key');
  switch (key) {
    case 'file':
      return parseFile(valueOf(line, key));
    case 'lfsFile': {
      const value = valueOf(line, key);
      const oid = value.string('oid');
      if (!isLfsOid(oid) || (value.optionalString('algo') ?? 'sha256') !== 'sha256') {
        throw badRequest('Expected a SHA-256 in 64 lower-case hex digits for oid');
      }
      return { kind: 'lfs', path: pathIn(value), oid, size: value.size('size') };
    }
    case 'deletedFile':
      return { kind: 'delete-file', path: pathIn(valueOf(line, key)) };
    case 'deletedFolder':
      return { kind: 'delete-folder', path: pathIn(valueOf(line, key), true) };
    default:
      throw badRequest(`A commit has file, lfsFile, deletedFile and deletedFolder lines, not ${quoted(key)}`);
  }
}

/** A file as commits and repository creation carry it: `path`, `content`, `encoding`. */
export function parseFile(value: JsonObject): Change & { kind: 'file' } {
  const path = pathIn(value);
  const text = value.string('content');
  const encoding = value.optionalString('encoding') ?? 'utf-8';
  if (encoding !== 'base64' && encoding !== 'utf-8')
    throw badRequest('Expected base64 or utf-8 for encoding');
  if (encoding === 'base64' && !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw badRequest('The content is not base64');
  const content = Buffer.from(text, encoding);
  if (content.length > MAX_REGULAR_BYTES) {
    throw new Refusal(413, `${quoted(path)} is over ${MAX_REGULAR_BYTES} bytes: upload it through LFS`);
  }
  return { kind: 'file', path, content };
}

function valueOf(line: unknown, key: string): JsonObject {
  const object = new JsonObject(line);
  if (object.string('key') !== key) throw badRequest(`Expected a ${key} line`);
  return new JsonObject(object.get('value'));
}

function pathIn(value: JsonObject, folder = false): string {
  const text = value.string('path');
  // Python's client ends a folder with a slash.
  const path = parseRepoPath(folder && text.endsWith('/') ? text.slice(0, -1) : text);
  if (path === undefined) throw badRequest(`Not a path that a repository may hold: ${quoted(text)}`);
  return path;
}

/** `text` without control characters (a NUL ends a git commit's message) but newlines and tabs. */
function plain(text: string, limit: number): string {
  return text.slice(0, limit).replaceAll(/[^\P{Cc}\n\t]|\p{Cs}/gu, '');
}
