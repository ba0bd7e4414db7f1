import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import {
  type Chain,
  type CommitOutcome,
  connectChain,
  type WeightCommit,
  type WeightsResult,
} from '../../src/chain/index.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { ManualChain } from '../support/manual-chain.js';
import { devAccount } from './support/accounts.js';

const NETUID = 31;
const TEMPO = 10;
/** On the chain 12 seconds pass from block to block, whatever the machine makes of it. */
const CLOCK = { startMs: 1_700_000_000_000, blockMs: 12_000 };

interface Net {
  readonly node: RunningChain;
  readonly blocks: ManualChain;
  readonly chain: Chain;
  readonly close: () => Promise<void>;
}

/** A chain with commit-reveal on; //validator owns subnet 31 and is its first neuron, //miner its second. */
async function startNet(genesis: { commitRevealVersion?: number }, historyBlocks?: number): Promise<Net> {
  const alice = await devAccount('//Alice');
  const validator = await devAccount('//validator');
  const node = await startLocalChain({
    port: 0,
    blockMs: 0,
    clock: CLOCK,
    ...(historyBlocks === undefined ? {} : { historyBlocks }),
    genesis: {
      ...genesis,
      subnets: [
        {
          netuid: NETUID,
          ownerHotkey: validator.address,
          tempo: TEMPO,
          commitReveal: true,
          weightsRateLimit: 1,
        },
      ],
    },
  });
  const chain = await connectChain({ endpoints: [node.url], eraBlocks: 16, timeoutMs: 10_000 });
  const blocks = await ManualChain.of(node);
  await blocks.blocks(1);
  for (const hotkey of [validator, await devAccount('//miner')]) {
    const result = await blocks.during(() =>
      chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address }),
    );
    expect(result).toMatchObject({ ok: true });
  }
  const close = async () => {
    await blocks.close();
    await chain.close();
    await node.close();
  };
  return { node, blocks, chain, close };
}

let validator: KeyringPair;
beforeAll(async () => {
  validator = await devAccount('//validator');
});

/** Commits a weight of 65535 and one of `second`; what was kept before sending, and what became of it. */
async function commit(
  { blocks, chain }: Net,
  second: number,
): Promise<{ kept: WeightCommit; sent: WeightCommit }> {
  await blocks.blocks(1); // the rate limit
  const kept: WeightCommit[] = [];
  const result: WeightsResult = await blocks.during(() =>
    chain.setWeights(validator, {
      netuid: NETUID,
      uids: [0, 1],
      values: [65_535, second],
      versionKey: 0,
      beforeSend: (one) => void kept.push(one),
    }),
  );
  if (!result.ok) throw new Error(`${result.name}: ${result.detail}`);
  const { weights, block } = result;
  if (weights.kind !== 'committed') throw new Error('the weights were set openly');
  expect(kept).toHaveLength(1);
  expect(weights.commitBlock).toBe(block);
  return { kept: kept[0] as WeightCommit, sent: weights };
}

/** Looks at each new block until the commit has come to something else than waiting. */
async function settled({ blocks, chain }: Net, one: WeightCommit): Promise<CommitOutcome> {
  for (;;) {
    const outcome = await chain.commitOutcome(one);
    if (outcome.kind !== 'waiting') return outcome;
    await blocks.blocks(1);
  }
}

