import { SubtensorItems } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';
import { stakeWeightedConsensus, type EpochNeuron } from './consensus.js';
import { decayedPrice } from './registration.js';
import { stakeOf } from './stake.js';

/** An epoch starts at the latest after this many blocks without one (subtensor MAX_TEMPO). */
const LONGEST_EPOCH_BLOCKS = 50_400n;

/** What of a subnet decides when its next epoch fires. */
export interface EpochSchedule {
  readonly tempo: number;
  readonly lastEpochBlock: bigint;
  readonly pendingEpochAt: bigint;
  readonly blocksSinceLastStep: bigint;
}

/** Whether an epoch fires at `block` (stateful epochs, subtensor since spec 393). */
export function epochDue(schedule: EpochSchedule, block: number): boolean {
  const now = BigInt(block);
  const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = schedule;
  if (tempo === 0) return false;
  if (pendingEpochAt > 0n && now >= pendingEpochAt) return true;
  return blocksSinceLastStep > LONGEST_EPOCH_BLOCKS || now - lastEpochBlock >= BigInt(tempo);
}

export function epochSchedule(storage: StorageReader, netuid: number): EpochSchedule {
  return {
    tempo: storage.get(SubtensorItems.tempo, netuid),
    lastEpochBlock: storage.get(SubtensorItems.lastEpochBlock, netuid),
    pendingEpochAt: storage.get(SubtensorItems.pendingEpochAt, netuid),
    blocksSinceLastStep: storage.get(SubtensorItems.blocksSinceLastStep, netuid),
  };
}

/** The first block at which the next epoch fires; undefined when the tempo is 0. */
export function nextEpochBlock(schedule: EpochSchedule): bigint | undefined {
  if (schedule.tempo === 0) return undefined;
  const regular = schedule.lastEpochBlock + BigInt(schedule.tempo);
  const { pendingEpochAt } = schedule;
  return pendingEpochAt > 0n && pendingEpochAt < regular ? pendingEpochAt : regular;
}

/** Blocks a validator may be silent: factor x tempo / 1000. */
export function activityCutoff(storage: StorageReader, netuid: number): number {
  const factor = storage.get(SubtensorItems.activityCutoffFactorMilli, netuid);
  return Math.floor((factor * storage.get(SubtensorItems.tempo, netuid)) / 1000);
}

/** What a subnet does at the start of every block: its price decays, and its epoch runs when it is due. */
export function onBlockStart(storage: Storage, netuid: number, block: number): void {
  const price = storage.get(SubtensorItems.burn, netuid);
  const halfLife = storage.get(SubtensorItems.burnHalfLife, netuid);
  const decayed = decayedPrice(price, halfLife, storage.get(SubtensorItems.minBurn, netuid));
  if (decayed !== price) storage.set(SubtensorItems.burn, [netuid], decayed);
  const schedule = epochSchedule(storage, netuid);
  if (!epochDue(schedule, block)) {
    storage.set(SubtensorItems.blocksSinceLastStep, [netuid], schedule.blocksSinceLastStep + 1n);
    return;
  }
  runEpoch(storage, netuid, block, schedule.blocksSinceLastStep + 1n);
  storage.set(SubtensorItems.lastEpochBlock, [netuid], BigInt(block));
  storage.set(SubtensorItems.lastStepBlock, [netuid], BigInt(block));
  storage.set(
    SubtensorItems.subnetEpochIndex,
    [netuid],
    storage.get(SubtensorItems.subnetEpochIndex, netuid) + 1n,
  );
  storage.set(SubtensorItems.blocksSinceLastStep, [netuid], 0n);
  if (schedule.pendingEpochAt > 0n) storage.set(SubtensorItems.pendingEpochAt, [netuid], 0n);
}

/**
 * Writes permits, incentive, dividends and emission. Emission is only reported: it is not added to anybody's stake, so
 * that miners on a chain that runs for days do not turn into validators.
 */
function runEpoch(storage: Storage, netuid: number, block: number, blocks: bigint): void {
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
