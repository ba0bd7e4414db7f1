import type { BlockState } from './block-state.js';
import { catalogueEntry } from './error-catalogue.js';
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
  if (netuid !== undefined && retry === 'epoch') blocks = await untilNextEpoch(head, netuid);
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

/** Blocks until the epoch after this one has begun; undefined when the subnet has none. */
export async function untilNextEpoch(
  head: Pick<BlockState, 'block' | 'values'>,
  netuid: number,
): Promise<number | undefined> {
  const [tempoValue, lastValue, pendingValue] = await head.values([
    ['subtensorModule', 'tempo', netuid],
    ['subtensorModule', 'lastEpochBlock', netuid],
    ['subtensorModule', 'pendingEpochAt', netuid],
  ]);
  const tempo = numberOf(tempoValue);
  if (tempo === undefined || tempo === 0) return undefined;
  const { number } = head.block;
  const last = numberOf(lastValue);
  // Before epochs were counted they came where (block + netuid + 1) is a multiple of (tempo + 1).
  if (last === undefined) return tempo + 1 - ((number + netuid + 1) % (tempo + 1));
  const pending = numberOf(pendingValue) ?? 0;
  return Math.min(pending > 0 ? pending : Infinity, last + tempo) - number;
}

function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : asNumber(value, 'a number of blocks');
}
