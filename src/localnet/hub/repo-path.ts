const MAX_PATH_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const MAX_DEPTH = 32;

// Control, format (bidirectional, zero-width), surrogate and line-separator characters: none belongs in a file name,
// and some make a path look like another one, or like `.git` to macOS.
const UNSOUND_CHARACTERS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u;

/**
 * The path of a file or folder in a repository, or undefined when it is not safe to store, list or check out anywhere:
 * absolute, `.` or `..` segments, anything git refuses as `.git`, control characters, backslashes, over-long.
 */
export function parseRepoPath(text: string): string | undefined {
  if (text === '' || Buffer.byteLength(text) > MAX_PATH_BYTES || UNSOUND_CHARACTERS.test(text))
    return undefined;
  const segments = text.split('/');
  return segments.length <= MAX_DEPTH && segments.every(isSoundSegment) ? text : undefined;
}

function isSoundSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false;
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return false;
  // As Windows reads it: without a stream name, trailing dots and spaces (git's own hasDotgit check).
  const plain = segment
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '');
  return plain !== '.git' && plain !== 'git~1' && plain !== '.gitmodules' && plain !== 'gitmod~1';
}

/** Every folder above a path, nearest the root first: `a/b/c` gives `a`, `a/b`. */
export function foldersAbove(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
