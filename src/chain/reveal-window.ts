import type { BlockState } from './block-state.js';
import { predictReveal, type RevealWindow } from './epoch-schedule.js';
import { readEpochSchedule } from './epoch-schedule-reading.js';
import { readHyperparameters } from './hyperparameters.js';
import type { WeightCommit } from './weight-commit.js';

/** The reveal window of a commit that is in the block of `state`. @throws HealthTensorError NO_EPOCHS; outages */
export async function windowAt(
  state: BlockState,
  { netuid, method }: Pick<WeightCommit, 'netuid' | 'method'>,
): Promise<RevealWindow> {
  const { revealPeriodEpochs: period } = await readHyperparameters(state, netuid);
  const schedule = await readEpochSchedule(state, netuid);
  return predictReveal(schedule, { commitBlock: state.block.number, period, salted: method === 'salted' });
}
