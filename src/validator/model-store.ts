import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError, messageOf, type ModelSpec, reject, type Verdict } from '../common/index.js';
import { ContentStore } from './content-store.js';
import { unbound } from './digest-binding.js';
import type { LaneSettings } from './lanes.js';
import {
  type Download,
  ModelDownloads,
  type ModelHub,
  type ModelName,
  type Weights,
} from './model-downloads.js';
import { judgeConfig } from './model-gates.js';
import { Patience } from './patience.js';
import { revisionKey, type RevisionName, type RevisionRecord, RevisionRecords } from './revision-records.js';
import { SharedWork } from './shared-work.js';
import { TransferTime } from './transfer-time.js';

/** A model on this disk whose weights carry the commitment's digest. */
export interface StoredModel extends Weights {
  readonly spec: ModelSpec;
}

export interface ModelStoreSettings {
  readonly directory: string;
  /** Must not carry the data set's token: it talks to strangers' repositories. */
  readonly hub: ModelHub;
  /** For weights and unfinished downloads. */
  readonly maxBytes: number;
  /** What is to stay free on the disk. */
  readonly spareBytes?: number;
  readonly lanes?: Partial<LaneSettings>;
  readonly patience?: Patience;
}

export interface ModelFetch {
  /** For the transfers of this model; waiting for others does not count. */
  readonly deadlineMs: number;
  readonly maxImageSize: number;
  readonly signal?: AbortSignal | undefined;
  /** The model is slow to come; whoever waits for it waits at the others' cost. May be called more than once. */
  readonly onSlow?: (() => void) | undefined;
  /** The hub has shown the repository to us; what lies on this disk tells nothing about that. */
  readonly onOpen?: (() => void) | undefined;
}

const FOLDERS = new Set(['blobs', 'incoming', 'revisions']);

/**
 * Fetched models: what a revision holds is asked for once, and weights are kept by their hash, so that a content is
 * downloaded once however many repositories hold it.
 */
export class ModelStore {
  readonly #records: RevisionRecords;
  readonly #contents: ContentStore;
  readonly #downloads: ModelDownloads;
  readonly #patience: Patience;
  /** By revision: candidates that name the same one (a thief names its victim's) take turns. */
  readonly #revisions = new SharedWork();
  /** By hash: one downloads, the others wait for it as long as it is not slow. */
  readonly #hashes = new SharedWork();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  private constructor(settings: ModelStoreSettings, records: RevisionRecords, contents: ContentStore) {
    this.#records = records;
    this.#contents = contents;
    this.#downloads = new ModelDownloads(settings.hub, contents, settings.lanes);
    this.#patience = settings.patience ?? new Patience();
  }

  /** Opens the folder, which must have no other user; what is none of its files is removed. Call `close` when done. */
  static async open(settings: ModelStoreSettings): Promise<ModelStore> {
    const { directory } = settings;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory)) {
      if (!FOLDERS.has(name)) await rm(join(directory, name), { recursive: true, force: true });
    }
    const contents = await ContentStore.open(directory, settings);
    const records = await RevisionRecords.open(join(directory, 'revisions'));
    return new ModelStore(settings, records, contents);
  }

  /**
   * The candidate's model, fetched when it is not here yet. Everything that can be judged without the weights is judged
   * first: config.json, the digest against the hash that the hub lists, the head of the weights against the
   * architecture. No parser sees the weights before their digest was checked. They stay here until `keepOnly`.
   * @throws HealthTensorError when the hub or this disk fails; the signal's reason
   */
  async fetch(name: ModelName, o: ModelFetch): Promise<Verdict<StoredModel>> {
    const signal = AbortSignal.any([this.#closing.signal, ...(o.signal ? [o.signal] : [])]);
    const key = revisionKey(name);
    const who = `${name.hotkey} ${name.digest}`;
    const running = this.#revisions.inTurn({ name: key, who, signal, onSlow: o.onSlow }, (onSlow) =>
      this.#patiently(name, () =>
        this.#fetch(name, o.maxImageSize, {
          key,
          time: new TransferTime(o.deadlineMs),
          signal,
          onSlow,
          onOpen: () => o.onOpen?.(),
        }),
      ),
    );
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** The round is over: forgets the revisions that nobody names any more. Weights go when their room is needed. */
  async keepOnly(names: readonly RevisionName[]): Promise<void> {
    const keys = new Set(names.map(revisionKey));
    this.#contents.unpin();
    await this.#contents.forgetDownloads(keys);
    await this.#records.keepOnly(keys);
  }

  /** Ends the downloads under way, which go on where they stopped another time. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the store of models was closed'));
    await Promise.allSettled(this.#running);
  }

  /** The hub's failures are errors, until they have befallen nobody but this miner for long enough. */
  async #patiently<T>({ hotkey, repo }: ModelName, fetch: () => Promise<Verdict<T>>): Promise<Verdict<T>> {
    try {
      return await fetch();
    } catch (error) {
      // A full disk is ours, whoever's model is the first that finds no room.
      const ofHub = error instanceof HealthTensorError && error.code.startsWith('HUB_');
      if (!ofHub || !this.#patience.failed(hotkey)) throw error;
      const detail = `${repo} could not be fetched for a day in which others were: ${messageOf(error)}`;
      return reject('DOWNLOAD_TIMED_OUT', detail);
    }
  }

  async #fetch(name: ModelName, maxImageSize: number, o: Download): Promise<Verdict<StoredModel>> {
    let record = await this.#records.read(o.key);
    if (record === undefined) {
      const described = await this.#downloads.describe(name, o);
      if (!described.ok) return described;
      ({ record } = described);
      await this.#records.write(o.key, record);
    }
    const config = judgeConfig(record.config, { maxImageSize });
    if (!config.ok) return config;
    const { spec } = config;
    if (record.weightsSha256 !== undefined) {
      const stolen = unbound(name, record.weightsSha256);
      if (stolen !== undefined) return stolen;
    }
    const weights = await this.#weights(name, record, spec, o);
    if (!weights.ok) return weights;
    const { weightsPath, weightsSha256 } = weights;
    if (record.weightsSha256 === undefined) await this.#records.write(o.key, { ...record, weightsSha256 });
    return unbound(name, weightsSha256) ?? { ok: true, spec, weightsPath, weightsSha256 };
  }

  /** The verified weights, which somebody else may have brought, or be bringing, under another name. */
  async #weights(
    name: ModelName,
    record: RevisionRecord,
    spec: ModelSpec,
    o: Download,
  ): Promise<Verdict<Weights>> {
    const sha256 = record.weightsSha256;
    if (sha256 === undefined) return this.#download(name, record, spec, o);
    return this.#hashes.firstOf(sha256, o.signal, async (stepDown) => {
      const there = await this.#contents.find(sha256);
      if (there !== undefined) return { ok: true, weightsPath: there, weightsSha256: sha256 };
      const onSlow = () => {
        stepDown();
        o.onSlow();
      };
      return this.#download(name, record, spec, { ...o, onSlow });
    });
  }

  async #download(
    name: ModelName,
    record: RevisionRecord,
    spec: ModelSpec,
    o: Download,
  ): Promise<Verdict<Weights>> {
    const weights = await this.#downloads.weights(name, record, spec, o);
    if (weights.ok) this.#patience.came(name.hotkey);
    return weights;
  }
}
