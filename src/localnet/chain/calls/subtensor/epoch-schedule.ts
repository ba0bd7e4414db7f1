import { SubtensorItems } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';

/** The longest tempo, and the most blocks without an epoch before one is forced (subtensor MAX_TEMPO). */
export const MAX_TEMPO = 50_400;

/** What of a subnet decides when its next epoch fires. */
export interface EpochSchedule {
  readonly tempo: number;
  readonly lastEpochBlock: bigint;
  readonly pendingEpochAt: bigint;
  readonly blocksSinceLastStep: bigint;
}

/** Whether an epoch fires at `block` (stateful epochs: subtensor should_run_epoch). */
export function epochDue(schedule: EpochSchedule, block: number): boolean {
  const now = BigInt(block);
  const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = schedule;
  if (tempo === 0) return false;
  if (pendingEpochAt > 0n && now >= pendingEpochAt) return true;
  return blocksSinceLastStep > BigInt(MAX_TEMPO) || now - lastEpochBlock >= BigInt(tempo);
}

/** The first block at which the next epoch fires; undefined when the tempo is 0. */
export function nextEpochBlock(schedule: EpochSchedule): bigint | undefined {
  if (schedule.tempo === 0) return undefined;
  const regular = schedule.lastEpochBlock + BigInt(schedule.tempo);
  const { pendingEpochAt } = schedule;
  return pendingEpochAt > 0n && pendingEpochAt < regular ? pendingEpochAt : regular;
}

/** Blocks until the tempo has passed, whatever an owner triggered before; undefined when the tempo is 0. */
export function blocksUntilAutoEpoch(schedule: EpochSchedule, block: number): bigint | undefined {
  if (schedule.tempo === 0) return undefined;
  const left = schedule.lastEpochBlock + BigInt(schedule.tempo) - BigInt(block);
  return left > 0n ? left : 0n;
}

export function epochSchedule(storage: StorageReader, netuid: number): EpochSchedule {
  return {
    tempo: storage.get(SubtensorItems.tempo, netuid),
    lastEpochBlock: storage.get(SubtensorItems.lastEpochBlock, netuid),
    pendingEpochAt: storage.get(SubtensorItems.pendingEpochAt, netuid),
    blocksSinceLastStep: storage.get(SubtensorItems.blocksSinceLastStep, netuid),
  };
}

/**
 * The epoch that a commit or a reveal at `block` belongs to (subtensor current_epoch_with_lookahead): the counter, and
 * one more while an epoch is due that has not been run, because reveals come before it in a block.
 */
export function epochWithLookahead(storage: StorageReader, netuid: number, block: number): bigint {
  const index = storage.get(SubtensorItems.subnetEpochIndex, netuid);
  return epochDue(epochSchedule(storage, netuid), block) ? index + 1n : index;
}

/** Subnets whose epoch is due at `block` but has to wait, because MaxEpochsPerBlock others come first. */
export function deferredEpochs(
  storage: StorageReader,
  netuids: readonly number[],
  block: number,
): ReadonlySet<number> {
  const due = netuids.filter((netuid) => epochDue(epochSchedule(storage, netuid), block));
  return new Set(due.slice(storage.get(SubtensorItems.maxEpochsPerBlock)));
}

/** Blocks a validator may be silent: factor x tempo / 1000, at least one. */
export function activityCutoff(storage: StorageReader, netuid: number): number {
  const factor = storage.get(SubtensorItems.activityCutoffFactorMilli, netuid);
  return Math.max(1, Math.floor((factor * storage.get(SubtensorItems.tempo, netuid)) / 1000));
}
