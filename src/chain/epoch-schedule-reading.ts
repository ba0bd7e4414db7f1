import type { Log } from '../common/log.js';
import type { BlockState } from './block-state.js';
import { type EpochSchedule, nextEpochBlock } from './epoch-schedule.js';
import { asNumber } from './json-shape.js';

/** A subnet's epoch schedule at one block. @throws HealthTensorError CHAIN_BAD_ANSWER; outages */
export async function readEpochSchedule(
  state: Pick<BlockState, 'block' | 'values'>,
  netuid: number,
): Promise<EpochSchedule> {
  const item = (name: string) => ['subtensorModule', name, netuid] as const;
  const [tempo, last, pending, index, sinceStep] = await state.values([
    item('tempo'),
    item('lastEpochBlock'),
    item('pendingEpochAt'),
    item('subnetEpochIndex'),
    item('blocksSinceLastStep'),
  ]);
  const common = { head: state.block.number, tempo: asNumber(tempo, 'Tempo') };
  if (index === undefined || last === undefined) return { kind: 'counted', netuid, ...common };
  return {
    kind: 'stateful',
    ...common,
    lastEpochBlock: asNumber(last, 'LastEpochBlock'),
    pendingEpochAt: asNumber(pending ?? 0, 'PendingEpochAt'),
    epochIndex: asNumber(index, 'SubnetEpochIndex'),
    blocksSinceLastStep: asNumber(sinceStep ?? 0, 'BlocksSinceLastStep'),
  };
}

/**
 * Compares the schedule with the runtime's own forecast, where it gives one, and warns: two ways to the same block. When
 * they part, the chain's rule has changed and our reveal rounds may be wrong.
 * @throws HealthTensorError CHAIN_BAD_ANSWER; outages
 */
export async function compareWithForecast(
  state: Pick<BlockState, 'call'>,
  netuid: number,
  schedule: EpochSchedule,
  log: Log,
): Promise<void> {
  const ours = nextEpochBlock(schedule);
  const forecast = await state.call('subnetInfoRuntimeApi', 'getNextEpochStartBlock', netuid);
  if (ours === undefined || forecast === undefined || forecast === null) return;
  // An epoch that is overdue fires in the next block.
  const theirs = Math.max(asNumber(forecast, 'the next epoch'), schedule.head + 1);
  if (theirs !== ours) {
    log.warning(
      `The chain expects the next epoch of subnet ${netuid} in block ${theirs}, we in block ${ours}: ` +
        'weights may be revealed late. Check for a newer HealthTensor.',
    );
  }
}