describe('timelocked weights', () => {
  let net: Net;
  let chain: Chain;
  beforeAll(async () => {
    net = await startNet({});
    ({ chain } = net);
  });
  afterAll(() => net.close());

  test('are hidden until the chain reveals them, in the window that was foreseen', async () => {
    const { kept, sent } = await commit(net, 100);
    expect(sent).toMatchObject({ method: 'timelocked', commitHash: kept.commitHash });
    expect(sent.lastRevealBlock - sent.firstRevealBlock).toBe(TEMPO - 1);
    expect(await chain.weights(NETUID, 0)).toEqual([]);
    const outcome = await settled(net, sent);
    const block = outcome.kind === 'revealed' ? (outcome.block ?? 0) : 0;
    expect(outcome).toEqual({ kind: 'revealed', block });
    // The round of the third block after the first one, and its pulse is seen by the block after its own.
    expect(block).toBe(sent.firstRevealBlock + 3);
    expect(await chain.weights(NETUID, 0)).toEqual([
      [0, 65_535],
      [1, 100],
    ]);
    // Whoever only knows what was kept before sending finds its block, and the same end.
    expect(kept.commitBlock).toBeUndefined();
    expect(await chain.commitOutcome(kept)).toEqual(outcome);
  });

  test('that drand leaves in the dark are reported as missed, with the reason; the next ones are revealed', async () => {
    net.node.beacon.silence();
    const { sent } = await commit(net, 200);
    const outcome = await settled(net, sent);
    expect(outcome).toMatchObject({
      kind: 'missed',
      reason: expect.stringMatching(
        new RegExp(`^drand's round ${sent.revealRound} did not reach the chain in time`),
      ),
    });
    expect(await chain.blockNumber()).toBeGreaterThan(sent.lastRevealBlock);
    expect(await chain.weights(NETUID, 0)).toContainEqual([1, 100]);

    net.node.beacon.resume();
    const next = await commit(net, 300);
    expect(await settled(net, next.sent)).toMatchObject({ kind: 'revealed' });
    expect(await chain.weights(NETUID, 0)).toContainEqual([1, 300]);
  });

  test('that no block took are told from those that wait', async () => {
    const { sent } = await commit(net, 400);
    const { commitBlock, ...unsent } = sent;
    const head = await chain.blockNumber();
    const later = { ...unsent, commitHash: '0x00', headBlock: commitBlock as number };
    expect(await chain.commitOutcome({ ...later, validUntil: head + 100 })).toMatchObject({
      kind: 'waiting',
    });
    expect(await chain.commitOutcome({ ...later, validUntil: head - 1 })).toEqual({ kind: 'unsent' });
    expect(await settled(net, sent)).toMatchObject({ kind: 'revealed' });
  });

  test('are refused before they are sent for what their reveal would silently fail on', async () => {
    const miner = await devAccount('//miner');
    const set = (uids: number[]) =>
      chain.setWeights(miner, { netuid: NETUID, uids, values: uids.map(() => 9), versionKey: 0 });
    expect(await set([0, 1])).toMatchObject({ ok: false, name: 'NeuronNoValidatorPermit' });
    expect(await set([0, 0])).toMatchObject({ ok: false, name: 'NeuronNoValidatorPermit' });
  });

  test('of a hotkey that is gone from the subnet are missed', async () => {
    const { address: hotkey } = await devAccount('//nobody');
    const { sent } = await commit(net, 500);
    expect(await chain.commitOutcome({ ...sent, hotkey })).toMatchObject({
      kind: 'missed',
      reason: expect.stringContaining('no longer registered'),
    });
  });
});

test('a node that has forgotten the blocks is judged by the weights that it holds', async () => {
  const net = await startNet({}, 24);
  const { blocks, chain, close } = net;
  try {
    const { sent } = await commit(net, 100);
    await blocks.reach(sent.lastRevealBlock + 30);
    expect(await chain.commitOutcome(sent)).toEqual({ kind: 'revealed' });
    expect(await chain.commitOutcome({ ...sent, values: [65_535, 99] })).toMatchObject({
      kind: 'missed',
      reason: expect.stringContaining('holds other weights'),
    });
  } finally {
    await close();
  }
});

describe('salted weights, where the chain asks for version 2', () => {
  let net: Net;
  let chain: Chain;
  beforeAll(async () => {
    net = await startNet({ commitRevealVersion: 2 });
    ({ chain } = net);
  });
  afterAll(() => net.close());

  test('are revealed by their sender in their epoch', async () => {
    const { kept, sent } = await commit(net, 100);
    expect(sent).toMatchObject({ method: 'salted', salt: kept.salt });
    expect(kept.salt).toHaveLength(8);
    expect(await chain.revealWeights(validator, sent)).toMatchObject({
      ok: false,
      name: expect.stringMatching(/RevealTooEarly|CommitBlockNotInRevealRange/),
    });
    expect(await settled(net, sent)).toMatchObject({ kind: 'reveal-now' });
    const revealed = await net.blocks.during(() => chain.revealWeights(validator, kept));
    expect(revealed).toMatchObject({ ok: true });
    expect(await chain.commitOutcome(sent)).toEqual({
      kind: 'revealed',
      block: revealed.ok ? revealed.block : 0,
    });
    expect(await chain.weights(NETUID, 0)).toContainEqual([1, 100]);
  });

  test('that nobody revealed have expired', async () => {
    const { sent } = await commit(net, 200);
    await net.blocks.reach(sent.lastRevealBlock + 1);
    expect(await chain.commitOutcome(sent)).toMatchObject({
      kind: 'missed',
      reason: expect.stringContaining('expired'),
    });
    expect(await chain.weights(NETUID, 0)).toContainEqual([1, 100]);
  });

  test('are revealed by nobody else', async () => {
    const { sent } = await commit(net, 300);
    const stranger = await devAccount('//miner');
    expect(await chain.revealWeights(stranger, sent)).toMatchObject({ ok: false, kind: 'rejected' });
  });
});
