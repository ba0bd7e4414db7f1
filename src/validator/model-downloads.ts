import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Hotkey, type ModelSpec, type Rejection, type Verdict } from '../common/index.js';
import { type Hub, HubUnreachable, MAX_CONFIG_BYTES, MODEL_FILES, type RemoteFile } from '../hub/index.js';
import type { Candidate } from './candidate.js';
import type { ContentStore } from './content-store.js';
import { unbound } from './digest-binding.js';
import { type Lane, type LaneSettings, Lanes } from './lanes.js';
import { judgeHeader, MAX_WEIGHTS_BYTES } from './model-gates.js';
import type { RevisionRecord } from './revision-records.js';
import type { TransferTime } from './transfer-time.js';

/** As much of the hub as models are fetched with. */
export type ModelHub = Pick<Hub, 'lookUp' | 'fetchHead' | 'fetchFile'>;

/** What names a model; one without a digest is bound to nobody, as before its commitment. */
export type ModelName = Pick<Candidate, 'hotkey' | 'repo' | 'revision'> & Partial<Pick<Candidate, 'digest'>>;

export interface Weights {
  readonly weightsPath: string;
  readonly weightsSha256: string;
}

/** A fetch under way. */
export interface Download {
  /** Of the revision, for its files. */
  readonly key: string;
  readonly time: TransferTime;
  readonly signal: AbortSignal;
  readonly onSlow: () => void;
  /** The hub has shown the repository to us. */
  readonly onOpen: () => void;
}

/** A download so much slower than another at the time is slow by itself, not by our line. */
const SLOWER_THAN_OTHERS = 4;

/** Downloads of models: a few at a time, those of slow repositories beside them, everything judged as early as can be. */
export class ModelDownloads {
  readonly #hub: ModelHub;
  readonly #contents: ContentStore;
  readonly #lanes: Lanes;
  /** Whose last download was slow. */
  readonly #slow = new Set<Hotkey>();

  constructor(hub: ModelHub, contents: ContentStore, lanes?: Partial<LaneSettings>) {
    this.#hub = hub;
    this.#contents = contents;
    this.#lanes = new Lanes(lanes);
  }

  /** Asks the hub what the revision holds, and for its config. The digest is judged by the hash that the hub lists. */
  async describe(name: ModelName, o: Download): Promise<Verdict<{ record: RevisionRecord }>> {
    return this.#inLane(name, o, async (lane) => {
      const of = { type: 'model', repo: name.repo, revision: name.revision, signal: o.signal } as const;
      const files = [
        { path: MODEL_FILES.config, maxBytes: MAX_CONFIG_BYTES },
        { path: MODEL_FILES.weights, maxBytes: MAX_WEIGHTS_BYTES },
      ];
      const found = await o.time.spend((deadlineMs) => this.#hub.lookUp({ ...of, files, deadlineMs }));
      if (found.ok || found.code !== 'REPO_UNAVAILABLE') o.onOpen();
      if (!found.ok) return found;
      const [config, weights] = found.files;
      if (config === undefined || weights === undefined)
        throw new Error('the hub lists fewer files than asked for');
      const stolen = weights.sha256 === undefined ? undefined : unbound(name, weights.sha256);
      if (stolen !== undefined) return stolen;
      const file = join(this.#contents.incoming(o.key), MODEL_FILES.config);
      const fetched = await o.time.spend((deadlineMs) =>
        this.#hub.fetchFile({ ...of, remote: config, file, deadlineMs }),
      );
      if (!fetched.ok) return blame(lane, fetched);
      const record: RevisionRecord = {
        config: await readFile(file),
        weights,
        ...(weights.sha256 === undefined ? {} : { weightsSha256: weights.sha256 }),
      };
      await this.#contents.forget(o.key);
      return { ok: true, record };
    });
  }

  /** Brings the weights: first their head, which is judged against the architecture, then the rest. */
  async weights(
    name: ModelName,
    { weights: remote }: RevisionRecord,
    spec: ModelSpec,
    o: Download,
  ): Promise<Verdict<Weights>> {
    let slow = false;
    const onSlow = () => {
      slow = true;
      o.onSlow();
    };
    const outcome = await this.#inLane(name, { ...o, onSlow }, (lane) =>
      this.#transfer(lane, name, remote, spec, o),
    );
    if (!slow) this.#slow.delete(name.hotkey);
    return outcome;
  }

  async #transfer(
    lane: Lane,
    { repo, revision }: ModelName,
    remote: RemoteFile,
    spec: ModelSpec,
    { key, time, signal, onOpen }: Download,
  ): Promise<Verdict<Weights>> {
    const file = join(this.#contents.incoming(key), MODEL_FILES.weights);
    let position: number | undefined;
    const onProgress = (bytes: number) => {
      lane.received(Math.max(0, bytes - (position ?? bytes)));
      position = bytes;
    };
    const request = { type: 'model', repo, revision, remote, file, onProgress, signal } as const;
    const head = (bytes: number) =>
      time.spend((deadlineMs) => this.#hub.fetchHead({ ...request, bytes, deadlineMs }));
    const judged = await this.#judgeFresh(key, () => judgeHeader({ spec, fileBytes: remote.size, head }));
    if (!judged.ok) return blame(lane, judged);
    await this.#contents.reserve(key, remote.size);
    try {
      const fetched = await time.spend((deadlineMs) => this.#hub.fetchFile({ ...request, deadlineMs }));
      if (!fetched.ok) return blame(lane, fetched);
      onOpen();
      const weightsPath = await this.#contents.adopt(file, fetched.sha256);
      return { ok: true, weightsPath, weightsSha256: fetched.sha256 };
    } finally {
      this.#contents.release(key);
    }
  }

  /**
   * Judges a head that nothing has verified yet. What an earlier run left may be damaged (a power cut leaves zeros where bytes
   * were not flushed), so only a head that has just come from the hub speaks against the model; no refused one is kept.
   */
  async #judgeFresh<T>(key: string, judge: () => Promise<Verdict<T>>): Promise<Verdict<T>> {
    for (;;) {
      const wasHere = await this.#contents.hasBegun(key);
      const judged = await judge();
      if (judged.ok || judged.code === 'DOWNLOAD_TIMED_OUT') return judged;
      await this.#contents.forget(key);
      if (!wasHere) return judged;
    }
  }

  /** Runs work on a repository of the hotkey in its turn; whose last download was slow does not wait for one. */
  #inLane<T>(
    { hotkey }: ModelName,
    o: Download,
    work: (lane: Lane) => Promise<Verdict<T>>,
  ): Promise<Verdict<T>> {
    const onSlow = () => {
      this.#slow.add(hotkey);
      o.onSlow();
    };
    return this.#lanes.run(work, { signal: o.signal, beside: this.#slow.has(hotkey), onSlow });
  }
}

/**
 * A download that is late is the model's fault only when others were much faster at the time.
 * @throws HubUnreachable otherwise: on a slow line of ours no miner shall lose its score
 */
function blame(lane: Lane, rejection: Rejection): Rejection {
  if (rejection.code !== 'DOWNLOAD_TIMED_OUT') return rejection;
  const others = lane.bestOfOthers();
  if (others > 0 && others >= SLOWER_THAN_OTHERS * lane.bytesPerSecond()) return rejection;
  throw new HubUnreachable(`${rejection.detail}, and no other download was much faster meanwhile`);
}
