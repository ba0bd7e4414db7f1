import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import { type Chain, connectChain, type SubmissionResult } from '../../src/chain/index.js';
import { isOutage } from '../../src/chain/rpc-errors.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { devAccount } from './support/accounts.js';
import { chainRecord } from './support/chain-record.js';
import { killingProxy, type KillingProxy } from './support/killing-proxy.js';

/** All of them with HEALTHTENSOR_TEST_ROUNDS=200; each cuts the connection at another stage of a submission. */
const ROUNDS = Number(process.env.HEALTHTENSOR_TEST_ROUNDS ?? 15);
const NETUID = 31;
const TAO = 1_000_000_000n;
/** Rounds between two weight settings. */
const WEIGHTS_EVERY = 5;

let node: RunningChain;
let proxy: KillingProxy;
let chain: Chain;
let direct: Chain;
let validator: KeyringPair;
let uids: number[];

const handles = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'Timeout').length;

beforeAll(async () => {
  node = await startLocalChain({
    port: 0,
    blockMs: 40,
    genesis: {
      commitmentSpace: 1_000_000,
      subnets: [{ netuid: NETUID, tempo: 5, weightsRateLimit: 0, minAllowedWeights: 1 }],
    },
  });
  proxy = await killingProxy(node.url);
  const o = { eraBlocks: 64, timeoutMs: 5_000, random: () => 0 };
  direct = await connectChain({ endpoints: [node.url], ...o });
  validator = await devAccount('//validator');
  const alice = await devAccount('//Alice');
  for (const hotkey of [validator, await devAccount('//miner-0'), await devAccount('//miner-1')]) {
    const result = await direct.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    expect(result).toMatchObject({ ok: true });
  }
  const stake = { netuid: NETUID, hotkey: validator.address, amountRao: 5_000n * TAO };
  expect(await direct.addStake(alice, stake)).toMatchObject({ ok: true });
  await direct.waitForBlock((await direct.blockNumber()) + 8); // an epoch gives the permit
  uids = (await direct.metagraph(NETUID)).neurons
    .filter(({ hotkey }) => hotkey !== validator.address)
    .map(({ uid }) => uid);
  chain = await connectChain({ endpoints: [proxy.url], ...o });
});

afterAll(async () => {
  await chain?.close();
  await direct?.close();
  await proxy?.close();
  await node?.close();
});

/** Again and again, as a miner or validator does, until it is included; an outage means that nothing was sent. */
async function insist(submit: () => Promise<SubmissionResult>): Promise<number> {
  for (;;) {
    try {
      const result = await submit();
      if (result.ok) return result.block;
      expect(result).toMatchObject({ kind: 'timed-out', name: 'EraEnded' });
    } catch (error) {
      if (!isOutage(error)) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Blocks in which something of the validator succeeded. */
async function happened(): Promise<{ commitments: number[]; weights: number[] }> {
  const record = await chainRecord(node.url, ['commitments.Commitment', 'subtensorModule.WeightsSet']);
  const blocks = (of: string) => record.filter(({ name }) => name === of).map(({ block }) => block);
  return { commitments: blocks('commitments.Commitment'), weights: blocks('subtensorModule.WeightsSet') };
}

test(
  `a connection that is killed at every stage of ${ROUNDS} submissions loses none and sends none twice`,
  async () => {
    const told = { commitments: [] as number[], weights: [] as number[] };
    let values: number[] = [];
    const submit = async (round: number): Promise<void> => {
      if (round % WEIGHTS_EVERY === WEIGHTS_EVERY - 1) {
        values = [65_535, 1 + round * 300];
        const request = { netuid: NETUID, uids, values, versionKey: 0 };
        told.weights.push(await insist(() => chain.setWeights(validator, request)));
      } else {
        const request = { netuid: NETUID, text: `round ${round}` };
        told.commitments.push(await insist(() => chain.commit(validator, request)));
      }
    };
    // How many packets a submission is, undisturbed: the stages.
    proxy.arm(Infinity, false);
    await submit(0);
    const stages = proxy.packets;
    const before = handles();
    for (let round = 1; round <= ROUNDS; round++) {
      proxy.arm(1 + Math.floor(((round - 1) * stages) / ROUNDS), round % 2 === 0);
      await submit(round);
    }
    proxy.disarm();
    expect(proxy.kills).toBeGreaterThan(ROUNDS / 2);
    await submit(ROUNDS + 1);
    // The chain's own record is what we were told, no more and no less.
    expect(await happened()).toEqual(told);
    const uid = await direct.uidOf(NETUID, validator.address);
    const stored = new Map(await direct.weights(NETUID, uid ?? -1));
    // Clear of each other by whole steps, so that rounding of the chain's does not matter.
    expect(uids.map((each) => Math.round((stored.get(each) ?? 0) / 100))).toEqual(
      values.map((value) => Math.round(value / 100)),
    );
    expect(proxy.connections).toBe(1);
    expect(handles()).toBeLessThanOrEqual(before);
    if (process.env.HEALTHTENSOR_TEST_ROUNDS !== undefined) {
      const [commitments, weights] = [told.commitments.length, told.weights.length];
      const kept = { handles: [before, handles()] };
      console.log(
        JSON.stringify({ rounds: ROUNDS, stages, kills: proxy.kills, commitments, weights, ...kept }),
      );
    }
  },
  60_000 + ROUNDS * 5_000,
);
