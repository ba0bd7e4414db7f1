import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatCommitment, modelDigest } from '../../src/chain/index.js';
import {
  type Digest,
  type Hotkey,
  type ModelSpec,
  type RepoId,
  type Revision,
  sha256File,
} from '../../src/common/index.js';
import { modelSpec, openDevice, plainRecipe, Trainer } from '../../src/engine/index.js';
import { Hub, MODEL_FILES, modelConfig } from '../../src/hub/index.js';
import { ModelStore, type ModelStoreSettings } from '../../src/validator/model-store.js';
import type { LocalNet } from '../support/local-net.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';

export const SPEC = modelSpec('mobile', { imageSize: 32, options: { width: 0.25 } });

/** Weights of a small network that was trained for some epochs; returns their path. */
export async function trainedWeights(
  folder: string,
  o: { seed: number; epochs: number; cachePath?: string; images?: number },
): Promise<string> {
  using trainer = await Trainer.open({
    spec: SPEC,
    cachePath: o.cachePath ?? (await writePixelCache(folder, { imageSize: 32, images: 40 })),
    trainIndices: rows(o.images ?? 32),
    validationIndices: rows(4),
    batchSize: 8,
    recipe: plainRecipe({ learningRate: 3e-3 }),
    seed: o.seed,
    device: await openDevice({ kind: 'cpu', threads: 1 }),
    checkpointPath: join(folder, `checkpoint-${o.seed}`),
    resume: false,
  });
  for (let epoch = 0; epoch < o.epochs; epoch++) await trainer.trainEpoch();
  const path = join(folder, `weights-${o.seed}-${o.epochs}.safetensors`);
  await trainer.saveWeights(path);
  return path;
}

/** Publishes a model folder as a miner does, and opens it. */
export async function publishModel(
  hub: Hub,
  o: { repo: RepoId; weights: string | Uint8Array; spec?: ModelSpec; config?: Uint8Array },
): Promise<Revision> {
  await hub.ensureModelRepo(o.repo);
  const weights = typeof o.weights === 'string' ? pathToFileURL(o.weights) : o.weights;
  const revision = await hub.publish({
    repo: o.repo,
    files: [
      { path: MODEL_FILES.config, content: o.config ?? modelConfig(o.spec ?? SPEC, {}) },
      { path: MODEL_FILES.weights, content: weights },
    ],
    title: 'a model',
  });
  await hub.setVisibility(o.repo, 'public');
  return revision;
}

/** Publishes weights as `<name>/model` and commits them under the account's hotkey, as its miner would. */
export async function submitModel(
  net: LocalNet,
  name: string,
  weights: string,
): Promise<{ repo: RepoId; revision: Revision; commitBlock: number }> {
  const { token, hotkey } = net.account(name);
  const repo = `${name}/model` as RepoId;
  const hub = new Hub({ endpoint: net.hubUrl, token });
  try {
    const revision = await publishModel(hub, { repo, weights });
    const digest = await digestOf(weights, hotkey);
    return {
      repo,
      revision,
      commitBlock: await net.commit(name, formatCommitment({ repo, revision, digest })),
    };
  } finally {
    await hub.close();
  }
}

/** A store of models with room enough. */
export function openModels(
  directory: string,
  hub: ModelStoreSettings['hub'],
  over: Partial<ModelStoreSettings> = {},
): Promise<ModelStore> {
  return ModelStore.open({ directory, hub, maxBytes: 1e9, spareBytes: 0, ...over });
}

/** The digest that a hotkey has to commit for a file. */
export async function digestOf(weights: string, hotkey: Hotkey): Promise<Digest> {
  return modelDigest(await sha256File(weights), hotkey);
}
