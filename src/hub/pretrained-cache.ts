import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type LockOptions, withFileLock } from '../common/file-lock.js';
import { sha256File, writeFileAtomic } from '../common/files.js';
import { parseRevision, type RepoId, type Revision } from '../common/identifiers.js';
import { MODEL_FILES } from './model-files.js';

/** `$XDG_CACHE_HOME` (or `~/.cache`) `/healthtensor/pretrained`: a folder a repository, in it one a revision. */
export function pretrainedCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment['XDG_CACHE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache');
  return join(base, 'healthtensor', 'pretrained');
}

/** The files of one revision on this disk. */
export interface CachedPretrained {
  readonly folder: string;
  readonly config: Uint8Array;
  /** model.safetensors */
  readonly weights: string;
  readonly weightsSha256: string;
}

/** Where a revision lies. */
export function revisionFolder(cache: string, repo: RepoId, revision: Revision): string {
  // `--` cannot be in a repository id.
  return join(cache, repo.replace('/', '--'), revision);
}

/** The revisions of a repository that are complete, so that they can be used without the hub. */
export async function cachedRevisions(cache: string, repo: RepoId): Promise<Revision[]> {
  const folder = join(cache, repo.replace('/', '--'));
  const names = await readdir(folder).catch(() => []);
  const revisions = names.flatMap((name) => parseRevision(name) ?? []);
  const complete = await Promise.all(
    revisions.map(async (revision) => (await readRecord(join(folder, revision))) !== undefined),
  );
  return revisions.filter((_, i) => complete[i]);
}

/** A revision that is complete and whose bytes are still those that were verified; else undefined. */
export async function readCached(
  folder: string,
  signal?: AbortSignal,
): Promise<CachedPretrained | undefined> {
  const record = await readRecord(folder);
  if (record === undefined) return undefined;
  const weights = join(folder, MODEL_FILES.weights);
  try {
    const config = await readFile(join(folder, MODEL_FILES.config));
    if (createHash('sha256').update(config).digest('hex') !== record.config) return undefined;
    if ((await sha256File(weights, signal)) !== record.weights) return undefined;
    return { folder, config, weights, weightsSha256: record.weights };
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Marks a folder as complete: from now on the hub need not be asked for its hashes. */
export async function writeRecord(
  folder: string,
  sha256: { config: string; weights: string },
): Promise<void> {
  await writeFileAtomic(join(folder, RECORD), `${JSON.stringify(sha256)}\n`);
}

/** Runs `body` as the only process that fills the folder; another one is waited for. */
export async function asOnlyWriter<T>(
  folder: string,
  body: () => Promise<T>,
  o: LockOptions = {},
): Promise<T> {
  await mkdir(folder, { recursive: true });
  return withFileLock(join(folder, 'lock.sqlite'), body, o);
}

const RECORD = 'verified.json';

async function readRecord(folder: string): Promise<{ config: string; weights: string } | undefined> {
  const path = join(folder, RECORD);
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined;
  try {
    const { config, weights } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return typeof config === 'string' && typeof weights === 'string' ? { config, weights } : undefined;
  } catch {
    return undefined; // damaged: fetched again
  }
}
