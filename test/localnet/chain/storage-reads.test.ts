import { describe, expect, test } from '@jest/globals';
import type { AccountInfo, EventRecord } from '@polkadot/types/interfaces';
import { withSession } from './chain-session.js';

const TAO = 1_000_000_000n;

describe('storage, heads and runtime calls of the local chain', () => {
  test('reads single values, many at once, all entries and keys of a map', async () => {
    await withSession({}, async ({ pair, query, storage }) => {
      const dev = ['//Alice', '//Bob', '//Charlie', '//Dave', '//Eve', '//Ferdie'].map(
        (uri) => pair(uri).address,
      );
      const account = storage('system.account');
      const accounts = (await account.multi(dev)) as unknown as AccountInfo[];
      expect(accounts.map(({ data }) => data.free.toBigInt())).toEqual(dev.map(() => 1_000_000n * TAO));
      expect((await query('subtensorModule.tempo', 31)).toString()).toBe('20');
      expect((await query('subtensorModule.tempo', 99)).toString()).toBe('360');
      const entries = await account.entries();
      expect(entries.map(([key]) => key.args[0]?.toString()).sort()).toEqual([...dev].sort());
      const keys = await account.keysPaged({ args: [], pageSize: 4 });
      const startKey = keys.at(-1)?.toHex() ?? '';
      const more = await account.keysPaged({ args: [], pageSize: 4, startKey });
      expect([keys.length, more.length]).toEqual([4, 2]);
      expect((await account.size(dev[0])).toString()).toBe('56');
    });
  });

  test('answers for past blocks as it did then', async () => {
    await withSession({}, async ({ api, pair, send, build, tx, free, queryAt, storage }) => {
      const bob = pair('//Bob').address;
      const transfer = () => send(tx('balances.transferKeepAlive', bob, TAO), pair('//Alice'));
      const blocks = [await transfer(), await transfer()];
      await build(3);
      const balances = await Promise.all(blocks.map(({ blockHash }) => free(bob, blockHash)));
      expect(balances).toEqual([1_000_001n * TAO, 1_000_002n * TAO]);
      for (const { blockHash } of blocks) {
        const records = (await queryAt(blockHash, 'system.events')) as unknown as EventRecord[];
        expect(records.map(({ event }) => `${event.section}.${event.method}`)).toContain('balances.Transfer');
      }
      const key = storage('system.account').key(bob);
      const past = await api.rpc.state.getStorage(key, blocks[0]?.blockHash);
      expect(JSON.stringify(past)).not.toBe(JSON.stringify(await api.rpc.state.getStorage(key)));
    });
  });

  test('chains headers by their hashes and serves blocks with their extrinsics', async () => {
    await withSession({}, async ({ api, pair, send, tx, query }) => {
      const done = await send(tx('system.remark', '0x00'), pair('//Alice'));
      const header = await api.rpc.chain.getHeader(done.blockHash);
      expect(header.hash.toHex()).toBe(done.blockHash);
      expect(header.number.toNumber()).toBe(done.block);
      const parent = await api.rpc.chain.getHeader(header.parentHash);
      expect(parent.hash.toHex()).toBe(header.parentHash.toHex());
      expect((await api.rpc.chain.getBlockHash(0)).toHex()).toBe(api.genesisHash.toHex());
      const { block } = await api.rpc.chain.getBlock(done.blockHash);
      expect(block.extrinsics.map(({ method }) => `${method.section}.${method.method}`)).toEqual([
        'timestamp.set',
        'system.remark',
      ]);
      const set = Number(block.extrinsics[0]?.method.args[0]?.toString());
      expect(Number((await query('timestamp.now')).toString())).toBeGreaterThan(set);
      expect((await api.rpc.chain.getFinalizedHead()).toHex()).toBe(done.blockHash);
    });
  });

  test('tells subscribers of new heads, finalized heads and changed values, and stops when asked to', async () => {
    await withSession({}, async ({ api, pair, send, build, tx, storage }) => {
      const heads: number[] = [];
      const finalized: number[] = [];
      const free: bigint[] = [];
      const stopHeads = await api.rpc.chain.subscribeNewHeads(
        ({ number }) => void heads.push(number.toNumber()),
      );
      const stopFinalized = await api.rpc.chain.subscribeFinalizedHeads(({ number }) => {
        finalized.push(number.toNumber());
      });
      const bob = pair('//Bob').address;
      const heard = (account: unknown) => void free.push((account as AccountInfo).data.free.toBigInt() / TAO);
      const stopBalance = (await storage('system.account')(bob, heard)) as unknown as () => void;
      await build();
      await send(tx('balances.transferKeepAlive', bob, TAO), pair('//Alice'));
      expect(heads).toEqual([0, 1, 2, 3]);
      expect(finalized.slice(-3)).toEqual([0, 1, 2]);
      expect(free).toEqual([1_000_000n, 1_000_001n]);
      for (const stop of [stopHeads, stopFinalized, stopBalance]) stop();
      await build(2);
      await api.rpc.chain.getHeader();
      expect(heads).toEqual([0, 1, 2, 3]);
    });
  });

  test('answers runtime calls, now and for past blocks', async () => {
    await withSession({}, async ({ api, provider, pair, send, tx, call }) => {
      const alice = pair('//Alice');
      expect((await call('accountNonceApi.accountNonce', alice.address)).toString()).toBe('0');
      const before = api.genesisHash.toHex();
      const hotkey = pair('//miner').address;
      await send(tx('subtensorModule.burnedRegister', 31, hotkey), alice);
      expect((await call('accountNonceApi.accountNonce', alice.address)).toString()).toBe('1');
      const neurons = await call('neuronInfoRuntimeApi.getNeuronsLite', 31);
      expect(neurons.toJSON()).toMatchObject([{ uid: 0, hotkey, coldkey: alice.address, netuid: 31 }]);
      const past = ['NeuronInfoRuntimeApi_get_neurons_lite', '0x1f00', before];
      expect(await provider.send('state_call', past)).toBe('0x00');
      const asked = [52, 53, 55, 56, 57, 59, 60, 62, 66, 67, 68, 69, 73];
      const metagraph = async (netuid: number) =>
        (await call('subnetInfoRuntimeApi.getSelectiveMetagraph', netuid, asked)).toJSON();
      expect(await metagraph(31)).toMatchObject({
        netuid: 31,
        hotkeys: [hotkey],
        coldkeys: [alice.address],
        active: [true],
        validatorPermit: [false],
        lastUpdate: [1],
        emission: [0],
        incentives: [0],
        blockAtRegistration: [1],
        alphaStake: [0],
        taoStake: [0],
        totalStake: [0],
        commitments: [],
        name: null,
      });
      expect(await metagraph(99)).toBeNull();
      expect((await call('core.version')).toJSON()).toMatchObject({
        specName: 'node-subtensor',
        specVersion: 424,
      });
      expect((await call('subnetInfoRuntimeApi.getNextEpochStartBlock', 31)).toString()).toBe('20');
    });
  });
});
