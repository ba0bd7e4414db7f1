import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import {
  type Chain,
  connectChain,
  formatCommitment,
  modelDigest,
  normaliseWeights,
} from '../../src/chain/index.js';
import type { RepoId, Revision } from '../../src/common/identifiers.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { devAccount, hotkeyOf } from './support/accounts.js';

const NETUID = 31;
const TAO = 1_000_000_000n;
/** Short, so that a test can wait for it. */
const RATE_LIMIT = 10;
/** A subnet whose rate limit ends in no test, however slow the machine. */
const SLOW = { netuid: 4, weightsRateLimit: 1_000_000 };

let node: RunningChain;
let chain: Chain;
let alice: KeyringPair; // a coldkey with means
let validator: KeyringPair;
let miners: KeyringPair[];
let stranger: KeyringPair; // never registered

beforeAll(async () => {
  node = await startLocalChain({
    port: 0,
    blockMs: 60,
    genesis: {
      subnets: [
        {
          netuid: NETUID,
          tempo: 5,
          weightsRateLimit: RATE_LIMIT,
          minAllowedWeights: 1,
          weightsVersionKey: 7,
        },
        { netuid: 2, commitReveal: true },
        { netuid: 3, weightsRateLimit: 0, minAllowedWeights: 3, registrationAllowed: true },
        SLOW,
      ],
    },
  });
  chain = await connectChain({ endpoints: [node.url], eraBlocks: 64, timeoutMs: 10_000 });
  alice = await devAccount('//Alice');
  validator = await devAccount('//validator');
  miners = await Promise.all(['//miner-0', '//miner-1', '//miner-2'].map((uri) => devAccount(uri)));
  stranger = await devAccount('//stranger');
});

afterAll(async () => {
  await chain?.close();
  await node?.close();
});

const included = (result: unknown) =>
  expect(result).toMatchObject({
    ok: true,
    block: expect.any(Number),
    blockHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    extrinsicHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  });

