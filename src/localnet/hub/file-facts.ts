import { history, type Commit } from './git/commits.js';
import type { ObjectId } from './git/objects.js';
import { listAll, type PathEntry } from './git/trees.js';
import { decodePointer, MAX_POINTER_BYTES, type LfsObject } from './lfs/pointer.js';
import type { Repository } from './repository.js';

/** How large a file is, and the large object behind it if it is a pointer. */
export interface FileFacts {
  /** Bytes of the content a download gives: of the large object, not of its pointer. */
  readonly size: number;
  readonly lfs?: LfsObject & { readonly pointerSize: number };
}

/** Facts of a blob, read from its header; only what is short enough to be a pointer is read whole. */
export async function fileFacts(repository: Repository, id: ObjectId): Promise<FileFacts> {
  const size = await repository.objects.blobSize(id);
  if (size >= MAX_POINTER_BYTES) return { size };
  const lfs = decodePointer(await repository.objects.expect('blob', id));
  return lfs === undefined ? { size } : { size: lfs.size, lfs: { ...lfs, pointerSize: size } };
}

/** A line of a tree listing as clients read it. */
export async function describeEntry(
  repository: Repository,
  entry: PathEntry,
): Promise<Record<string, unknown>> {
  const { type, path } = entry;
  if (type === 'directory') return { type, oid: entry.id, size: 0, path };
  const { size, lfs } = await fileFacts(repository, entry.id);
  return { type, oid: entry.id, size, path, ...(lfs === undefined ? {} : { lfs }) };
}

/** Commits looked through for the last change of a path; older changes are reported as of the oldest of these. */
const MAX_COMMITS_SEARCHED = 1000;

/** The last commit that changed each path, for those that exist at the commit. */
export async function lastChanges(
  repository: Repository,
  from: ObjectId,
  paths: readonly string[],
): Promise<Map<string, { id: ObjectId; commit: Commit }>> {
  const found = new Map<string, { id: ObjectId; commit: Commit }>();
  let wanted = new Map<string, ObjectId>();
  let searched = 0;
  for await (const { id, commit } of history(repository.objects, from)) {
    const entries = new Map<string, ObjectId>();
    for (const entry of await listAll(repository.objects, commit.tree, '')) entries.set(entry.path, entry.id);
    const candidates = searched === 0 ? paths.map((path) => [path, entries.get(path)] as const) : [...wanted];
    wanted = new Map();
    for (const [path, oid] of candidates) {
      if (oid === undefined || entries.get(path) !== oid) continue;
      wanted.set(path, oid);
      found.set(path, { id, commit });
    }
    searched += 1;
    if (wanted.size === 0 || searched >= MAX_COMMITS_SEARCHED) break;
  }
  return found;
}
