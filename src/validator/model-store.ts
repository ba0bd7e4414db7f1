import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { modelDigest } from '../chain/index.js';
import { type ModelSpec, reject, type Rejection, type Verdict } from '../common/index.js';
import { type Hub, HubUnreachable, MAX_CONFIG_BYTES, MODEL_FILES } from '../hub/index.js';
import type { Candidate } from './candidate.js';
import { ContentStore } from './content-store.js';
import { type Lane, type LaneSettings, Lanes } from './lanes.js';
import { judgeConfig, judgeHeader, MAX_WEIGHTS_BYTES } from './model-gates.js';
import { revisionKey, type RevisionName, type RevisionRecord, RevisionRecords } from './revision-records.js';
import { SharedWork } from './shared-work.js';

/** A model on this disk whose weights carry the commitment's digest. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly weightsPath: string;
  readonly weightsSha256: string;
}

/** What names a model; one without a digest is bound to nobody, as before its commitment. */
export type ModelName = Pick<Candidate, 'hotkey' | 'repo' | 'revision'> & Partial<Pick<Candidate, 'digest'>>;

export interface ModelStoreSettings {
  readonly directory: string;
  /** Must not carry the data set's token: it talks to strangers' repositories. */
  readonly hub: Pick<Hub, 'lookUp' | 'fetchHead' | 'fetchFile'>;
  /** For weights and unfinished downloads. */
  readonly maxBytes: number;
  /** What is to stay free on the disk. */
  readonly spareBytes?: number;
  readonly lanes?: Partial<LaneSettings>;
}

export interface ModelFetch {
  /** For the transfers of this model; waiting for others does not count. */
  readonly deadlineMs: number;
  readonly maxImageSize: number;
  readonly signal?: AbortSignal | undefined;
  /** The model is slow to come; whoever waits for it waits at the others' cost. May be called more than once. */
  readonly onSlow?: (() => void) | undefined;
}

const FOLDERS = new Set(['blobs', 'incoming', 'revisions']);
/** A download so much slower than another at the time is slow by itself, not by our line. */
const SLOWER_THAN_OTHERS = 4;

/**
 * Fetched models: what a revision holds is asked for once, and weights are kept by their hash, so that a content is
 * downloaded once however many repositories hold it.
 */
export class ModelStore {
  readonly #settings: ModelStoreSettings;
  readonly #records: RevisionRecords;
  readonly #contents: ContentStore;
  readonly #lanes: Lanes;
  /** By revision: candidates that name the same one (a thief names its victim's) take turns. */
  readonly #revisions = new SharedWork();
  /** By hash: one downloads, the others wait for it as long as it is not slow. */
  readonly #downloads = new SharedWork();
  readonly #slow = new Set<Candidate['hotkey']>();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  private constructor(settings: ModelStoreSettings, records: RevisionRecords, contents: ContentStore) {
    this.#settings = settings;
    this.#records = records;
    this.#contents = contents;
    this.#lanes = new Lanes(settings.lanes);
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
      this.#fetch(name, { ...o, key, onSlow, signal, time: new Time(o.deadlineMs) }),
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

  async #fetch(name: ModelName, o: Fetch): Promise<Verdict<StoredModel>> {
    let record = await this.#records.read(o.key);
    if (record === undefined) {
      const described = await this.#lanes.run(() => this.#describe(name, o), o);
      if (!described.ok) return described;
      ({ record } = described);
      await this.#records.write(o.key, record);
    }
    const config = judgeConfig(record.config, o);
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

  /** Asks the hub what the revision holds, and for its config. */
  async #describe(name: ModelName, o: Fetch): Promise<Verdict<{ record: RevisionRecord }>> {
    const { hub } = this.#settings;
    const of = { type: 'model', repo: name.repo, revision: name.revision } as const;
    const files = [
      { path: MODEL_FILES.config, maxBytes: MAX_CONFIG_BYTES },
      { path: MODEL_FILES.weights, maxBytes: MAX_WEIGHTS_BYTES },
    ];
    const found = await o.time.spend((deadlineMs) =>
      hub.lookUp({ ...of, files, signal: o.signal, deadlineMs }),
    );
    if (!found.ok) return found;
    const [config, weights] = found.files;
    if (config === undefined || weights === undefined)
      throw new Error('the hub lists fewer files than asked for');
    const stolen = weights.sha256 === undefined ? undefined : unbound(name, weights.sha256);
    if (stolen !== undefined) return stolen;
    const file = join(this.#contents.incoming(o.key), MODEL_FILES.config);
    const fetched = await o.time.spend((deadlineMs) =>
      hub.fetchFile({ ...of, remote: config, file, signal: o.signal, deadlineMs }),
    );
    if (!fetched.ok) return fetched;
    const record: RevisionRecord = {
      config: await readFile(file),
      weights,
      ...(weights.sha256 === undefined ? {} : { weightsSha256: weights.sha256 }),
    };
    await this.#contents.forget(o.key);
    return { ok: true, record };
  }

