import { mkdir } from 'node:fs/promises';
import { type Chain, connectChain, endOnStandstill, type KeyOpening, loadHotkey } from '../chain/index.js';
import { Closing, type Hotkey, type Log } from '../common/index.js';
import { lockState } from '../common/state-lock.js';
import { cacheFolderOf, findSources, readEntries } from '../dataset/index.js';
import { openDevice } from '../engine/index.js';
import { Hub } from '../hub/index.js';
import { Comparisons } from './comparisons.js';
import { DatasetRefresh } from './dataset-refresh.js';
import { EvaluationData } from './evaluation-data.js';
import { Grace } from './grace.js';
import { runRounds } from './loop.js';
import { EvaluationWorkers } from './isolation/evaluation-workers.js';
import { ModelStore } from './model-store.js';
import { writeReports } from './reports-file.js';
import type { ValidatorSettings } from './settings.js';
import { validatorStateDirectory, validatorStateFiles } from './state-directory.js';
import { Store } from './store.js';
import { revealNotice } from './weight-reveals.js';
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
    const device = await openDevice(settings.device);
    if (device.warning !== undefined) log.warning(device.warning);
    const refresh = new DatasetRefresh({ dataset: settings.dataset, hub: settings.hub, log });
    closing.add(() => refresh.close());
    await refresh.provide(signal);
    await checkData(settings.dataset.path, signal);
    await mkdir(files.models, { recursive: true, mode: 0o700 });
    const caches = await cacheFolderOf(settings.dataset);
    await mkdir(caches, { recursive: true });
    closing.add(lockState(directory));
    const evaluator = await EvaluationWorkers.open({
      device,
      folders: [files.models, caches],
      limits: settings.evaluation ?? {},
      log,
      signal,
    });
    closing.add(() => evaluator.close());
    log.info(`Models are evaluated in processes with ${evaluator.protections.join(', ')}`);
    if (evaluator.missing.length > 0) {
      log.warning(`This system does not isolate those processes fully: ${evaluator.missing.join('; ')}`);
    }
    chain.keepJournal(files.submissions);
    const store = new Store(files.database);
    closing.add(() => store.close());
    if (store.damaged !== undefined) {
      log.error(
        `ALARM: the state was damaged or lost. Its last good copy is in its place; rounds after it are not in the scores. What was damaged is ${store.damaged}.`,
      );
    }
    store.bindTo(await chain.blockHash(0), settings.netuid);
    log.info(
      `Validator ${ownHotkey} on subnet ${settings.netuid} of ${chain.endpoint}; ${device.description}; ` +
        `a round each ${settings.queryTime} blocks, weights each ${settings.epochLength}; state in ${directory}`,
    );
    const last = store.lastReport();
    const notice = revealNotice(store.commits.status());
    if (notice !== undefined) log.warning(notice);
    if (last !== undefined) {
      log.info(`Going on after round ${last.block} with the scores of ${last.results.length} miners`);
      await writeReports(files, store, signer);
      warnWhenBehind(await chain.blockNumber(), last.block, log);
    }
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

/** A chain whose head is before the last round is waited for; if it was started anew, for ever. */
function warnWhenBehind(head: number, lastRound: number, log: Log): void {
  if (head >= lastRound) return;
  log.warning(
    `The chain is at block ${head}, before the last round's, ${lastRound}: the node is not in sync yet, and is waited for. ` +
      'If the chain itself began anew, move the state folder away.',
  );
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
