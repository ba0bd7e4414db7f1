import type { BlockState } from './block-state.js';
import { catalogueEntry } from './error-catalogue.js';
import { hadEpochSince, nextEpochBlock } from './epoch-schedule.js';
import { readEpochSchedule } from './epoch-schedule-reading.js';
import { asArray, asNumber, asRecord } from './json-shape.js';
import type { FailedSubmission } from './submission.js';

/** When the chain's own numbers do not tell. */
const UNKNOWN_WAIT = 10;

/**
 * The failure with the number of blocks from `head` until the same submission can succeed, by the chain's rate limits
 * and epochs; as it is when that is known already, or when nothing but a change can make it succeed.
 * @throws HealthTensorError CHAIN_BAD_ANSWER; outages
 */
export async function withRetryAfter(
  failure: FailedSubmission,
  head: BlockState,
  about: { netuid: number | undefined; hotkey: string },
): Promise<FailedSubmission> {
  if (!failure.retryable || failure.retryAfterBlocks !== undefined) return failure;
  const { netuid, hotkey } = about;
  const retry = catalogueEntry(failure.name)?.retry;
  let blocks: number | undefined;
  if (netuid !== undefined && retry === 'epoch') blocks = await untilNextEpoch(head, netuid, failure.block);
  if (netuid !== undefined && retry === 'rate-limit')
    blocks = await untilAllowed(head, failure.name, netuid, hotkey);
  return {
    ...failure,
    retryAfterBlocks: Math.max(1, blocks ?? (failure.kind === 'timed-out' ? 1 : UNKNOWN_WAIT)),
  };
}

async function untilAllowed(
  head: BlockState,
  name: string,
  netuid: number,
  hotkey: string,
): Promise<number | undefined> {
  if (name === 'TxRateLimitExceeded') return numberOf(await head.value('subtensorModule', 'txRateLimit'));
  if (name === 'ServingRateLimitExceeded') {
    const [limit, axon] = await head.values([
      ['subtensorModule', 'servingRateLimit', netuid],
      ['subtensorModule', 'axons', netuid, hotkey],
    ]);
    const last = axon === undefined ? undefined : numberOf(asRecord(axon, 'an axon')['block']);
    return left(head, last, numberOf(limit));
  }
  if (name !== 'SettingWeightsTooFast' && name !== 'CommittingWeightsTooFast' && name !== 'RateLimitExceeded')
    return undefined;
  const [limit, uid, updates] = await head.values([
    ['subtensorModule', 'weightsSetRateLimit', netuid],
    ['subtensorModule', 'uids', netuid, hotkey],
    ['subtensorModule', 'lastUpdate', netuid],
  ]);
  const last = uid === undefined ? undefined : asArray(updates ?? [], 'LastUpdate')[asNumber(uid, 'a uid')];
  return left(head, numberOf(last), numberOf(limit));
}

/** The next block is the first in which a submission can be. */
function left(head: BlockState, last: number | undefined, limit: number | undefined): number | undefined {
  return last === undefined || limit === undefined ? undefined : last + limit - (head.block.number + 1);
}

/** Blocks until the epoch after that of block `failedIn`, or of the head, has begun; undefined when there are none. */
async function untilNextEpoch(
  head: BlockState,
  netuid: number,
  failedIn: number | undefined,
): Promise<number | undefined> {
  const schedule = await readEpochSchedule(head, netuid);
  if (failedIn !== undefined && hadEpochSince(schedule, failedIn)) return 1;
  const next = nextEpochBlock(schedule);
  return next === undefined ? undefined : next - schedule.head;
}

function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : asNumber(value, 'a number of blocks');
}
