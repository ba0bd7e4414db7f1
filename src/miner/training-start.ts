import { readFile } from 'node:fs/promises';
import {
  HealthTensorError,
  type Log,
  messageOf,
  type ModelSpec,
  progressBar,
  type RepoId,
  type Revision,
  sha256File,
  writeFileAtomic,
} from '../common/index.js';
import {
  fetchPretrained,
  type Hub,
  imagenetWeights,
  knownPretrained,
  type PretrainedConfig,
  readPretrainedFolder,
  timmFace,
} from '../hub/index.js';
import { adoptNormalisation, checkFits } from './pretrained-fit.js';
import { type PretrainedSource, sourceText } from './pretrained-source.js';

/** What a training started from; start.json in the state folder, so that a restart needs neither hub nor folder. */
export interface StartRecord {
  readonly version: 1;
  /** As it was asked for. */
  readonly source: string;
  /** Random weights when there are none. */
  readonly pretrained?: StartWeights | undefined;
}

export interface StartWeights {
  readonly architecture: string;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly sha256: string;
  /** model.safetensors on this machine, when the training began. */
  readonly file: string;
  /** Where everybody finds them; not there for a folder. */
  readonly repo?: RepoId | undefined;
  readonly revision?: Revision | undefined;
}

export interface TrainingStart {
  /** With the normalisation that the weights were trained with. */
  readonly spec: ModelSpec;
  readonly record: StartRecord;
}

/**
 * Finds out what the training starts from. A training that has a checkpoint goes on with the normalisation it began
 * with: nothing is fetched. What was fetched once for this state folder is taken again at the same revision.
 * @throws HealthTensorError PRETRAINED_UNAVAILABLE, PRETRAINED_MISMATCH, HUB_UNREACHABLE, STATE_DAMAGED
 */
export async function trainingStart(o: {
  spec: ModelSpec;
  source: PretrainedSource;
  /** start.json */
  file: string;
  hasCheckpoint: boolean;
  hub: Pick<Hub, 'head' | 'fetchVerified' | 'endpoint'>;
  cacheDirectory?: string | undefined;
  log: Log;
  signal?: AbortSignal | undefined;
}): Promise<TrainingStart> {
  const earlier = await readRecord(o.file);
  if (o.hasCheckpoint) return goOn(o, earlier ?? { version: 1, source: 'none' });
  const pinned = earlier?.source === sourceText(o.source) ? earlier.pretrained?.revision : undefined;
  const found = await find(o, pinned);
  const record: StartRecord = {
    version: 1,
    source: sourceText(o.source),
    ...(found === undefined ? {} : { pretrained: found }),
  };
  await writeFileAtomic(o.file, `${JSON.stringify(record, undefined, 2)}\n`);
  return { spec: specOf(o.spec, record), record };
}

function goOn(
  o: { spec: ModelSpec; source: PretrainedSource; log: Log },
  record: StartRecord,
): TrainingStart {
  const asked = sourceText(o.source);
  const said = o.source.kind !== 'imagenet' || o.source.explicit;
  if (said && asked !== record.source) {
    o.log.warning(
      `The training goes on from its checkpoint, which began with --pretrained ${record.source}; ` +
        `${asked} would count after --restart.`,
    );
  }
  return { spec: specOf(o.spec, record), record };
}

function specOf(spec: ModelSpec, { pretrained }: StartRecord): ModelSpec {
  return pretrained === undefined ? spec : adoptNormalisation(spec, pretrained);
}

async function find(
  o: Parameters<typeof trainingStart>[0],
  pinned: Revision | undefined,
): Promise<StartWeights | undefined> {
  const { source, spec, log } = o;
  if (source.kind === 'none') return undefined;
  if (source.kind === 'folder') {
    const { config, weights } = await readPretrainedFolder(source.path);
    checkFits(spec, config, source.path);
    return weightsOf(config, { file: weights, sha256: await hashOf(weights, o.signal) });
  }
  if (source.kind === 'repo') return fetchRepo(o, source.repo, source.revision ?? pinned);
  const offer = imagenetWeights(spec);
  if (offer.kind === 'weights') return fetchRepo(o, offer.weights.repo, pinned);
  if (offer.kind === 'none' && !source.explicit) {
    log.info(`There are no ImageNet weights for ${spec.architecture}: it trains from scratch`);
    return undefined;
  }
  const known = offer.kind === 'none' ? '' : ` There are some for ${offer.variants.join(', ')}.`;
  throw new HealthTensorError(
    'PRETRAINED_UNAVAILABLE',
    `There are no ImageNet weights for ${timmFace(spec).architecture}.${known}`,
    { remedy: 'Train from scratch with --pretrained none, or name a repository or folder.' },
  );
}

async function fetchRepo(
  o: Parameters<typeof trainingStart>[0],
  repo: RepoId,
  revision: Revision | undefined,
): Promise<StartWeights> {
  const bar = progressBar(`fetching ${repo}`, o.log);
  try {
    const fetched = await fetchPretrained(o.hub, {
      repo,
      revision,
      cacheDirectory: o.cacheDirectory,
      check: (config, at) => checkFits(o.spec, config, `${repo}@${at}`),
      log: o.log,
      signal: o.signal,
      onProgress: ({ bytes, total }) => bar.report(bytes, total),
    });
    const { weights: file, weightsSha256: sha256 } = fetched;
    return { ...weightsOf(fetched.config, { file, sha256 }), repo, revision: fetched.revision };
  } finally {
    bar.end();
  }
}

function weightsOf(
  { architecture, mean, std }: PretrainedConfig,
  file: Pick<StartWeights, 'file' | 'sha256'>,
): StartWeights {
  return { architecture, mean, std, ...file };
}

async function hashOf(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await sha256File(path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new HealthTensorError('PRETRAINED_UNAVAILABLE', `--pretrained: ${messageOf(error)}`, {
      remedy: 'A folder needs model.safetensors beside its config.json.',
      cause: error,
    });
  }
}

/** For people, the model card and config.json: no path of this machine. */
export function describeStart({ pretrained }: StartRecord): {
  source: string;
  repo?: string;
  revision?: string;
  licence?: string;
  attribution?: string;
  sha256?: string;
} {
  if (pretrained === undefined) return { source: 'random weights' };
  const { repo, revision, sha256 } = pretrained;
  if (repo === undefined || revision === undefined) return { source: 'weights of the miner', sha256 };
  const known = knownPretrained(repo);
  return {
    source: `${repo}@${revision.slice(0, 8)}`,
    repo,
    revision,
    sha256,
    ...(known === undefined ? {} : { licence: known.licence, attribution: known.attribution }),
  };
}

async function readRecord(file: string): Promise<StartRecord | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const record = JSON.parse(text) as Partial<StartRecord> | null;
    // It is only ever written whole and by us: the version tells whether it is ours to read.
    if (record?.version === 1 && typeof record.source === 'string') return record as StartRecord;
  } catch {
    // told below
  }
  throw new HealthTensorError('STATE_DAMAGED', `${file} cannot be read: not of version 1`, {
    remedy: 'Put a backup in its place, or start with --restart, which moves the state aside.',
  });
}
