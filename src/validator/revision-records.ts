import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RepoId, type Revision, writeFileAtomic } from '../common/index.js';
import type { RemoteFile } from '../hub/index.js';

export interface RevisionName {
  readonly repo: RepoId;
  readonly revision: Revision;
}

/** What a commit on the hub holds; it cannot change, so it is asked for once. */
export interface RevisionRecord {
  /** config.json, verified against the hub's hash, not parsed. */
  readonly config: Uint8Array;
  readonly weights: RemoteFile;
  /** Of the weights: as the hub lists it, or as it was found when they were downloaded. */
  readonly weightsSha256?: string;
}

interface Stored {
  readonly version: 1;
  readonly config: string;
  readonly weights: RemoteFile;
  readonly weightsSha256?: string;
}

/** A name for files of a revision: hashed, so that no stranger's text becomes a path. */
export function revisionKey({ repo, revision }: RevisionName): string {
  return createHash('sha256').update(`${repo}@${revision}`).digest('hex').slice(0, 32);
}

/** Records of revisions on disk, a small file each. */
export class RevisionRecords {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<RevisionRecords> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new RevisionRecords(directory);
  }

  /** Undefined when there is none, or none that can be read: then the hub is asked again. */
  async read(key: string): Promise<RevisionRecord | undefined> {
    try {
      const stored = JSON.parse(await readFile(this.#path(key), 'utf8')) as Stored;
      if (stored.version !== 1) return undefined;
      const { config, weights, weightsSha256 } = stored;
      return {
        config: Buffer.from(config, 'base64'),
        weights,
        ...(weightsSha256 === undefined ? {} : { weightsSha256 }),
      };
    } catch {
      return undefined;
    }
  }

  async write(key: string, { config, weights, weightsSha256 }: RevisionRecord): Promise<void> {
    const stored: Stored = {
      version: 1,
      config: Buffer.from(config).toString('base64'),
      weights,
      ...(weightsSha256 === undefined ? {} : { weightsSha256 }),
    };
    await writeFileAtomic(this.#path(key), JSON.stringify(stored), 0o600);
  }

  async keepOnly(keys: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      if (!keys.has(name.replace(/\.json$/, ''))) await rm(join(this.#directory, name), { force: true });
    }
  }

  #path(key: string): string {
    return join(this.#directory, `${key}.json`);
  }
}
