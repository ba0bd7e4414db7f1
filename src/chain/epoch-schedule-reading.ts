import { type Log, silentLog } from '../common/log.js';
import type { BlockState } from './block-state.js';
import { type EpochSchedule, nextEpochBlock } from './epoch-schedule.js';
import { asNumber } from './json-shape.js';

/**
 * A subnet's epoch schedule at one block, checked against the runtime's own forecast where it gives one.
 * @throws HealthTensorError CHAIN_BAD_ANSWER; outages
 */
export async function readEpochSchedule(
  state: BlockState,
  netuid: number,
  log: Log = silentLog,
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
  const schedule: EpochSchedule = {
    kind: 'stateful',
    ...common,
    lastEpochBlock: asNumber(last, 'LastEpochBlock'),
    pendingEpochAt: asNumber(pending ?? 0, 'PendingEpochAt'),
    epochIndex: asNumber(index, 'SubnetEpochIndex'),
    blocksSinceLastStep: asNumber(sinceStep ?? 0, 'BlocksSinceLastStep'),
  };
  if (schedule.tempo > 0) await compareWithForecast(state, netuid, schedule, log);
  return schedule;
}

/** Two ways to the same block: when they part, the chain's rule has changed and our reveal rounds may be wrong. */
async function compareWithForecast(
  state: BlockState,
  netuid: number,
  schedule: EpochSchedule,
  log: Log,
): Promise<void> {
  const forecast = await state.call('subnetInfoRuntimeApi', 'getNextEpochStartBlock', netuid);
  if (forecast === undefined || forecast === null) return;
  // An epoch that is overdue fires in the next block.
  const theirs = Math.max(asNumber(forecast, 'the next epoch'), schedule.head + 1);
  const ours = nextEpochBlock(schedule);
  if (theirs !== ours) {
    log.warning(
      `The chain expects the next epoch of subnet ${netuid} in block ${theirs}, we in block ${ours}: ` +
        'weights may be revealed late. Check for a newer HealthTensor.',
    );
  }
}
