import { type Chain, connectChain, endOnStandstill, type KeyOpening, loadHotkey } from '../chain/index.js';
import { Closing, type Hotkey, type Log } from '../common/index.js';
import { findSources, readEntries } from '../dataset/index.js';
import { openDevice } from '../engine/index.js';
import { Hub } from '../hub/index.js';
import { Comparisons } from './comparisons.js';
import { DatasetRefresh } from './dataset-refresh.js';
import { EvaluationData } from './evaluation-data.js';
import { Grace } from './grace.js';
import { runRounds } from './loop.js';
import { EvaluationWorkers } from './isolation/evaluation-workers.js';
import { ModelStore } from './model-store.js';
import { openState } from './open-state.js';
import type { ValidatorSettings } from './settings.js';
import { validatorStateDirectory, validatorStateFiles } from './state-directory.js';
import { notRegistered } from './weight-setting.js';

/**
 * Runs a validator until the signal is aborted or `settings.rounds` rounds are over. An abort ends it between two
 * steps, with everything written, and is not an error.
 * @throws HealthTensorError when it cannot start, or cannot go on
 */
export async function runValidator(
  settings: ValidatorSettings,
  o: { log: Log; signal?: AbortSignal; opening?: KeyOpening },
): Promise<void> {
  try {
    await validate(settings, o);
  } catch (error) {
    if (o.signal?.aborted && error === o.signal.reason) {
      o.log.info('Stopped. Scores are kept; start again to go on.');
      return;
    }
    throw error;
  }
}

async function validate(
  settings: ValidatorSettings,
  { log, signal: stop, opening }: { log: Log; signal?: AbortSignal; opening?: KeyOpening },
): Promise<void> {
  const { signal, onStandstill } = endOnStandstill(stop, 'always');
  const directory = validatorStateDirectory(settings);
  const files = validatorStateFiles(directory);
  const signer = await loadHotkey(settings.wallet, { log, signal, ...opening });
  const ownHotkey = signer.address as Hotkey;
  const { endpoints } = settings;
  const chain = await connectChain({ endpoints, log, signal, onStandstill });
  // Never with the data set's token: it must not reach strangers' repositories.
  const { endpoint, downloadHosts } = settings.hub;
  const hub = new Hub({ endpoint, token: settings.models.token, downloadHosts, log });
  const closing = new Closing();
  closing.add(() => chain.close());
  closing.add(() => hub.close());
  try {
    await checkSubnet(chain, settings, ownHotkey, log);
    const store = await openState(directory, { chain, netuid: settings.netuid, signer, closing, log });
    const device = await openDevice(settings.device);
    if (device.warning !== undefined) log.warning(device.warning);
    const refresh = new DatasetRefresh({ dataset: settings.dataset, hub: settings.hub, log });
    closing.add(() => refresh.close());
    await refresh.provide(signal);
    await checkData(settings.dataset.path, signal);
    const evaluator = await EvaluationWorkers.open({
      device,
      limits: settings.evaluation ?? {},
      log,
      signal,
    });
    closing.add(() => evaluator.close());
    log.info(`Models are evaluated in processes with ${evaluator.protections.join(', ')}`);
    if (evaluator.missing.length > 0) {
      log.warning(`This system does not isolate those processes fully: ${evaluator.missing.join('; ')}`);
    }
    log.info(
      `Validator ${ownHotkey} on subnet ${settings.netuid} of ${chain.endpoint}; ${device.description}; ` +
        `a round each ${settings.queryTime} blocks, weights each ${settings.epochLength}; state in ${directory}`,
    );
    const { maxBytes } = settings.models;
    const models = await ModelStore.open({ directory: files.models, hub, maxBytes });
    closing.add(() => models.close());
    await runRounds({
      chain,
      signer,
      ownHotkey,
      store,
      models,
      grace: new Grace(),
      data: new EvaluationData(settings.dataset, log),
      refresh,
      evaluator,
      screens: device.bfloat16 ?? false,
      comparisons: new Comparisons(store.evaluations),
      settings,
      files,
      log,
      signal,
    });
  } finally {
    await closing.closeAll(log);
  }
}

/** Says at the start what would make every weight setting fail. */
async function checkSubnet(
  chain: Chain,
  { netuid, disableSetWeights }: ValidatorSettings,
  ownHotkey: Hotkey,
  log: Log,
): Promise<void> {
  const metagraph = await chain.metagraph(netuid);
  const own = metagraph.neurons.find(({ hotkey }) => hotkey === ownHotkey);
  if (own === undefined) throw notRegistered(ownHotkey, netuid);
  if (disableSetWeights) {
    log.warning('Weights are not set (--neuron.disable_set_weights).');
    return;
  }
  if (!own.validatorPermit) {
    log.warning(
      `Uid ${own.uid} has no validator permit on subnet ${netuid}: add stake; until the next epoch grants one the chain refuses its weights.`,
    );
  }
}

/**
 * Says now what would make every round fail once there is a model to evaluate. Any size does: no image is read.
 * @throws HealthTensorError DATASET_MISSING, DATASET_UNREADABLE, DATASET_EMPTY
 */
async function checkData(path: string, signal?: AbortSignal): Promise<void> {
  await findSources(path, await readEntries(path, signal), 32, signal);
}
