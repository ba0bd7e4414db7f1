import { encodeCommit } from '../git/commits.js';
import { RefConflict } from '../git/refs.js';
import type { ObjectId } from '../git/objects.js';
import { FILE_MODE, listAll, writeTree } from '../git/trees.js';
import { badRequest, entryNotFound, quoted, Refusal, revisionNotFound } from '../http/refusal.js';
import { trackLfs } from '../lfs/attributes.js';
import { decodePointer, encodePointer, type LfsObject } from '../lfs/pointer.js';
import { foldersAbove } from '../repo-path.js';
import type { Repository } from '../repository.js';
import { resolveRevision } from '../revisions.js';
import type { Change, CommitHeader } from './changes.js';

type Files = Map<string, { mode: string; id: ObjectId }>;

/**
 * Adds one commit to a branch and returns its id. Call it while nothing else changes the repository. Refused: 404 no
 * such branch or file, 412 `header.parent` is not the head, 400/422 changes that contradict each other or name large
 * files that were not uploaded. Objects are durable before the branch moves, so a crash leaves the old or the new head.
 */
export async function applyCommit(
  repository: Repository,
  branch: string,
  header: CommitHeader,
  changes: readonly Change[],
  by: { author: string; date: Date },
): Promise<ObjectId> {
  const before = await repository.refs.read('heads', branch);
  const head = before === undefined ? undefined : await resolveRevision(repository, before);
  if (before === undefined || head === undefined) throw revisionNotFound(branch);
  if (header.parent !== undefined && !before.startsWith(header.parent)) {
    throw new Refusal(412, 'A commit has happened since. Please refresh and try again.');
  }
  const tree = await changedTree(repository, head.commit.tree, changes);
  const commit = encodeCommit({
    tree,
    parents: [before],
    author: by.author,
    date: by.date,
    title: header.title,
    message: header.message,
  });
  const id = await repository.objects.write('commit', commit);
  await repository.objects.settle();
  try {
    await repository.refs.update('heads', branch, before, id);
  } catch (error) {
    if (error instanceof RefConflict)
      throw new Refusal(412, 'The branch changed at the same time. Please try again.');
    throw error;
  }
  return id;
}

/** Deletions first, then additions, whatever the order of the lines. */
async function changedTree(
  repository: Repository,
  root: ObjectId,
  changes: readonly Change[],
): Promise<ObjectId> {
  const files: Files = new Map();
  for (const entry of await listAll(repository.objects, root, '')) {
    if (entry.type === 'file') files.set(entry.path, entry);
  }
  for (const change of changes) remove(files, change);

  const added = new Set<string>();
  for (const change of changes) {
    if (change.kind !== 'file' && change.kind !== 'lfs') continue;
    if (added.has(change.path)) throw badRequest(`${quoted(change.path)} is in the commit twice`);
    added.add(change.path);
    await demandStored(repository, change);
    const content = change.kind === 'lfs' ? encodePointer(change) : change.content;
    files.set(change.path, { mode: FILE_MODE, id: await repository.objects.write('blob', content) });
  }
  refuseFilesInFiles(files);
  await trackLargeFiles(repository, files, changes);
  return writeTree(repository.objects, files);
}

function remove(files: Files, change: Change): void {
  if (change.kind === 'delete-file') {
    if (!files.delete(change.path)) throw entryNotFound(change.path);
  } else if (change.kind === 'delete-folder') {
    const inside = [...files.keys()].filter((path) => path.startsWith(`${change.path}/`));
    if (inside.length === 0) throw entryNotFound(change.path);
    for (const path of inside) files.delete(path);
  }
}

/** A pointer, sent as such or dressed up as a small file, may only point at what this repository holds. */
async function demandStored(
  repository: Repository,
  change: Change & { kind: 'file' | 'lfs' },
): Promise<void> {
  const object: LfsObject | undefined = change.kind === 'lfs' ? change : decodePointer(change.content);
  if (object !== undefined && !(await repository.lfs.has(object))) {
    throw new Refusal(
      422,
      `The LFS object ${object.oid} of ${quoted(change.path)} was not uploaded with this size`,
    );
  }
}

function refuseFilesInFiles(files: Files): void {
  for (const path of files.keys()) {
    const file = foldersAbove(path).find((folder) => files.has(folder));
    if (file !== undefined) throw badRequest(`${quoted(file)} cannot be a file and a folder`);
  }
}

/** Keeps `.gitattributes` true, so that git-lfs in a clone of the folder treats the same files as large. */
async function trackLargeFiles(
  repository: Repository,
  files: Files,
  changes: readonly Change[],
): Promise<void> {
  const large = changes.filter((change) => change.kind === 'lfs').map((change) => change.path);
  const current = files.get('.gitattributes');
  const text =
    current === undefined ? '' : (await repository.objects.expect('blob', current.id)).toString('utf8');
  const tracked = trackLfs(text, large);
  if (tracked === text) return;
  files.set('.gitattributes', {
    mode: FILE_MODE,
    id: await repository.objects.write('blob', Buffer.from(tracked)),
  });
}
