import { SubtensorItems } from '../../state/items.js';
import type { CallContext } from '../call.js';
import { accrueEmission } from './coinbase.js';
import { deferredEpochs, epochDue, epochSchedule } from './epoch-schedule.js';
import { runEpoch } from './epoch.js';
import { decayPrice } from './registration-price.js';
import { revealTimelockedWeights } from './reveal-timelocked.js';

/**
 * What subnets do at the start of a block, in the order of subtensor's block_step: registration prices decay, commits
 * that are due are revealed, emission is set aside, then the epochs that are due run, MaxEpochsPerBlock of them at
 * most; the others are put off by a block.
 */
export function blockStep(context: CallContext, netuids: readonly number[]): void {
  for (const netuid of netuids) decayPrice(context.storage, netuid);
  const deferred = deferredEpochs(context.storage, netuids, context.block);
  for (const netuid of netuids) if (!deferred.has(netuid)) revealTimelockedWeights(context, netuid);
  runDueEpochs(context, netuids);
}

function runDueEpochs({ storage, block, deposit }: CallContext, netuids: readonly number[]): void {
  let places = storage.get(SubtensorItems.maxEpochsPerBlock);
  for (const netuid of netuids) {
    accrueEmission(storage, netuid);
    const waited = storage.get(SubtensorItems.blocksSinceLastStep, netuid) + 1n;
    storage.set(SubtensorItems.blocksSinceLastStep, [netuid], waited);
    if (!epochDue(epochSchedule(storage, netuid), block)) continue;
    if (places === 0) {
      storage.set(SubtensorItems.pendingEpochAt, [netuid], BigInt(block + 1));
      deposit('SubtensorModule', 'EpochDeferred', { netuid, from_block: block, to_block: block + 1 });
      continue;
    }
    places -= 1;
    const index = storage.get(SubtensorItems.subnetEpochIndex, netuid);
    storage.set(SubtensorItems.blocksSinceLastStep, [netuid], 0n);
    storage.set(SubtensorItems.lastEpochBlock, [netuid], BigInt(block));
    storage.set(SubtensorItems.pendingEpochAt, [netuid], 0n);
    storage.set(SubtensorItems.subnetEpochIndex, [netuid], index + 1n);
    runEpoch(storage, netuid, block);
    storage.set(SubtensorItems.lastStepBlock, [netuid], BigInt(block));
  }
}
