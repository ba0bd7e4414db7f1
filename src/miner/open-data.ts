import { dirname, join } from 'node:path';
import type { Log } from '../common/index.js';
import { type Dataset, openDataset } from '../dataset/index.js';
import type { MinerSettings } from './settings.js';

/** The data set in the model's image size. @throws as openDataset */
export async function openData(settings: MinerSettings, log: Log, signal?: AbortSignal): Promise<Dataset> {
  const { path, cacheDirectory } = settings.dataset;
  return openDataset({
    path,
    imageSize: settings.spec.imageSize,
    log,
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(signal ? { signal } : {}),
  });
}

/** Where features of a frozen backbone are kept: beside the pixels that they are made of, since both can be made again. */
export function featureFolder(dataset: Dataset): string {
  return join(dirname(dataset.cachePath), 'features');
}
