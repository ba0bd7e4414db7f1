import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { Call } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { blocksUntilAutoEpoch, epochSchedule, MAX_TEMPO } from './epoch-schedule.js';
import { ensureOwner, ensureWindowOpen } from './owner-window.js';
import { MIN_TEMPO, ownerDid, ownerMay, type OwnerAction } from './rate-limits.js';

/** Least and largest activity cutoff, thousandths of the tempo. */
const MIN_CUTOFF_MILLI = 1_000;
const MAX_CUTOFF_MILLI = 50_000;

interface SetTempo {
  readonly netuid: number;
  readonly tempo: number;
}

/** The owner's tempo, within its bounds; the epoch that is going on starts anew at this block. */
export const setTempo: Call<SetTempo> = {
  class: 'Normal',
  pays: true,
  dispatch({ storage, block, deposit }, owner, { netuid, tempo }) {
    ensureOwner(storage, owner, netuid);
    ensureSubtensor(tempo < MIN_TEMPO || tempo > MAX_TEMPO ? 'TempoOutOfBounds' : undefined);
    ensureWindowOpen(storage, netuid, block);
    const inTime = ownerMay(storage, { netuid, owner }, 'TempoUpdate', block);
    ensureSubtensor(inTime ? undefined : 'TxRateLimitExceeded');
    storage.set(SubtensorItems.tempo, [netuid], tempo);
    storage.set(SubtensorItems.lastEpochBlock, [netuid], BigInt(block));
    ownerDid(storage, { netuid, owner }, 'TempoUpdate', block);
    deposit('SubtensorModule', 'TempoSet', [netuid, tempo]);
  },
};

interface SetCutoff {
  readonly netuid: number;
  readonly factor_milli: number;
}

/** How long validators may be silent, in thousandths of the tempo. */
export const setActivityCutoffFactor: Call<SetCutoff> = {
  class: 'Normal',
  pays: true,
  dispatch({ storage, block, deposit }, owner, { netuid, factor_milli }) {
    const action: OwnerAction = { hyperparameter: 'ActivityCutoffFactorMilli' };
    ensureOwner(storage, owner, netuid);
    const within = factor_milli >= MIN_CUTOFF_MILLI && factor_milli <= MAX_CUTOFF_MILLI;
    ensureSubtensor(within ? undefined : 'ActivityCutoffFactorMilliOutOfBounds');
    ensureWindowOpen(storage, netuid, block);
    const inTime = ownerMay(storage, { netuid, owner }, action, block);
    ensureSubtensor(inTime ? undefined : 'TxRateLimitExceeded');
    storage.set(SubtensorItems.activityCutoffFactorMilli, [netuid], factor_milli);
    ownerDid(storage, { netuid, owner }, action, block);
    deposit('SubtensorModule', 'ActivityCutoffFactorMilliSet', { netuid, factor_milli });
  },
};

/** Why an epoch cannot be triggered; that it comes too often is checked after. */
function triggerError(storage: StorageReader, netuid: number, block: number): SubtensorError | undefined {
  // A commit's reveal counts on the schedule that its sender saw.
  if (storage.get(SubtensorItems.commitRevealEnabled, netuid)) return 'DynamicTempoBlockedByCommitReveal';
  const schedule = epochSchedule(storage, netuid);
  if (schedule.pendingEpochAt !== 0n) return 'EpochTriggerAlreadyPending';
  const left = blocksUntilAutoEpoch(schedule, block);
  const window = BigInt(storage.get(SubtensorItems.adminFreezeWindow));
  return left !== undefined && left < window ? 'AutoEpochAlreadyImminent' : undefined;
}

/** Puts the next epoch AdminFreezeWindow blocks ahead. */
export const triggerEpoch: Call<{ readonly netuid: number }> = {
  class: 'Normal',
  pays: true,
  dispatch({ storage, block, deposit }, owner, { netuid }) {
    const action: OwnerAction = { hyperparameter: 'TriggerEpoch' };
    ensureOwner(storage, owner, netuid);
    ensureSubtensor(triggerError(storage, netuid, block));
    const inTime = ownerMay(storage, { netuid, owner }, action, block);
    ensureSubtensor(inTime ? undefined : 'TxRateLimitExceeded');
    const fires_at = BigInt(block + storage.get(SubtensorItems.adminFreezeWindow));
    storage.set(SubtensorItems.pendingEpochAt, [netuid], fires_at);
    ownerDid(storage, { netuid, owner }, action, block);
    deposit('SubtensorModule', 'EpochTriggered', { netuid, by: owner, fires_at });
  },
};
