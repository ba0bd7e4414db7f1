import { activityCutoff } from '../calls/subtensor/epoch-schedule.js';
import { stakeOf } from '../calls/subtensor/stake.js';
import { hexToU8a } from '@polkadot/util';
import { SELECTIVE_METAGRAPH } from '../metadata/subtensor-types.js';
import { CommitmentsItems, SubtensorItems, type Account } from '../state/items.js';
import type { StorageReader } from '../state/storage.js';

/** The hotkeys of a subnet in the order of their uids. */
function hotkeysOf(storage: StorageReader, netuid: number): Account[] {
  const count = storage.get(SubtensorItems.subnetworkN, netuid);
  return Array.from({ length: count }, (_, uid) => storage.get(SubtensorItems.keys, netuid, uid));
}

const NO_AXON = {
  block: 0n,
  version: 0,
  ip: 0n,
  port: 0,
  ip_type: 0,
  protocol: 0,
  placeholder1: 0,
  placeholder2: 0,
};

/** NeuronInfoRuntimeApi.get_neurons_lite: the fields that the runtime deprecated (rank, trust, pruning) are 0. */
export function neuronsLite(storage: StorageReader, netuid: number): unknown[] {
  const perUid = {
    active: storage.get(SubtensorItems.active, netuid),
    emission: storage.get(SubtensorItems.emission, netuid),
    incentive: storage.get(SubtensorItems.incentive, netuid),
    consensus: storage.get(SubtensorItems.consensus, netuid),
    validator_trust: storage.get(SubtensorItems.validatorTrust, netuid),
    dividends: storage.get(SubtensorItems.dividends, netuid),
    last_update: storage.get(SubtensorItems.lastUpdate, netuid),
    validator_permit: storage.get(SubtensorItems.validatorPermit, netuid),
  };
  return hotkeysOf(storage, netuid).map((hotkey, uid) => {
    const coldkey = storage.get(SubtensorItems.owner, hotkey);
    return {
      ...Object.fromEntries(Object.entries(perUid).map(([name, values]) => [name, values[uid]])),
      hotkey,
      coldkey,
      uid,
      netuid,
      axon_info: storage.get(SubtensorItems.axons, netuid, hotkey) ?? NO_AXON,
      stake: [[coldkey, stakeOf(storage, hotkey, netuid).total]],
    };
  });
}

type Field = (typeof SELECTIVE_METAGRAPH)[number][0];
type FieldReader = (storage: StorageReader, netuid: number, block: number) => unknown;

function ofEach(
  read: (storage: StorageReader, hotkey: Account, netuid: number, uid: number) => unknown,
): FieldReader {
  return (storage, netuid) =>
    hotkeysOf(storage, netuid).map((hotkey, uid) => read(storage, hotkey, netuid, uid));
}

/** Everybody's committed registration, of former neurons too, SCALE encoded: a list of bytes each. */
function commitments(storage: StorageReader, netuid: number): unknown {
  return storage.lastKeys(CommitmentsItems.commitmentOf, netuid).map((who) => {
    const raw = storage.rawValue(CommitmentsItems.commitmentOf, netuid, who);
    return [who, [...hexToU8a(raw ?? '0x')]];
  });
}

