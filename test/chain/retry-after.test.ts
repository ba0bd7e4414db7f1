import { describe, expect, test } from '@jest/globals';
import type { BlockState, StorageQuery } from '../../src/chain/block-state.js';
import { withRetryAfter } from '../../src/chain/retry-after.js';
import { refusal } from '../../src/chain/submission.js';

const HOTKEY = '5Alice';
/** A state with these items, whatever their keys. */
const stateOf = (items: Readonly<Record<string, unknown>>, number = 100) =>
  ({
    block: { number, hash: '0x' },
    value: (_pallet: string, item: string) => Promise.resolve(items[item]),
    values: (queries: readonly StorageQuery[]) => Promise.resolve(queries.map(([, item]) => items[item])),
  }) as unknown as BlockState;

const wait = async (
  name: string,
  items: Readonly<Record<string, unknown>>,
  netuid: number | undefined = 31,
) =>
  (await withRetryAfter(refusal('failed', name, 'x'), stateOf(items), { netuid, hotkey: HOTKEY }))
    .retryAfterBlocks;

describe('how many blocks to wait', () => {
  const weights = { weightsSetRateLimit: 100, uids: 1, lastUpdate: [3, 90] };
  const epochs = { tempo: 20, subnetEpochIndex: 4, lastEpochBlock: 95, pendingEpochAt: 0 };
  test.each([
    ['SettingWeightsTooFast', weights, 89], // next block 101; 190 is the first that may
    ['CommittingWeightsTooFast', weights, 89],
    ['RateLimitExceeded', weights, 89],
    ['SettingWeightsTooFast', { ...weights, lastUpdate: [3, 1] }, 1], // over meanwhile
    ['ServingRateLimitExceeded', { servingRateLimit: '0x32', axons: { block: 80 } }, 29],
    ['TxRateLimitExceeded', { txRateLimit: 4 }, 4],
    ['SpaceLimitExceeded', epochs, 15],
    ['TooManyUnrevealedCommits', { ...epochs, pendingEpochAt: 103 }, 3],
    ['SpaceLimitExceeded', { ...epochs, tempo: 60_000, blocksSinceLastStep: 50_399 }, 2],
    ['NeuronNoValidatorPermit', { tempo: 20 }, 14], // an older runtime: (114 + 31 + 1) % 21 is 20
    ['SpaceLimitExceeded', { tempo: 0 }, 10],
    ['SettingWeightsTooFast', {}, 10],
    ['PoolFull', {}, 5],
    ['Stale', {}, 1],
  ])('after %s with %j: %i', async (name, items, expected) => {
    expect(await wait(name, items)).toBe(expected);
  });

  test('is a block when an epoch has come since it failed', async () => {
    const failedIn = (block: number) =>
      withRetryAfter({ ...refusal('failed', 'SpaceLimitExceeded', 'x'), block }, stateOf(epochs), {
        netuid: 31,
        hotkey: HOTKEY,
      });
    expect((await failedIn(94)).retryAfterBlocks).toBe(1);
    expect((await failedIn(96)).retryAfterBlocks).toBe(15);
  });

  test('is not said where waiting does not help', async () => {
    expect(await wait('IncorrectWeightVersionKey', weights)).toBeUndefined();
    expect(await wait('NeverHeardOf', weights)).toBeUndefined();
  });

  test('is a guess without a subnet', async () => {
    const failure = refusal('failed', 'SpaceLimitExceeded', 'x');
    const state = stateOf({ tempo: 20 });
    expect(
      (await withRetryAfter(failure, state, { netuid: undefined, hotkey: HOTKEY })).retryAfterBlocks,
    ).toBe(10);
  });

  test('is one block for what may have been bad luck', async () => {
    const failure = refusal('timed-out', 'CHAIN_REFUSED', 'x', true);
    expect(
      (await withRetryAfter(failure, stateOf({}), { netuid: 31, hotkey: HOTKEY })).retryAfterBlocks,
    ).toBe(1);
  });

  test('what is known already is kept', async () => {
    const failure = { ...refusal('rejected', 'SettingWeightsTooFast', 'x'), retryAfterBlocks: 3 };
    expect(await withRetryAfter(failure, stateOf(weights), { netuid: 31, hotkey: HOTKEY })).toBe(failure);
  });
});

test('a refusal has the remedy of the catalogue, and says whether a retry can succeed', () => {
  expect(refusal('rejected', 'BalanceTooLow', 'x')).toMatchObject({
    retryable: false,
    remedy: expect.stringMatching(/TAO/),
  });
  expect(refusal('rejected', 'PoolFull', 'x')).toMatchObject({ retryable: true, retryAfterBlocks: 5 });
  expect(refusal('rejected', 'constructor', 'x')).toEqual({
    ...{ ok: false, kind: 'rejected', name: 'constructor', detail: 'x', retryable: false },
  });
});
