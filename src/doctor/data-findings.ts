import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoId } from '../common/index.js';
import { contentOf, ENTRIES_FILE, readEntries } from '../dataset/index.js';
import type { Hub } from '../hub/index.js';
import { failed, failure, type Finding, ok } from './finding.js';

/** Whether there is a data set, or a place that a validator takes one from. No image is read. */
export async function dataFinding(o: {
  path: string;
  link: RepoId | undefined;
  signal?: AbortSignal;
}): Promise<Finding> {
  const there = await stat(join(o.path, ENTRIES_FILE)).then(
    () => true,
    () => false,
  );
  if (there) {
    try {
      const { entries } = await readEntries(o.path, o.signal);
      return ok('data-set', `${entries.length} images listed in ${o.path}`);
    } catch (error) {
      o.signal?.throwIfAborted();
      return failed('data-set', error);
    }
  }
  const none = `there is none in ${o.path} (no ${ENTRIES_FILE})`;
  if (o.link !== undefined) return ok('data-set', `${none}: a validator downloads ${o.link}`);
  const remedy = `healthtensor dataset download --dataset.path ${o.path}, or give another folder with --dataset.path.`;
  return failure('data-set', none, remedy);
}

/** Whether the repository that a validator follows can be had with its token, and holds a data set. Nothing is downloaded. */
export async function linkFinding(
  hub: Pick<Hub, 'head' | 'listFiles'>,
  { link: repo, signal }: { link: RepoId; signal?: AbortSignal },
): Promise<Finding> {
  try {
    const revision = await hub.head({ type: 'dataset', repo, signal });
    const { archives } = contentOf(repo, await hub.listFiles({ type: 'dataset', repo, revision, signal }));
    const megabytes = Math.ceil(archives.reduce((sum, { size }) => sum + size, 0) / 1e6);
    const text = `${repo} at ${revision.slice(0, 8)}: ${ENTRIES_FILE}, ${archives.length} archives of ${megabytes} MB`;
    return { ...ok('data-link', text), role: 'validator' };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...failed('data-link', error), role: 'validator' };
  }
}
