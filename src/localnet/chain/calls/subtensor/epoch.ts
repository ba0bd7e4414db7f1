import { SubtensorItems } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';
import { takeEmission } from './coinbase.js';
import { activityCutoff } from './epoch-schedule.js';
import { pendingCommits } from './pending-commits.js';
import { stakeOf } from './stake.js';
import { yumaConsensus } from './yuma/consensus.js';
import type { EpochNeuron, EpochSettings } from './yuma/neuron.js';
import { U16_MAX } from './yuma/shares.js';

const MILLIONTHS = 1_000_000;

function neuronsOf(storage: StorageReader, netuid: number): EpochNeuron[] {
  const permits = storage.get(SubtensorItems.validatorPermit, netuid);
  const lastUpdate = storage.get(SubtensorItems.lastUpdate, netuid);
  const ownerHotkey = storage.get(SubtensorItems.subnetOwnerHotkey, netuid);
  const commits = pendingCommits(storage, netuid);
  return Array.from({ length: storage.get(SubtensorItems.subnetworkN, netuid) }, (_, uid): EpochNeuron => {
    const hotkey = storage.get(SubtensorItems.keys, netuid, uid);
    return {
      stake: stakeOf(storage, hotkey, netuid).total,
      lastUpdate: lastUpdate[uid] ?? 0n,
      registeredAt: storage.get(SubtensorItems.blockAtRegistration, netuid, uid),
      permit: permits[uid] === true,
      owner: hotkey === ownerHotkey,
      weights: storage.get(SubtensorItems.weights, netuid, uid),
      bonds: storage.get(SubtensorItems.bonds, netuid, uid),
      pendingCommit: commits.get(hotkey),
    };
  });
}

function settingsOf(storage: StorageReader, netuid: number, block: number): Omit<EpochSettings, 'emission'> {
  const lastStep = storage.get(SubtensorItems.lastStepBlock, netuid);
  const tempo = BigInt(storage.get(SubtensorItems.tempo, netuid));
  return {
    block,
    activityCutoff: activityCutoff(storage, netuid),
    maxValidators: storage.get(SubtensorItems.maxAllowedValidators, netuid),
    stakeThreshold: storage.get(SubtensorItems.stakeThreshold),
    kappa: storage.get(SubtensorItems.kappa, netuid) / U16_MAX,
    bondsMovingAverage: Number(storage.get(SubtensorItems.bondsMovingAverage, netuid)) / MILLIONTHS,
    bondsPenalty: storage.get(SubtensorItems.bondsPenalty, netuid) / U16_MAX,
    yuma3: storage.get(SubtensorItems.yuma3, netuid),
    bondsSince: lastStep === 0n ? BigInt(block) - tempo : lastStep + 1n,
  };
}

/**
 * Writes permits, bonds, incentive, dividends and emission. Emission is only reported: it is not added to anybody's
 * stake, so that miners on a chain that runs for days do not turn into validators.
 */
export function runEpoch(storage: Storage, netuid: number, block: number): void {
  const emission = takeEmission(storage, netuid);
  const neurons = neuronsOf(storage, netuid);
  const result = yumaConsensus(neurons, { ...settingsOf(storage, netuid, block), emission });
  storage.set(SubtensorItems.active, [netuid], result.active);
  storage.set(SubtensorItems.validatorPermit, [netuid], result.permits);
  storage.set(SubtensorItems.stakeWeight, [netuid], result.stakeWeight);
  storage.set(SubtensorItems.incentive, [netuid], result.incentive);
  storage.set(SubtensorItems.consensus, [netuid], result.consensus);
  storage.set(SubtensorItems.dividends, [netuid], result.dividends);
  storage.set(SubtensorItems.validatorTrust, [netuid], result.validatorTrust);
  storage.set(SubtensorItems.emission, [netuid], result.emission);
  for (const [uid, bonds] of result.bonds.entries()) {
    const changed = bonds.length > 0 || (neurons[uid]?.bonds.length ?? 0) > 0;
    if (changed) storage.set(SubtensorItems.bonds, [netuid, uid], bonds);
  }
}