describe('a validator and its miners on a chain', () => {
  test('register, paid by the coldkey', async () => {
    expect(await chain.uidOf(NETUID, validator.address)).toBeUndefined();
    const before = await chain.balance(alice.address);
    // All at once: one queue for the coldkey keeps the nonces apart.
    const results = await Promise.all(
      [validator, ...miners].map((hotkey) =>
        chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address }),
      ),
    );
    results.forEach(included);
    const uids = await Promise.all([validator, ...miners].map(({ address }) => chain.uidOf(NETUID, address)));
    expect(new Set(uids).size).toBe(4);
    expect(uids).not.toContain(undefined);
    expect(await chain.balance(alice.address)).toBeLessThan(before);
  });

  test('the validator is staked, and shown so in the metagraph with a permit', async () => {
    included(
      await chain.addStake(alice, { netuid: NETUID, hotkey: validator.address, amountRao: 5_000n * TAO }),
    );
    await chain.waitForBlock((await chain.blockNumber()) + 8); // an epoch gives the permits
    const metagraph = await chain.metagraph(NETUID);
    expect(metagraph.blockHash).toBe(await chain.blockHash(metagraph.block));
    expect(metagraph.neurons.map(({ uid }) => uid)).toEqual(metagraph.neurons.map((_, index) => index));
    const uid = metagraph.uidOf(hotkeyOf(validator));
    const neuron = metagraph.neurons.find((each) => each.uid === uid);
    expect(neuron).toMatchObject({
      hotkey: validator.address,
      coldkey: alice.address,
      validatorPermit: true,
    });
    expect(neuron?.stakeTao).toBeGreaterThan(1_000);
    expect(neuron?.registrationBlock).toBeGreaterThan(0);
    expect(metagraph.neurons.find((each) => each.hotkey === miners[0]?.address)?.stakeTao).toBe(0);
    expect(metagraph.uidOf(hotkeyOf(stranger))).toBeUndefined();
  });

  test('the miners commit, and everybody’s latest commitment is read in one go', async () => {
    const repo = 'alice/chest-cnn' as RepoId;
    const text = (miner: KeyringPair, letter: string) =>
      formatCommitment({
        repo,
        revision: letter.repeat(40) as Revision,
        digest: modelDigest(letter.repeat(64), hotkeyOf(miner)),
      });
    for (const [index, miner] of miners.entries()) {
      included(await chain.commit(miner, { netuid: NETUID, text: text(miner, String(index)) }));
    }
    const again = await chain.commit(miners[0] as KeyringPair, {
      netuid: NETUID,
      text: text(miners[0] as KeyringPair, 'a'),
    });
    included(again);
    const commitments = await chain.commitments(NETUID);
    const of = (pair: KeyringPair) => commitments.find(({ hotkey }) => hotkey === pair.address);
    expect(commitments).toHaveLength(3);
    expect(of(miners[0] as KeyringPair)).toMatchObject({
      hotkey: miners[0]?.address,
      block: again.ok && again.block,
      status: 'text',
      text: text(miners[0] as KeyringPair, 'a'),
    });
    expect(of(miners[2] as KeyringPair)?.text).toBe(text(miners[2] as KeyringPair, '2'));
    expect(await chain.commitments(3)).toEqual([]);
  });

  test('a commitment of 128 bytes fits, one of 129 is refused before anything is sent', async () => {
    const miner = miners[1] as KeyringPair;
    included(await chain.commit(miner, { netuid: NETUID, text: 'x'.repeat(128) }));
    expect((await chain.commitments(NETUID)).find(({ hotkey }) => hotkey === miner.address)?.text).toBe(
      'x'.repeat(128),
    );
    await expect(chain.commit(miner, { netuid: NETUID, text: 'x'.repeat(129) })).rejects.toMatchObject({
      code: 'COMMITMENT_TOO_LONG',
    });
  });

  test('weights are refused while the rate limit runs, with the blocks to wait', async () => {
    const { netuid, weightsRateLimit } = SLOW;
    included(await chain.registerHotkey(alice, { netuid, hotkey: validator.address }));
    const uid = (await chain.uidOf(netuid, validator.address)) ?? -1;
    const before = await chain.blockNumber();
    const early = await chain.setWeights(validator, { netuid, uids: [uid], values: [65535], versionKey: 0 });
    expect(early).toMatchObject({
      ok: false,
      kind: 'rejected',
      name: 'SettingWeightsTooFast',
      retryable: true,
    });
    const wait = early.ok ? 0 : (early.retryAfterBlocks ?? 0);
    const passed = (await chain.blockNumber()) - before;
    // Counted from the registration, which was a block or more before `before`.
    expect(wait).toBeLessThan(weightsRateLimit);
    expect(wait).toBeGreaterThan(weightsRateLimit - passed - 100_000);
  });

  test('weights are set once it is over, and read back', async () => {
    const metagraph = await chain.metagraph(NETUID);
    const uid = (pair: KeyringPair) => {
      const found = metagraph.uidOf(hotkeyOf(pair));
      if (found === undefined) throw new Error(`${pair.address} is not registered`);
      return found;
    };
    const weights = normaliseWeights(
      miners.map((miner, index) => ({ uid: uid(miner), score: 0.5 ** index })),
    );
    const request = { netuid: NETUID, ...weights, versionKey: 7 };
    const setWhenAllowed = async () => {
      for (;;) {
        const head = await chain.blockNumber();
        const result = await chain.setWeights(validator, request);
        if (result.ok) return result;
        expect(result).toMatchObject({ name: 'SettingWeightsTooFast' });
        await chain.waitForBlock(head + (result.retryAfterBlocks ?? 0));
      }
    };
    const first = await setWhenAllowed();
    included(first);
    expect(await chain.weights(NETUID, uid(validator))).toEqual(
      weights.uids.map((each, index) => [each, weights.values[index]]),
    );
    expect((await setWhenAllowed()).block).toBeGreaterThanOrEqual(first.block + RATE_LIMIT);
  });
});

