import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HealthTensorError } from '../../common/errors.js';
import { syncFolder } from '../../common/files.js';
import type { RepoId } from '../../common/identifiers.js';
import type { Log } from '../../common/log.js';
import { Refusal } from './http/refusal.js';
import { parseHostedRepoId, segmentOf, type RepoType } from './names.js';
import {
  buildRepository,
  openRepository,
  repositoryFolder,
  writeMetadata,
  type Repository,
  type Visibility,
} from './repository.js';
import { Serial } from './serial.js';
import { hasCode, isMissing } from './system-errors.js';

/** All repositories of a hub: folders below `repos`. Every change of one repository waits for the one before. */
export class Repositories {
  readonly #root: string;
  readonly #log: Log;
  readonly #changes = new Serial();

  private constructor(root: string, log: Log) {
    this.#root = root;
    this.#log = log;
  }

  /** Opens the hub's folder and clears away what a killed process left half done. */
  static async open(root: string, log: Log): Promise<Repositories> {
    const all = new Repositories(root, log);
    await rm(join(root, 'tmp'), { recursive: true, force: true });
    for (const folder of ['tmp', 'repos/models', 'repos/datasets']) {
      await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    }
    for (const type of ['model', 'dataset'] as const) {
      for (const repository of await all.list(type)) await repository.refs.removeStaleLocks();
    }
    return all;
  }

  find(type: RepoType, id: RepoId): Promise<Repository | undefined> {
    return openRepository(repositoryFolder(this.#root, type, id), type, id);
  }

  /** All of a type, sorted by id. One that is damaged is left out with a warning: it must not hide the others. */
  async list(type: RepoType): Promise<Repository[]> {
    const folder = join(this.#root, 'repos', segmentOf(type));
    const found: Repository[] = [];
    for (const namespace of await readdir(folder)) {
      for (const name of await readdir(join(folder, namespace)).catch(noneWhenMissing)) {
        const id = name.endsWith('.git') ? parseHostedRepoId(`${namespace}/${name.slice(0, -4)}`) : undefined;
        const repository = id === undefined ? undefined : await this.#findSound(type, id);
        if (repository !== undefined) found.push(repository);
      }
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #findSound(type: RepoType, id: RepoId): Promise<Repository | undefined> {
    try {
      return await this.find(type, id);
    } catch (error) {
      if (!(error instanceof HealthTensorError)) throw error;
      this.#log.warning(`hub: ${error.message}`);
      return undefined;
    }
  }

  /** Builds a repository aside and moves it to its place; false when there is one already. */
  async create(
    type: RepoType,
    id: RepoId,
    settings: Parameters<typeof buildRepository>[1],
  ): Promise<boolean> {
    const place = repositoryFolder(this.#root, type, id);
    const aside = this.temporaryPath();
    return this.#changes.run(place, async () => {
      if ((await this.find(type, id)) !== undefined) return false;
      try {
        await buildRepository(aside, settings);
        await mkdir(dirname(place), { recursive: true });
        await rename(aside, place);
      } catch (error) {
        await rm(aside, { recursive: true, force: true });
        if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) return false;
        throw error;
      }
      await syncFolder(dirname(place));
      await syncFolder(dirname(dirname(place)));
      return true;
    });
  }

  /** Takes the repository away in one step, then deletes its files. */
  async remove(repository: Repository): Promise<void> {
    const aside = this.temporaryPath();
    await this.change(repository, async (current) => {
      await rename(current.directory, aside);
      await syncFolder(dirname(current.directory));
    });
    await rm(aside, { recursive: true, force: true });
  }

  async setVisibility(repository: Repository, visibility: Visibility): Promise<void> {
    await this.change(repository, (current) =>
      writeMetadata(current.directory, { ...current.metadata, visibility }),
    );
  }

  /**
   * Runs `job` while nothing else changes the repository, on its state of that moment; refused with 404 when it was
   * deleted meanwhile, even if another took its name.
   */
  change<T>(repository: Repository, job: (current: Repository) => Promise<T>): Promise<T> {
    return this.#changes.run(repository.directory, async () => {
      const current = await this.find(repository.type, repository.id);
      if (current?.metadata.key !== repository.metadata.key) {
        throw new Refusal(404, 'Repository not found', { code: 'RepoNotFound' });
      }
      return job(current);
    });
  }

  /** A path that nothing has, on the file system of the repositories; cleared at the next start at the latest. */
  temporaryPath(): string {
    return join(this.#root, 'tmp', randomBytes(12).toString('hex'));
  }
}

function noneWhenMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
