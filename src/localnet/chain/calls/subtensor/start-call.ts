import { SubtensorItems } from '../../state/items.js';
import type { Call } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { ensureOwner } from './owner-window.js';

/** Starts a new subnet: from now on its token can be staked, and emission flows. */
export const startCall: Call<{ readonly netuid: number }> = {
  class: 'Normal',
  pays: true,
  dispatch({ storage, block, deposit }, owner, { netuid }) {
    const { networksAdded, firstEmissionBlock, networkRegisteredAt, startCallDelay } = SubtensorItems;
    ensureSubtensor(storage.get(networksAdded, netuid) ? undefined : 'SubnetNotExists');
    ensureOwner(storage, owner, netuid);
    const started = storage.get(firstEmissionBlock, netuid) !== undefined;
    ensureSubtensor(started ? 'FirstEmissionBlockNumberAlreadySet' : undefined);
    const earliest = storage.get(networkRegisteredAt, netuid) + storage.get(startCallDelay);
    ensureSubtensor(BigInt(block) < earliest ? 'NeedWaitingMoreBlocksToStarCall' : undefined);
    storage.set(firstEmissionBlock, [netuid], BigInt(block + 1));
    storage.set(SubtensorItems.subtokenEnabled, [netuid], true);
    deposit('SubtensorModule', 'FirstEmissionBlockNumberSet', [netuid, block + 1]);
  },
};
