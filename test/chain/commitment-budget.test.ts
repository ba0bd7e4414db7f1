import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import {
  type CommitmentBudget,
  commitmentsLeft,
  explainBudget,
  readCommitmentBudget,
} from '../../src/chain/commitment-budget.js';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { devAccount } from './support/accounts.js';

const NETUID = 31;

/** A state that holds these values, by item. */
const stateOf = (number: number, items: Record<string, unknown>) => ({
  block: { number, hash: '0x' },
  values: (queries: readonly (readonly unknown[])[]) =>
    Promise.resolve(queries.map(([, item]) => items[String(item)])),
});
const ITEMS = {
  maxSpace: 3100,
  usedSpaceOf: { lastEpoch: 7, usedSpace: 300 },
  subnetEpochIndex: 7,
  tempo: 20,
  lastEpochBlock: 90,
  pendingEpochAt: 0,
};
const read = (number: number, items: Record<string, unknown> = ITEMS) =>
  readCommitmentBudget(stateOf(number, items), NETUID, 'hotkey');

describe('the bytes that a hotkey may commit in an epoch', () => {
  test('are those of this epoch, less what was used in it', async () => {
    expect(await read(100)).toEqual({ maxBytes: 3100, usedBytes: 300, nextEpochBlock: 110 });
    expect((await read(100, { ...ITEMS, subnetEpochIndex: 8 }))?.usedBytes).toBe(0);
    expect((await read(100, { ...ITEMS, usedSpaceOf: undefined }))?.usedBytes).toBe(0);
  });

  test('are all there again when the epoch is due in the block to come', async () => {
    expect((await read(108))?.usedBytes).toBe(300);
    expect((await read(109))?.usedBytes).toBe(0);
    expect((await read(100, { ...ITEMS, pendingEpochAt: 101 }))?.usedBytes).toBe(0);
  });

  test('are not known where the runtime counts otherwise', async () => {
    expect(await read(100, { ...ITEMS, subnetEpochIndex: undefined })).toBeUndefined();
    expect(await read(100, { ...ITEMS, maxSpace: undefined })).toBeUndefined();
  });

  test('are counted as a hundred at least for each commitment', () => {
    const budget: CommitmentBudget = { maxBytes: 300, usedBytes: 0, nextEpochBlock: 14 };
    expect([1, 100, 128, 301].map((bytes) => commitmentsLeft(budget, bytes))).toEqual([3, 3, 2, 0]);
    expect(commitmentsLeft({ ...budget, usedBytes: 400 }, 100)).toBe(0);
  });

  test('are explained with how many fit and when the next epoch begins', () => {
    const budget: CommitmentBudget = { maxBytes: 300, usedBytes: 100, nextEpochBlock: 14 };
    expect(explainBudget(budget, 128)).toBe(
      '100 of the 300 bytes that the chain takes of a hotkey in an epoch are used: 1 more commitment of ours fits; the next epoch begins in block 14',
    );
    expect(explainBudget({ ...budget, usedBytes: 256, nextEpochBlock: undefined }, 128)).toMatch(
      /no more commitment fits; the subnet has no epochs/,
    );
  });
});

describe('a miner on a chain with room for two commitments', () => {
  let node: RunningChain | undefined;
  let chain: Chain | undefined;
  afterAll(async () => {
    await chain?.close();
    await node?.close();
  });
  let miner: KeyringPair;
  beforeAll(async () => {
    node = await startLocalChain({
      port: 0,
      blockMs: 60,
      genesis: { commitmentSpace: 300, subnets: [{ netuid: NETUID, tempo: 50_000 }] },
    });
    chain = await connectChain({ endpoints: [node.url], timeoutMs: 10_000 });
    miner = await devAccount('//miner');
    const alice = await devAccount('//Alice');
    await chain.registerHotkey(alice, { netuid: NETUID, hotkey: miner.address });
  });

  test('sees its budget shrink as the chain counts, and is refused before anything is sent', async () => {
    const left = async () => {
      const budget = await chain?.commitmentBudget(NETUID, miner.address);
      return budget && commitmentsLeft(budget, 128);
    };
    expect(await left()).toBe(2);
    for (const letter of 'ab') {
      const text = letter.repeat(128);
      expect(await chain?.commit(miner, { netuid: NETUID, text })).toMatchObject({ ok: true });
    }
    expect(await left()).toBe(0);
    const refused = await chain?.commit(miner, { netuid: NETUID, text: 'c'.repeat(128) });
    expect(refused).toMatchObject({
      ok: false,
      kind: 'rejected',
      name: 'SpaceLimitExceeded',
      retryable: true,
      detail: expect.stringMatching(/^256 of the 300 bytes .* no more commitment fits/),
    });
    expect(refused?.ok === false && (refused.retryAfterBlocks ?? 0)).toBeGreaterThan(1000);
  });
});