/** How each field that this chain knows is read; the others answer None, as if they had not been asked for. */
const READERS: Partial<Record<Field, FieldReader>> = {
  owner_hotkey: (storage, netuid) => storage.get(SubtensorItems.subnetOwnerHotkey, netuid),
  owner_coldkey: (storage, netuid) => storage.get(SubtensorItems.subnetOwner, netuid),
  network_registered_at: (storage, netuid) => storage.get(SubtensorItems.networkRegisteredAt, netuid),
  block: (_storage, _netuid, block) => BigInt(block),
  tempo: (storage, netuid) => storage.get(SubtensorItems.tempo, netuid),
  last_step: (storage, netuid) => storage.get(SubtensorItems.lastStepBlock, netuid),
  blocks_since_last_step: (storage, netuid) => storage.get(SubtensorItems.blocksSinceLastStep, netuid),
  alpha_in: (storage, netuid) => storage.get(SubtensorItems.subnetAlphaIn, netuid),
  alpha_out: (storage, netuid) => storage.get(SubtensorItems.subnetAlphaOut, netuid),
  tao_in: (storage, netuid) => storage.get(SubtensorItems.subnetTao, netuid),
  pending_alpha_emission: (storage, netuid) =>
    storage.get(SubtensorItems.pendingServerEmission, netuid) +
    storage.get(SubtensorItems.pendingValidatorEmission, netuid),
  bonds_moving_avg: (storage, netuid) => storage.get(SubtensorItems.bondsMovingAverage, netuid),
  rho: (storage, netuid) => storage.get(SubtensorItems.rho, netuid),
  kappa: (storage, netuid) => storage.get(SubtensorItems.kappa, netuid),
  min_allowed_weights: (storage, netuid) => storage.get(SubtensorItems.minAllowedWeights, netuid),
  max_weights_limit: (storage, netuid) => storage.get(SubtensorItems.maxWeightsLimit, netuid),
  weights_version: (storage, netuid) => storage.get(SubtensorItems.weightsVersionKey, netuid),
  weights_rate_limit: (storage, netuid) => storage.get(SubtensorItems.weightsSetRateLimit, netuid),
  activity_cutoff: (storage, netuid) => BigInt(activityCutoff(storage, netuid)),
  max_validators: (storage, netuid) => storage.get(SubtensorItems.maxAllowedValidators, netuid),
  num_uids: (storage, netuid) => storage.get(SubtensorItems.subnetworkN, netuid),
  max_uids: (storage, netuid) => storage.get(SubtensorItems.maxAllowedUids, netuid),
  burn: (storage, netuid) => storage.get(SubtensorItems.burn, netuid),
  min_burn: (storage, netuid) => storage.get(SubtensorItems.minBurn, netuid),
  max_burn: (storage, netuid) => storage.get(SubtensorItems.maxBurn, netuid),
  registration_allowed: (storage, netuid) => storage.get(SubtensorItems.registrationAllowed, netuid),
  immunity_period: (storage, netuid) => storage.get(SubtensorItems.immunityPeriod, netuid),
  serving_rate_limit: (storage, netuid) => storage.get(SubtensorItems.servingRateLimit, netuid),
  commit_reveal_weights_enabled: (storage, netuid) => storage.get(SubtensorItems.commitRevealEnabled, netuid),
  commit_reveal_period: (storage, netuid) => storage.get(SubtensorItems.revealPeriodEpochs, netuid),
  hotkeys: hotkeysOf,
  coldkeys: ofEach((storage, hotkey) => storage.get(SubtensorItems.owner, hotkey)),
  axons: ofEach((storage, hotkey, netuid) => storage.get(SubtensorItems.axons, netuid, hotkey) ?? NO_AXON),
  active: (storage, netuid) => storage.get(SubtensorItems.active, netuid),
  validator_permit: (storage, netuid) => storage.get(SubtensorItems.validatorPermit, netuid),
  last_update: (storage, netuid) => storage.get(SubtensorItems.lastUpdate, netuid),
  emission: (storage, netuid) => storage.get(SubtensorItems.emission, netuid),
  dividends: (storage, netuid) => storage.get(SubtensorItems.dividends, netuid),
  incentives: (storage, netuid) => storage.get(SubtensorItems.incentive, netuid),
  consensus: (storage, netuid) => storage.get(SubtensorItems.consensus, netuid),
  block_at_registration: ofEach((storage, _hotkey, netuid, uid) =>
    storage.get(SubtensorItems.blockAtRegistration, netuid, uid),
  ),
  alpha_stake: ofEach((storage, hotkey, netuid) => stakeOf(storage, hotkey, netuid).alpha),
  tao_stake: ofEach((storage, hotkey, netuid) => stakeOf(storage, hotkey, netuid).tao),
  total_stake: ofEach((storage, hotkey, netuid) => stakeOf(storage, hotkey, netuid).total),
  commitments,
};

/** SubnetInfoRuntimeApi.get_selective_metagraph: only the asked fields are there; None for a subnet that is not. */
export function selectiveMetagraph(
  storage: StorageReader,
  block: number,
  netuid: number,
  indices: readonly number[],
): unknown {
  if (!storage.get(SubtensorItems.networksAdded, netuid)) return undefined;
  const answer: Record<string, unknown> = { netuid };
  // Each once: a list that repeats itself must not cost more than one that does not.
  for (const index of new Set(indices)) {
    const field = SELECTIVE_METAGRAPH[index]?.[0];
    if (field !== undefined && field !== 'netuid') answer[field] = READERS[field]?.(storage, netuid, block);
  }
  return answer;
}
