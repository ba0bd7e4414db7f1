import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError, type Log, messageOf, type RepoId, type Revision } from '../common/index.js';
import {
  cachedSizes,
  cacheFolderOf,
  downloadDataset,
  ENTRIES_FILE,
  installedDataset,
  installStaged,
  openDataset,
  removeOldCaches,
  stageDownload,
  type StagedDataset,
  versionAt,
} from '../dataset/index.js';
import { Hub } from '../hub/index.js';
import type { ValidatorSettings } from './settings.js';

export interface RefreshSettings extends Pick<ValidatorSettings, 'dataset' | 'hub'> {
  readonly log: Log;
}

export interface Refreshed {
  /** The data set is another one than before the call: everything that was opened of it must be opened anew. */
  readonly moved: boolean;
  /** Undefined when the data set is the operator's own folder. */
  readonly revision: Revision | undefined;
}

/** A new version in which a larger share of the listed images cannot be used is a mishap, not data. */
const MOST_UNUSABLE = 0.1;

/**
 * Keeps the validator's data set at the newest revision of its repository (DATASET_LINK). A new version is fetched and
 * decoded beside the one in use while rounds go on, and takes its place between two rounds. Whatever fails on the way,
 * the version in use stays. A folder that the operator filled is never touched, a pinned revision never left.
 */
export class DatasetRefresh {
  readonly #settings: RefreshSettings;
  readonly #stop = new AbortController();
  #inUse: { revision: Revision; content: string | undefined } | undefined;
  /** The newest epoch in which the hub was asked. */
  #asked: number | undefined;
  /** Fetching and decoding; never rejects. */
  #preparing: Promise<void> | undefined;
  #ready: StagedDataset | undefined;
  #refused: Revision | undefined;

  constructor(settings: RefreshSettings) {
    this.#settings = settings;
  }

  /**
   * Sees to it that there is a data set, before the first round. The hub is asked only when there is none, or not the
   * one that is asked for.
   * @throws HealthTensorError DATASET_MISSING, and what `downloadDataset` throws
   */
  async provide(signal?: AbortSignal): Promise<void> {
    const { dataset, log } = this.#settings;
    const { path, link: repo, revision } = dataset;
    const isThere = () =>
      access(join(path, ENTRIES_FILE)).then(
        () => true,
        () => false,
      );
    if (repo === undefined) {
      if (await isThere()) return;
      throw new HealthTensorError(
        'DATASET_MISSING',
        `There is no data set in ${path} (no ${ENTRIES_FILE}).`,
        {
          remedy: 'Give its folder with --dataset.path, or a dataset repository with DATASET_LINK.',
        },
      );
    }
    const installed = await installedDataset({ path, repo, log, signal });
    if (installed === undefined && (await isThere())) {
      log.info(`The data set in ${path} was not downloaded by this program: DATASET_LINK is not used`);
      return;
    }
    if (installed?.repo !== repo || (revision ?? installed.revision) !== installed.revision) {
      await this.#withHub((hub) => downloadDataset({ hub, repo, revision, path, log, signal }));
    }
    await this.#note(repo);
    await removeOldCaches(dataset);
    log.info(`Data set ${repo} at ${this.#inUse?.revision}${revision === undefined ? '' : ' (pinned)'}`);
  }