  /** The verified weights, which somebody else may have brought, or be bringing, under another name. */
  async #weights(
    name: ModelName,
    record: RevisionRecord,
    spec: ModelSpec,
    o: Fetch,
  ): Promise<Verdict<Weights>> {
    const sha256 = record.weightsSha256;
    if (sha256 === undefined) return this.#download(name, record, spec, o);
    return this.#downloads.firstOf(sha256, o.signal, async (stepDown) => {
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
    o: Fetch,
  ): Promise<Verdict<Weights>> {
    let slow = false;
    const onSlow = () => {
      slow = true;
      this.#slow.add(name.hotkey);
      o.onSlow();
    };
    const beside = this.#slow.has(name.hotkey);
    const outcome = await this.#lanes.run((lane) => this.#transfer(lane, name, record, spec, o), {
      signal: o.signal,
      beside,
      onSlow,
    });
    if (!slow) this.#slow.delete(name.hotkey);
    return outcome;
  }

  async #transfer(
    lane: Lane,
    name: ModelName,
    { weights: remote }: RevisionRecord,
    spec: ModelSpec,
    o: Fetch,
  ): Promise<Verdict<Weights>> {
    const { hub } = this.#settings;
    const file = join(this.#contents.incoming(o.key), MODEL_FILES.weights);
    let position: number | undefined;
    const onProgress = (bytes: number) => {
      lane.received(Math.max(0, bytes - (position ?? bytes)));
      position = bytes;
    };
    const request = {
      type: 'model',
      repo: name.repo,
      revision: name.revision,
      remote,
      file,
      onProgress,
      signal: o.signal,
    } as const;
    const judged = await judgeHeader({
      spec,
      fileBytes: remote.size,
      head: (bytes) => o.time.spend((deadlineMs) => hub.fetchHead({ ...request, bytes, deadlineMs })),
    });
    // Nothing has verified these bytes: whoever asks again gets them anew.
    if (!judged.ok) {
      if (judged.code !== 'DOWNLOAD_TIMED_OUT') await this.#contents.forget(o.key);
      return this.#blame(lane, judged);
    }
    await this.#contents.reserve(o.key, remote.size);
    try {
      const fetched = await o.time.spend((deadlineMs) => hub.fetchFile({ ...request, deadlineMs }));
      if (!fetched.ok) return this.#blame(lane, fetched);
      const weightsPath = await this.#contents.adopt(file, fetched.sha256);
      return { ok: true, weightsPath, weightsSha256: fetched.sha256 };
    } finally {
      this.#contents.release(o.key);
    }
  }

  /**
   * A download that is late is the model's fault only when others were much faster at the time.
   * @throws HubUnreachable otherwise: on a slow line of ours no miner shall lose its score
   */
  #blame(lane: Lane, rejection: Rejection): Rejection {
    if (rejection.code !== 'DOWNLOAD_TIMED_OUT') return rejection;
    const others = lane.bestOfOthers();
    const own = lane.bytesPerSecond();
    if (others >= SLOWER_THAN_OTHERS * own && others > 0) return rejection;
    throw new HubUnreachable(`${rejection.detail}, and no other download was much faster meanwhile`);
  }
}

interface Weights {
  readonly weightsPath: string;
  readonly weightsSha256: string;
}

/** A fetch under way. */
interface Fetch extends ModelFetch {
  readonly key: string;
  readonly onSlow: () => void;
  readonly signal: AbortSignal;
  readonly time: Time;
}

/** The time that a model's own transfers may take. */
class Time {
  #leftMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
  }

  /** Runs a transfer with what is left, at least a millisecond. */
  async spend<T>(transfer: (deadlineMs: number) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await transfer(Math.max(1, Math.round(this.#leftMs)));
    } finally {
      this.#leftMs -= performance.now() - startedAt;
    }
  }
}

/** HASH_MISMATCH when the weights do not give the hotkey the digest that it committed. */
function unbound({ hotkey, digest }: ModelName, weightsSha256: string): Rejection | undefined {
  if (digest === undefined || modelDigest(weightsSha256, hotkey) === digest) return undefined;
  const detail = `weights with SHA-256 ${weightsSha256} do not give ${hotkey} the committed digest`;
  return reject('HASH_MISMATCH', detail, { weightsSha256, committedDigest: digest });
}
