import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoId } from '../common/index.js';
import { ENTRIES_FILE, readEntries } from '../dataset/index.js';
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
