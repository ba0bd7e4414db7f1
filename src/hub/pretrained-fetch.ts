import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError } from '../common/errors.js';
import type { RepoId, Revision } from '../common/identifiers.js';
import type { Log } from '../common/log.js';
import type { Rejection } from '../common/verdict.js';
import type { FetchedFile, FetchProgress } from './fetch-verified.js';
import type { Hub } from './hub.js';
import { MAX_CONFIG_BYTES, MODEL_FILES } from './model-files.js';
import {
  asOnlyWriter,
  type CachedPretrained,
  cachedRevisions,
  pretrainedCacheFolder,
  readCached,
  revisionFolder,
  writeRecord,
} from './pretrained-cache.js';
import { parsePretrainedConfig, type PretrainedConfig } from './pretrained-config.js';

/** Weights on disk, with what their config says. */
export interface Pretrained {
  readonly config: PretrainedConfig;
  /** model.safetensors */
  readonly weights: string;
  readonly weightsSha256: string;
}

export interface PretrainedRequest {
  readonly repo: RepoId;
  /** The default is the newest commit. */
  readonly revision?: Revision | undefined;
  /** The default is pretrainedCacheFolder's. */
  readonly cacheDirectory?: string | undefined;
  /**
   * Looks at the config before the weights, which may be half a gigabyte, are downloaded; what it throws is passed on.
   */
  readonly check: (config: PretrainedConfig, revision: Revision) => void;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

/** VGG-19 as timm stores it, with its 4096-wide classifier, has 575 MB. */
export const MAX_PRETRAINED_BYTES = 1024 ** 3;
const DEADLINE_MS = 2 * 3_600_000;
const REMEDY = 'Start from random weights with --pretrained none, or name another source.';

/**
 * Config and weights of one exact commit of a public repository, verified against the hub's hashes and kept by
 * revision: a revision that is there already needs no network.
 * @throws HealthTensorError HUB_UNREACHABLE, PRETRAINED_UNAVAILABLE, both with what to do without it
 */
export async function fetchPretrained(
  hub: Pick<Hub, 'head' | 'fetchVerified' | 'endpoint'>,
  o: PretrainedRequest,
): Promise<Pretrained & { revision: Revision }> {
  const cache = o.cacheDirectory ?? pretrainedCacheFolder();
  try {
    const revision =
      o.revision ??
      (await hub.head({ type: 'model', repo: o.repo, ...(o.signal ? { signal: o.signal } : {}) }));
    const folder = revisionFolder(cache, o.repo, revision);
    return await asOnlyWriter(
      folder,
      async () => {
        const there = await readCached(folder, o.signal);
        return {
          ...(there === undefined ? await download(hub, o, revision, folder) : checked(o, there, revision)),
          revision,
        };
      },
      { signal: o.signal, onWait: () => o.log.info(`Another process is fetching ${o.repo}; waiting for it`) },
    );
  } catch (error) {
    throw await withRemedy(error, cache, o);
  }
}

async function download(
  hub: Pick<Hub, 'fetchVerified' | 'endpoint'>,
  o: PretrainedRequest,
  revision: Revision,
  folder: string,
): Promise<Pretrained> {
  o.log.info(`Fetching ${o.repo} at ${revision.slice(0, 8)} from ${hub.endpoint}`);
  const fetchOne = async (path: string, maxBytes: number): Promise<FetchedFile> => {
    const fetched = await hub.fetchVerified({
      type: 'model',
      repo: o.repo,
      revision,
      files: [{ path, maxBytes }],
      directory: folder,
      deadlineMs: DEADLINE_MS,
      onProgress: o.onProgress,
      ...(o.signal ? { signal: o.signal } : {}),
    });
    if (!fetched.ok) throw unavailable(o.repo, fetched);
    const [file] = fetched.files;
    if (file === undefined) throw new Error(`nothing was fetched for ${path}`);
    return file;
  };
  const config = await fetchOne(MODEL_FILES.config, MAX_CONFIG_BYTES);
  const parsed = configOf(o, await readFile(config.file), revision);
  const weights = await fetchOne(MODEL_FILES.weights, MAX_PRETRAINED_BYTES);
  await writeRecord(folder, { config: config.sha256, weights: weights.sha256 });
  return { config: parsed, weights: weights.file, weightsSha256: weights.sha256 };
}

function checked(o: PretrainedRequest, there: CachedPretrained, revision: Revision): Pretrained {
  const { weights, weightsSha256 } = there;
  return { config: configOf(o, there.config, revision), weights, weightsSha256 };
}

function configOf(o: PretrainedRequest, bytes: Uint8Array, revision: Revision): PretrainedConfig {
  const parsed = parsePretrainedConfig(bytes);
  if (!parsed.ok) throw unavailable(o.repo, parsed);
  o.check(parsed.config, revision);
  return parsed.config;
}

function unavailable(repo: RepoId, { code, detail }: Rejection): HealthTensorError {
  const message = `The pretrained weights of ${repo} cannot be used: ${code}: ${detail}`;
  return new HealthTensorError('PRETRAINED_UNAVAILABLE', message, { remedy: REMEDY });
}

/** What to do when the hub is out of reach, or has not what was asked for. */
async function withRemedy(error: unknown, cache: string, o: PretrainedRequest): Promise<unknown> {
  if (!(error instanceof HealthTensorError)) return error;
  if (error.code !== 'HUB_UNREACHABLE' && error.code !== 'REPO_MISSING') return error;
  const kept = o.revision === undefined ? await cachedRevisions(cache, o.repo) : [];
  const offline = kept.map((revision) => `--pretrained ${o.repo}@${revision} (kept on this machine)`);
  const message = `The pretrained weights of ${o.repo} cannot be fetched. ${error.message}`;
  return new HealthTensorError(error.code, message, {
    remedy: `Try again later, or start with ${['--pretrained none (random weights)', ...offline].join(', or ')}.`,
    cause: error,
  });
}

/** A folder with model.safetensors and config.json, as a published model or `save_pretrained` has them. */
export async function readPretrainedFolder(
  folder: string,
): Promise<{ config: PretrainedConfig; weights: string }> {
  const bad = (detail: string, cause?: unknown) =>
    new HealthTensorError('PRETRAINED_UNAVAILABLE', `--pretrained ${folder}: ${detail}`, {
      remedy: REMEDY,
      cause,
    });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, MODEL_FILES.config));
  } catch (error) {
    throw bad(`expected a folder with ${MODEL_FILES.config} and ${MODEL_FILES.weights}`, error);
  }
  const parsed = parsePretrainedConfig(bytes);
  if (!parsed.ok) throw bad(parsed.detail);
  return { config: parsed.config, weights: join(folder, MODEL_FILES.weights) };
}
