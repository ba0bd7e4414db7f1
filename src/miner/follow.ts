import { mkdir } from 'node:fs/promises';
import type { Log } from '../common/index.js';
import { followTraining, gpusOf, type Launch, openDevice } from '../engine/index.js';
import { featureFolder, openData } from './open-data.js';
import type { MinerSettings } from './settings.js';

/**
 * Trains along with the miner that leads, in a process that a launcher such as torchrun has started. It needs the data set
 * and the same settings, and neither wallet nor token: the leader alone talks to chain and Hub, and writes the state.
 * @throws as the engine's followTraining
 */
export async function followMiner(
  settings: MinerSettings,
  launch: Launch & { kind: 'member' },
  { log, signal }: { log: Log; signal?: AbortSignal | undefined },
): Promise<void> {
  const device = await openDevice(settings.device, gpusOf(launch));
  if (device.warning !== undefined) log.warning(device.warning);
  const dataset = await openData(settings, log, signal);
  log.info(`Training along as process ${launch.rank} of ${launch.size} on ${device.description}`);
  const featureCache = featureFolder(dataset);
  await mkdir(featureCache, { recursive: true });
  await followTraining(launch, { device, cachePath: dataset.cachePath, featureCache, signal });
  log.info('The process that leads has ended the training.');
}
