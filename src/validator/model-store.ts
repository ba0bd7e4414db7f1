import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelDigest } from '../chain/index.js';
import { type ModelSpec, reject, type Verdict, writeFileAtomic } from '../common/index.js';
import { type FetchRequest, type Hub, MODEL_FILES, parseModelConfig } from '../hub/index.js';
import type { Candidate } from './candidate.js';

const CONFIG_BYTES = 64 * 1024;
// VGG-16 with its 4096-wide layers is 553 MB in float32: the largest model that there is a reason to send.
const WEIGHTS_BYTES = 640 * 1024 * 1024;
const RECEIPT = 'receipt.json';

/** A model on this disk whose weights carry the commitment's digest. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly weightsPath: string;
  readonly weightsSha256: string;
}

interface Receipt {
  readonly weightsSha256: string;
  readonly weightsBytes: number;
}

/** Fetched models, one folder a (repository, revision): what is immutable is fetched once. */
export class ModelStore {
  readonly #directory: string;
  readonly #hub: Pick<Hub, 'fetchVerified'>;
  readonly #busy = new Map<string, Promise<unknown>>();

  /** `hub` must not carry the data set's token: it talks to strangers' repositories. */
  constructor(directory: string, hub: Pick<Hub, 'fetchVerified'>) {
    this.#directory = directory;
    this.#hub = hub;
  }

  /**
   * The candidate's model, fetched when it is not here yet. config.json comes first, so that nothing large is fetched
   * for an impossible model; the digest is compared before any parser sees the weights. Candidates that name the same
   * revision (a thief names its victim's) take turns, or they would write into each other's download.
   * @throws HealthTensorError when the hub or this disk fails
   */
  fetch(
    candidate: Pick<Candidate, 'hotkey' | 'repo' | 'revision' | 'digest'>,
    o: { deadlineMs: number; maxImageSize: number; signal?: AbortSignal },
  ): Promise<Verdict<StoredModel>> {
    const folder = folderOf(candidate);
    const mine = (this.#busy.get(folder) ?? Promise.resolve()).then(() =>
      this.#fetch(candidate, join(this.#directory, folder), o),
    );
    const settled = mine.catch(() => undefined);
    this.#busy.set(folder, settled);
    void settled.then(() => {
      if (this.#busy.get(folder) === settled) this.#busy.delete(folder);
    });
    return mine;
  }

  async #fetch(
    candidate: Pick<Candidate, 'hotkey' | 'repo' | 'revision' | 'digest'>,
    directory: string,
    o: { deadlineMs: number; maxImageSize: number; signal?: AbortSignal },
  ): Promise<Verdict<StoredModel>> {
    o.signal?.throwIfAborted();
    await mkdir(directory, { recursive: true });
    const endsAt = performance.now() + o.deadlineMs;
    const request = (path: string, maxBytes: number): FetchRequest => ({
      type: 'model',
      repo: candidate.repo,
      revision: candidate.revision,
      files: [{ path, maxBytes }],
      directory,
      deadlineMs: Math.max(1, Math.round(endsAt - performance.now())),
      ...(o.signal ? { signal: o.signal } : {}),
    });
    const receipt = await readReceipt(directory);
    if (receipt === undefined) {
      const fetched = await this.#hub.fetchVerified(request(MODEL_FILES.config, CONFIG_BYTES));
      if (!fetched.ok) return fetched;
    }
    const config = parseModelConfig(await readFile(join(directory, MODEL_FILES.config)));
    if (!config.ok) return config;
    const { spec } = config;
    if (spec.imageSize % 32 !== 0 || spec.imageSize < 32 || spec.imageSize > o.maxImageSize) {
      const detail = `input of ${spec.imageSize} pixels; multiples of 32 up to ${o.maxImageSize} are evaluated`;
      return reject('BAD_CONFIG', detail);
    }
    let weightsSha256 = receipt?.weightsSha256;
    if (weightsSha256 === undefined) {
      const fetched = await this.#hub.fetchVerified(request(MODEL_FILES.weights, WEIGHTS_BYTES));
      if (!fetched.ok) return fetched;
      const weights = fetched.files.find(({ path }) => path === MODEL_FILES.weights);
      if (weights === undefined) return reject('FILE_MISSING', `${MODEL_FILES.weights} was not received`);
      weightsSha256 = weights.sha256;
      const written: Receipt = { weightsSha256, weightsBytes: weights.size };
      await writeFileAtomic(join(directory, RECEIPT), JSON.stringify(written));
    }
    if (modelDigest(weightsSha256, candidate.hotkey) !== candidate.digest) {
      const detail = `weights with SHA-256 ${weightsSha256} do not give ${candidate.hotkey} the committed digest`;
      return reject('HASH_MISMATCH', detail);
    }
    return { ok: true, spec, weightsPath: join(directory, MODEL_FILES.weights), weightsSha256 };
  }

  /** Removes every model but those that commitments still name. */
  async keepOnly(candidates: readonly Pick<Candidate, 'repo' | 'revision'>[]): Promise<void> {
    const wanted = new Set(candidates.map(folderOf));
    const present = await readdir(this.#directory).catch(() => []);
    for (const name of present) {
      if (!wanted.has(name)) await rm(join(this.#directory, name), { recursive: true, force: true });
    }
  }
}

/** Hashed, so that no stranger's text becomes a path. */
function folderOf({ repo, revision }: Pick<Candidate, 'repo' | 'revision'>): string {
  return createHash('sha256').update(`${repo}@${revision}`).digest('hex').slice(0, 32);
}

async function readReceipt(directory: string): Promise<Receipt | undefined> {
  try {
    const receipt = JSON.parse(await readFile(join(directory, RECEIPT), 'utf8')) as Receipt;
    const { size } = await stat(join(directory, MODEL_FILES.weights));
    await stat(join(directory, MODEL_FILES.config));
    return size === receipt.weightsBytes ? receipt : undefined;
  } catch {
    return undefined; // not fetched yet, or not to the end: fetch again
  }
}