describe('what the chain refuses', () => {
  test('a version key that is too low, before anything is sent', async () => {
    const result = await chain.setWeights(validator, {
      netuid: NETUID,
      uids: [1],
      values: [65535],
      versionKey: 6n,
    });
    expect(result).toMatchObject({
      ok: false,
      kind: 'rejected',
      name: 'IncorrectWeightVersionKey',
      retryable: false,
    });
  });

  test('weights of a hotkey that is not registered', async () => {
    const result = await chain.setWeights(stranger, {
      netuid: NETUID,
      uids: [1],
      values: [65535],
      versionKey: 7,
    });
    expect(result).toMatchObject({ ok: false, name: 'HotKeyNotRegisteredInSubNet', retryable: false });
  });

  test('a commitment of a hotkey that is not registered', async () => {
    const result = await chain.commit(stranger, { netuid: NETUID, text: 'hello' });
    expect(result).toMatchObject({ ok: false, retryable: false });
    expect(result.ok || result.name).toMatch(/AccountNotAllowedCommit|HotKeyNotRegistered|Payment/);
  });

  test('a second registration of the same hotkey, with the pallet’s own error', async () => {
    const result = await chain.registerHotkey(alice, { netuid: NETUID, hotkey: validator.address });
    expect(result).toMatchObject({ ok: false, kind: 'failed', name: 'HotKeyAlreadyRegisteredInSubNet' });
  });

  test('a registration that costs more than the limit', async () => {
    const result = await chain.registerHotkey(alice, {
      netuid: NETUID,
      hotkey: stranger.address,
      limitRao: 1n,
    });
    expect(result).toMatchObject({ ok: false, name: 'RegistrationPriceLimitExceeded', retryable: true });
  });

  test('a coldkey without means', async () => {
    const poor = await devAccount('//poor');
    const result = await chain.registerHotkey(poor, { netuid: NETUID, hotkey: stranger.address });
    expect(result).toMatchObject({ ok: false, retryable: false });
    expect(result.ok || result.name).toMatch(/Payment|NotEnoughBalanceToStake|BalanceTooLow/);
  });

  test('a stake above the balance', async () => {
    const result = await chain.addStake(alice, {
      netuid: NETUID,
      hotkey: validator.address,
      amountRao: 10n ** 17n,
    });
    expect(result).toMatchObject({ ok: false });
    expect(result.ok || result.name).toMatch(/NotEnoughBalanceToStake|BalanceTooLow/);
  });

  test('weights without permit, once the rate limit is over', async () => {
    const hotkey = await devAccount('//no-permit');
    included(await chain.registerHotkey(alice, { netuid: 3, hotkey: hotkey.address }));
    const others = await Promise.all(['//o1', '//o2'].map((uri) => devAccount(uri)));
    for (const other of others)
      included(await chain.registerHotkey(alice, { netuid: 3, hotkey: other.address }));
    const { neurons } = await chain.hyperparameters(3);
    const uids = Array.from({ length: neurons }, (_, uid) => uid);
    const result = await chain.setWeights(hotkey, {
      netuid: 3,
      uids,
      values: uids.map(() => 65535),
      versionKey: 0,
    });
    expect(result).toMatchObject({
      ok: false,
      name: expect.stringMatching(/NeuronNoValidatorPermit|StakeAmountTooLow/),
    });
  });

  test('a subnet that does not exist', async () => {
    await expect(chain.metagraph(77)).rejects.toMatchObject({ code: 'SUBNET_MISSING' });
    await expect(chain.hyperparameters(77)).rejects.toMatchObject({ code: 'SUBNET_MISSING' });
    await expect(
      chain.setWeights(validator, { netuid: 77, uids: [0], values: [1], versionKey: 0 }),
    ).rejects.toMatchObject({
      code: 'SUBNET_MISSING',
    });
  });
});

describe('reading', () => {
  test('hyperparameters have their types and values', async () => {
    expect(await chain.hyperparameters(NETUID)).toMatchObject({
      netuid: NETUID,
      tempo: 5,
      commitRevealEnabled: false,
      weightsRateLimit: RATE_LIMIT,
      weightsVersionKey: 7n,
      minAllowedWeights: 1,
      registrationAllowed: true,
    });
    expect((await chain.hyperparameters(2)).commitRevealEnabled).toBe(true);
  });

  test('a block that is not there yet is an error, not undefined', async () => {
    await expect(chain.blockHash(1_000_000)).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
  });

  test('an unknown account has nothing', async () => {
    expect(await chain.balance(stranger.address)).toBe(0n);
  });

  test('an ed25519 hotkey signs as well', async () => {
    const hotkey = await devAccount('//edward', 'ed25519');
    included(await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address }));
    included(await chain.commit(hotkey, { netuid: NETUID, text: 'signed with ed25519' }));
  });
});
