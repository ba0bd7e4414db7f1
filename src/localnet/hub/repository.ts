import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError } from '../../common/errors.js';
import { syncFolder, writeFileAtomic } from '../../common/files.js';
import type { RepoId } from '../../common/identifiers.js';
import { encodeCommit } from './git/commits.js';
import { ObjectStore } from './git/object-store.js';
import { Refs } from './git/refs.js';
import { FILE_MODE, writeTree } from './git/trees.js';
import { LfsStore } from './lfs/store.js';
import { segmentOf, type RepoType } from './names.js';
import { isMissing } from './system-errors.js';

export const DEFAULT_BRANCH = 'main';
const METADATA_FILE = 'hub.json';

export type Visibility = 'public' | 'private';

/** What the hub keeps of a repository besides git's own files. */
export interface Metadata {
  /** 24 hex digits, never used again for another repository. */
  readonly key: string;
  readonly visibility: Visibility;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** One repository on disk: a bare git repository, its large files and its metadata. */
export interface Repository {
  readonly type: RepoType;
  readonly id: RepoId;
  readonly metadata: Metadata;
  readonly directory: string;
  readonly objects: ObjectStore;
  readonly refs: Refs;
  readonly lfs: LfsStore;
}

/** Where a repository lies below the hub's folder. */
export function repositoryFolder(root: string, type: RepoType, id: RepoId): string {
  return join(root, 'repos', segmentOf(type), `${id}.git`);
}

/** The repository in a folder, or undefined when there is none. */
export async function openRepository(
  directory: string,
  type: RepoType,
  id: RepoId,
): Promise<Repository | undefined> {
  let text: string;
  try {
    text = await readFile(join(directory, METADATA_FILE), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return {
    type,
    id,
    metadata: parseMetadata(text, directory),
    directory,
    objects: new ObjectStore(join(directory, 'objects')),
    refs: new Refs(join(directory, 'refs')),
    lfs: new LfsStore(join(directory, 'lfs', 'objects')),
  };
}

/** Replaces the metadata, at once and durably. */
export async function writeMetadata(directory: string, metadata: Metadata): Promise<void> {
  await writeFileAtomic(join(directory, METADATA_FILE), `${JSON.stringify(metadata, null, 2)}\n`);
}

/** Builds a bare repository with one commit of `files` in a folder that does not exist yet. */
export async function buildRepository(
  directory: string,
  settings: {
    visibility: Visibility;
    author: string;
    date: Date;
    files: ReadonlyMap<string, Uint8Array>;
  },
): Promise<void> {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'lfs/objects']) {
    await mkdir(join(directory, folder), { recursive: true });
  }
  await writeFileAtomic(join(directory, 'HEAD'), `ref: refs/heads/${DEFAULT_BRANCH}\n`);
  // The hub reads loose objects and loose refs only, so git must not pack them behind its back.
  await writeFileAtomic(
    join(directory, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n[receive]\n\tunpackLimit = 100000\n',
  );
  const objects = new ObjectStore(join(directory, 'objects'));
  const tree = new Map<string, { mode: string; id: string }>();
  for (const [path, content] of settings.files) {
    tree.set(path, { mode: FILE_MODE, id: await objects.write('blob', content) });
  }
  const commit = encodeCommit({
    tree: await writeTree(objects, tree),
    parents: [],
    author: settings.author,
    date: settings.date,
    title: 'initial commit',
    message: '',
  });
  const first = await objects.write('commit', commit);
  await objects.settle();
  await new Refs(join(directory, 'refs')).update('heads', DEFAULT_BRANCH, undefined, first);
  await writeMetadata(directory, {
    key: randomBytes(12).toString('hex'),
    visibility: settings.visibility,
    createdAt: settings.date.toISOString(),
  });
  await syncFolder(directory);
}

function parseMetadata(text: string, directory: string): Metadata {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Metadata, unknown>>;
    const { key, visibility, createdAt } = value;
    const sound =
      typeof key === 'string' && typeof createdAt === 'string' && !Number.isNaN(Date.parse(createdAt));
    if (sound && (visibility === 'public' || visibility === 'private')) return { key, visibility, createdAt };
  } catch {
    // Told below, like a text that is JSON but no metadata.
  }
  throw new HealthTensorError('HUB_DAMAGED', `${METADATA_FILE} in ${directory} is damaged`, {
    remedy: 'Mend the file or delete the repository folder.',
  });
}
