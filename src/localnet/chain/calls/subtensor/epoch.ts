import { SubtensorItems } from '../../state/items.js';
import type { Storage } from '../../state/storage.js';
import { stakeWeightedConsensus, type EpochNeuron } from './consensus.js';
import { activityCutoff } from './epoch-schedule.js';
import { stakeOf } from './stake.js';

/**
 * Writes permits, incentive, dividends and emission. Emission is only reported: it is not added to anybody's stake, so
 * that miners on a chain that runs for days do not turn into validators.
 */
export function runEpoch(storage: Storage, netuid: number, block: number, blocks: bigint): void {
  const count = storage.get(SubtensorItems.subnetworkN, netuid);
  const permits = storage.get(SubtensorItems.validatorPermit, netuid);
  const lastUpdate = storage.get(SubtensorItems.lastUpdate, netuid);
  const ownerHotkey = storage.get(SubtensorItems.subnetOwnerHotkey, netuid);
  const neurons = Array.from({ length: count }, (_, uid): EpochNeuron => {
    const hotkey = storage.get(SubtensorItems.keys, netuid, uid);
    return {
      stake: stakeOf(storage, hotkey, netuid).total,
      lastUpdate: lastUpdate[uid] ?? 0n,
      registeredAt: storage.get(SubtensorItems.blockAtRegistration, netuid, uid),
      permit: permits[uid] === true,
      owner: hotkey === ownerHotkey,
      weights: storage.get(SubtensorItems.weights, netuid, uid),
    };
  });
  const result = stakeWeightedConsensus(neurons, {
    block,
    activityCutoff: activityCutoff(storage, netuid),
    maxValidators: storage.get(SubtensorItems.maxAllowedValidators, netuid),
    stakeThreshold: storage.get(SubtensorItems.stakeThreshold),
    emission: storage.get(SubtensorItems.blockEmission) * blocks,
  });
  storage.set(SubtensorItems.active, [netuid], result.active);
  storage.set(SubtensorItems.validatorPermit, [netuid], result.permits);
  storage.set(SubtensorItems.incentive, [netuid], result.incentive);
  storage.set(SubtensorItems.consensus, [netuid], result.consensus);
  storage.set(SubtensorItems.dividends, [netuid], result.dividends);
  storage.set(SubtensorItems.validatorTrust, [netuid], result.validatorTrust);
  storage.set(SubtensorItems.emission, [netuid], result.emission);
}
