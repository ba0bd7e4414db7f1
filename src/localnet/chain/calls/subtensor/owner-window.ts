import { SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import { DispatchFailure, ensureSubtensor } from '../dispatch-error.js';
import { blocksUntilAutoEpoch, type EpochSchedule, epochSchedule } from './epoch-schedule.js';

/** Only the subnet's owner goes on; BadOrigin for all others, also on a subnet that is not there. */
export function ensureOwner(storage: StorageReader, who: Account, netuid: number): void {
  if (storage.get(SubtensorItems.subnetOwner, netuid) !== who)
    throw new DispatchFailure({ other: 'BadOrigin' });
}

/**
 * Whether owners have to keep their hands off at `block`: in the last `window` blocks before an epoch, and from the
 * moment on that an epoch was triggered (subtensor is_in_admin_freeze_window).
 */
export function frozen(schedule: EpochSchedule, window: number, block: number): boolean {
  const left = blocksUntilAutoEpoch(schedule, block);
  if (left === undefined) return false;
  return schedule.pendingEpochAt > BigInt(block) || left < BigInt(window);
}

/** Throws DispatchFailure while owners have to keep their hands off the subnet. */
export function ensureWindowOpen(storage: StorageReader, netuid: number, block: number): void {
  const closed = frozen(epochSchedule(storage, netuid), storage.get(SubtensorItems.adminFreezeWindow), block);
  ensureSubtensor(closed ? 'AdminActionProhibitedDuringWeightsWindow' : undefined);
}
