import type { DoctorSettings, IsolationFacts, RevealFacts } from '../doctor/index.js';
import { silentLog } from '../common/log.js';
import { type DeviceRequest, parseDevice } from '../engine/device-request.js';
import { pretrainedCacheFolder } from '../hub/pretrained-cache.js';
import { minerStateDirectory } from '../miner/state-directory.js';
import { validatorStateDirectory, validatorStateFiles } from '../validator/state-directory.js';
import { WEIGHTS_VERSION_KEY } from '../validator/weights.js';
import type { Values } from './options/definition.js';
import type { DOCTOR_OPTIONS } from './options/doctor.js';
import { chainEndpointsOf, walletOf } from './options/shared.js';

/** What `examine` wants, from the options. */
export function doctorSettings(options: Values<typeof DOCTOR_OPTIONS>): DoctorSettings {
  const { netuid, role, stateDir } = options;
  const wallet = walletOf(options);
  const device = parseDevice('--device', options.device);
  const state = { wallet, netuid, stateDirectory: stateDir };
  return {
    role,
    netuid,
    network: options.chainEndpoint?.join(', ') ?? options.network,
    endpoints: chainEndpointsOf(options),
    wallet,
    device,
    hub: { endpoint: options.hubEndpoint, token: options.accessToken, repo: options.repo },
    dataset: { path: options.datasetPath, link: options.datasetLink },
    folders: [
      ...(role === 'validator' ? [] : [minerStateDirectory(state)]),
      ...(role === 'miner' ? [] : [validatorStateDirectory(state)]),
      options.datasetCache ?? pretrainedCacheFolder(),
    ],
    isolation: () => isolationOf(device),
    reveals: () => revealsOf(validatorStateFiles(validatorStateDirectory(state)).database),
    versionKey: WEIGHTS_VERSION_KEY,
    epochLength: options.epochLength,
  };
}

async function revealsOf(database: string): Promise<RevealFacts | undefined> {
  // Only here: an SQLite that cannot be loaded is a finding, and does not end the others.
  const [{ readRevealStatus }, { revealNotice }] = await Promise.all([
    import('../validator/reveal-status.js'),
    import('../validator/weight-reveals.js'),
  ]);
  const status = readRevealStatus(database);
  if (status === undefined) return undefined;
  const { open, revealed, missed, missedInARow } = status;
  return { notice: revealNotice(status), open: open.length, revealed, missed, missedInARow };
}

async function isolationOf(request: DeviceRequest): Promise<IsolationFacts> {
  const [{ openDevice }, { EvaluationWorkers }] = await Promise.all([
    import('../engine/index.js'),
    import('../validator/isolation/evaluation-workers.js'),
  ]);
  const device = await openDevice(request);
  const workers = await EvaluationWorkers.open({ device, log: silentLog });
  await workers.close();
  const { protections, missing } = workers;
  return { protections, missing };
}
