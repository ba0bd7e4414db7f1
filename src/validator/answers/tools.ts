import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Closing, HealthTensorError, type Log } from '../../common/index.js';
import { defaultCacheFolder } from '../../dataset/index.js';
import { type DeviceRequest, openDevice } from '../../engine/index.js';
import { Hub } from '../../hub/index.js';
import { EvaluationData } from '../evaluation-data.js';
import { EvaluationWorkers } from '../isolation/evaluation-workers.js';
import type { ModelEvaluator } from '../model-evaluator.js';
import { ModelStore } from '../model-store.js';

/** Room for some of the largest models: each may go when it has been judged. */
const MAX_MODELS_BYTES = 4 * 2 ** 30;

export interface ToolSettings {
  readonly device: DeviceRequest;
  readonly dataset: { readonly path: string; readonly cacheDirectory?: string | undefined } | undefined;
  readonly hub: { readonly endpoint: string; readonly downloadHosts: readonly string[] | undefined };
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** What a validator judges with: its store of models, its evaluation processes and its images. */
export interface Tools {
  readonly models: ModelStore;
  readonly evaluator: ModelEvaluator;
  /** Undefined without a data set. */
  readonly data: EvaluationData | undefined;
}

/**
 * Lends the validator's own tools to `use`, with a store of models that is gone afterwards. The hub is asked without a token,
 * as validators ask it.
 * @throws HealthTensorError DATASET_MISSING, or when engine or device cannot be had; whatever `use` throws
 */
export async function withTools<T>(settings: ToolSettings, use: (tools: Tools) => Promise<T>): Promise<T> {
  const { dataset, log, signal } = settings;
  const closing = new Closing();
  try {
    const cache = dataset && (await cacheFolderOf(dataset));
    const device = await openDevice(settings.device);
    if (device.warning !== undefined) log.warning(device.warning);
    const directory = await mkdtemp(join(tmpdir(), 'healthtensor-models-'));
    closing.add(() => rm(directory, { recursive: true, force: true }));
    const hub = new Hub({ ...settings.hub, log });
    closing.add(() => hub.close());
    const models = await ModelStore.open({ directory, hub, maxBytes: MAX_MODELS_BYTES });
    closing.add(() => models.close());
    const evaluator = await EvaluationWorkers.open({
      device,
      log,
      ...(signal ? { signal } : {}),
    });
    closing.add(() => evaluator.close());
    const data = dataset && new EvaluationData({ path: dataset.path, cacheDirectory: cache }, log);
    return await use({ models, evaluator, data });
  } finally {
    await closing.closeAll(log);
  }
}

/** Where the data set's pixels are kept. */
async function cacheFolderOf(dataset: NonNullable<ToolSettings['dataset']>): Promise<string> {
  const real = await realpath(dataset.path).catch((cause: unknown) => {
    throw new HealthTensorError('DATASET_MISSING', `There is no data set in ${dataset.path}`, {
      remedy: 'Give its folder with --dataset.path.',
      cause,
    });
  });
  return dataset.cacheDirectory ?? defaultCacheFolder(real);
}
