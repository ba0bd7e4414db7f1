import { readCommit, type Commit } from './git/commits.js';
import type { ObjectId } from './git/objects.js';
import { isCommitId } from './names.js';
import { DEFAULT_BRANCH, type Repository } from './repository.js';

export interface ResolvedRevision {
  /** The full commit id. */
  readonly id: ObjectId;
  readonly commit: Commit;
}

/** The commit that a branch, a tag, a full commit id or `HEAD` names, or undefined. */
export async function resolveRevision(
  repository: Repository,
  revision: string,
): Promise<ResolvedRevision | undefined> {
  const name = revision === 'HEAD' ? DEFAULT_BRANCH : revision;
  const id = isCommitId(name)
    ? name
    : ((await repository.refs.read('heads', name)) ?? (await repository.refs.read('tags', name)));
  const commit = id === undefined ? undefined : await readCommit(repository.objects, id);
  return id === undefined || commit === undefined ? undefined : { id, commit };
}
