import type { BlockState } from './block-state.js';
import { nextEpochBlock } from './epoch-schedule.js';
import { readEpochSchedule } from './epoch-schedule-reading.js';
import { asNumber, asRecord } from './json-shape.js';

/** A commitment counts as at least this many bytes (pallet_commitments, min_used_space). */
const LEAST_COUNTED_BYTES = 100;

/** What a hotkey may still commit on a subnet before the next epoch, counted for the block after the head. */
export interface CommitmentBudget {
  /** Bytes that an epoch allows (Commitments.MaxSpace). */
  readonly maxBytes: number;
  readonly usedBytes: number;
  /** The block in which the count begins anew; undefined when the subnet has no epochs. */
  readonly nextEpochBlock: number | undefined;
}

/**
 * The budget of a hotkey; undefined when this runtime counts in another way, or not at all.
 * @throws HealthTensorError CHAIN_BAD_ANSWER; outages
 */
export async function readCommitmentBudget(
  state: Pick<BlockState, 'block' | 'values'>,
  netuid: number,
  hotkey: string,
): Promise<CommitmentBudget | undefined> {
  const [max, used, index] = await state.values([
    ['commitments', 'maxSpace'],
    ['commitments', 'usedSpaceOf', netuid, hotkey],
    ['subtensorModule', 'subnetEpochIndex', netuid],
  ]);
  if (max === undefined || index === undefined) return undefined;
  const head = state.block.number;
  const nextEpoch = nextEpochBlock(await readEpochSchedule(state, netuid));
  // An epoch that is due runs at the start of the next block, before anything that is sent.
  const due = nextEpoch === head + 1;
  const epoch = asNumber(index, 'SubnetEpochIndex') + (due ? 1 : 0);
  const tracker = used === undefined ? {} : asRecord(used, 'used space');
  const counts = asNumber(tracker['lastEpoch'] ?? 0, 'an epoch') === epoch;
  return {
    maxBytes: asNumber(max, 'MaxSpace'),
    usedBytes: counts ? asNumber(tracker['usedSpace'] ?? 0, 'used space') : 0,
    nextEpochBlock: nextEpoch,
  };
}

/** How many more commitments of `bytes` bytes fit before the next epoch. */
export function commitmentsLeft({ maxBytes, usedBytes }: CommitmentBudget, bytes: number): number {
  return Math.max(0, Math.floor((maxBytes - usedBytes) / Math.max(bytes, LEAST_COUNTED_BYTES)));
}

/** One line for the miner. */
export function explainBudget(budget: CommitmentBudget, bytes: number): string {
  const { maxBytes, usedBytes } = budget;
  const left = commitmentsLeft(budget, bytes);
  const some = left === 1 ? '1 more commitment of ours fits' : `${left} more commitments of ours fit`;
  const fit = left === 0 ? 'no more commitment fits' : some;
  const next =
    budget.nextEpochBlock === undefined
      ? 'the subnet has no epochs, so that none is given back'
      : `the next epoch begins in block ${budget.nextEpochBlock}`;
  return `${usedBytes} of the ${maxBytes} bytes that the chain takes of a hotkey in an epoch are used: ${fit}; ${next}`;
}