  /**
   * Call it between two rounds, never during one. Puts a version that has become ready in its place; asks the hub, once
   * an epoch at most, whether there is a newer one, and prepares it in the background, with pixel caches of the sizes
   * that the one in use has. What fails is logged, and tried again in the next epoch.
   */
  async refreshIfMoved(epoch: number): Promise<Refreshed> {
    const before = this.#inUse;
    const { link, revision: pinned } = this.#settings.dataset;
    if (before === undefined || link === undefined) return { moved: false, revision: undefined };
    await this.#swap(link);
    if (pinned === undefined && this.#preparing === undefined && this.#asked !== epoch) {
      this.#asked = epoch;
      this.#preparing = this.#prepare(link).finally(() => (this.#preparing = undefined));
    }
    return { moved: this.#inUse?.content !== before.content, revision: this.#inUse?.revision };
  }

  /** Resolves when nothing is being prepared any more. */
  async settled(): Promise<void> {
    await this.#preparing;
  }

  /** Stops what is being prepared; the next start goes on with it. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException('the validator stops', 'AbortError'));
    await this.#preparing;
  }

  async #prepare(repo: RepoId): Promise<void> {
    const { dataset, log } = this.#settings;
    const { signal } = this.#stop;
    try {
      await this.#withHub(async (hub) => {
        const revision = await hub.head({ type: 'dataset', repo, signal });
        if (revision === this.#inUse?.revision || revision === this.#refused) return;
        log.info(`The data set ${repo} has moved to ${revision}; fetching it beside the one in use`);
        const staged = await stageDownload({ hub, repo, revision, path: dataset.path, log, signal });
        if (!staged.created) return;
        if (staged.missing > MOST_UNUSABLE * staged.entries) {
          this.#refuse(staged, `${staged.missing} of its ${staged.entries} images are in no archive`);
          return;
        }
        await this.#decode(staged);
      });
    } catch (error) {
      if (signal.aborted) return;
      const remedy = error instanceof HealthTensorError && error.remedy ? ` ${error.remedy}` : '';
      log.warning(`The data set was not refreshed, the last one stays in use: ${messageOf(error)}${remedy}`);
    }
  }

  async #decode(staged: StagedDataset): Promise<void> {
    const { dataset, log } = this.#settings;
    const cacheDirectory = await cacheFolderOf(dataset);
    const imageSizes = await cachedSizes((await versionAt(dataset)).caches);
    // One size at least: a version whose images cannot be read shall be found out here.
    for (const imageSize of imageSizes.length === 0 ? [32] : imageSizes) {
      const { signal } = this.#stop;
      const { problems, images } = await openDataset({
        path: staged.folder,
        imageSize,
        cacheDirectory,
        log,
        signal,
      });
      const unusable = problems.unreadable.length + problems.missing.length;
      if (unusable > MOST_UNUSABLE * (images.length + unusable)) {
        this.#refuse(staged, `${unusable} of its ${images.length + unusable} images cannot be read`);
        return;
      }
    }
    this.#ready = staged;
  }

  /** It stays beside the path, so that it is not fetched again, until the repository moves on. */
  #refuse({ revision }: StagedDataset, why: string): void {
    this.#refused = revision;
    this.#settings.log.error(
      `The data set's revision ${revision} is not taken, the last one stays in use: ${why}`,
    );
  }

  async #swap(repo: RepoId): Promise<void> {
    const { dataset, log } = this.#settings;
    const staged = this.#ready;
    this.#ready = undefined;
    try {
      if (staged !== undefined) {
        const { path } = dataset;
        // A round does not wait for a download that another process makes at this moment.
        await installStaged({ path, repo, revision: staged.revision, log, patient: false });
        log.success(`The data set is now ${repo} at ${staged.revision}, ${staged.images} images`);
        await removeOldCaches(dataset);
      }
    } catch (error) {
      const isHeld = error instanceof HealthTensorError && error.code === 'LOCK_HELD';
      if (isHeld)
        this.#ready = staged; // between the next two rounds, then
      else log.warning(`The new version of the data set was not put in its place: ${messageOf(error)}`);
    }
    // Whatever failed, and whatever another process did, what lies there now is what counts.
    await this.#note(repo).catch((error: unknown) => {
      log.warning(`What data set lies in ${dataset.path} cannot be told: ${messageOf(error)}`);
    });
  }

  /** What lies at the path from now on. */
  async #note(repo: RepoId): Promise<void> {
    const { dataset, log } = this.#settings;
    const found = await installedDataset({ path: dataset.path, repo, log, patient: false });
    if (found !== undefined) this.#inUse = { revision: found.revision, content: found.content };
  }

  async #withHub<T>(body: (hub: Hub) => Promise<T>): Promise<T> {
    const { hub: settings, log } = this.#settings;
    const hub = new Hub({ ...settings, log });
    try {
      return await body(hub);
    } finally {
      await hub.close();
    }
  }
}
