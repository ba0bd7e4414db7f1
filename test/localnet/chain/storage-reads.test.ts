import { describe, expect, test } from '@jest/globals';
import { withSession } from './chain-session.js';

const TAO = 1_000_000_000n;

describe('storage, heads and runtime calls of the local chain', () => {
  test('reads single values, many at once, all entries and keys of a map', async () => {
    await withSession({}, async ({ api, pair }) => {
      const dev = ['//Alice', '//Bob', '//Charlie', '//Dave', '//Eve', '//Ferdie'].map(
        (uri) => pair(uri).address,
      );
      const accounts = await api.query.system.account.multi(dev);
      expect(accounts.map(({ data }) => data.free.toBigInt())).toEqual(dev.map(() => 1_000_000n * TAO));
      const [number, tempo, unknown] = await api.queryMulti([
        api.query.system.number,
        [api.query.subtensorModule.tempo!, 31],
        [api.query.subtensorModule.tempo!, 99],
      ]);
      expect([number, tempo, unknown].map((value) => value?.toString())).toEqual(['0', '20', '360']);
      const entries = await api.query.system.account.entries();
      expect(entries.map(([key]) => key.args[0].toString()).sort()).toEqual([...dev].sort());
      const keys = await api.query.system.account.keysPaged({ args: [], pageSize: 4 });
      const more = await api.query.system.account.keysPaged({
        args: [],
        pageSize: 4,
        startKey: keys[3]!.toHex(),
      });
      expect([keys.length, more.length]).toEqual([4, 2]);
      const size = await api.query.system.account.size(dev[0]!);
      expect(size.toNumber()).toBe(56);
    });
  });

  test('answers for past blocks as it did then', async () => {
    await withSession({}, async ({ api, pair, send, build }) => {
      const bob = pair('//Bob');
      const first = await send(api.tx.balances.transferKeepAlive!(bob.address, TAO), pair('//Alice'));
      const second = await send(api.tx.balances.transferKeepAlive!(bob.address, TAO), pair('//Alice'));
      await build(3);
      const balances = [];
      for (const hash of [first.blockHash, second.blockHash]) {
        const past = await api.at(hash);
        balances.push((await past.query.system.account(bob.address)).data.free.toBigInt() / TAO);
        const records = await past.query.system.events();
        expect(records.map(({ event }) => `${event.section}.${event.method}`)).toContain('balances.Transfer');
      }
      expect(balances).toEqual([1_000_001n, 1_000_002n]);
      const key = api.query.system.account.key(bob.address);
      const value = await api.rpc.state.getStorage(key, first.blockHash);
      const now = await api.rpc.state.getStorage(key);
      expect(JSON.stringify(value)).not.toBe(JSON.stringify(now));
    });
  });

  test('chains headers by their hashes and serves blocks with their extrinsics', async () => {
    await withSession({}, async ({ api, pair, send }) => {
      const done = await send(api.tx.system.remark!('0x00'), pair('//Alice'));
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
      const set = Number(block.extrinsics[0]!.method.args[0]!.toString());
      expect(Math.abs(set - Date.now())).toBeLessThan(600_000);
      expect((await api.query.timestamp.now()).toNumber()).toBeGreaterThanOrEqual(set);
      expect((await api.rpc.chain.getFinalizedHead()).toHex()).toBe(done.blockHash);
    });
  });

  test('tells subscribers of new heads, finalized heads and changed values, and stops when asked to', async () => {
    await withSession({}, async ({ api, pair, send, build }) => {
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
      const stopBalance = await api.query.system.account(
        bob,
        ({ data }) => void free.push(data.free.toBigInt() / TAO),
      );
      await build();
      await send(api.tx.balances.transferKeepAlive!(bob, TAO), pair('//Alice'));
      expect(heads).toEqual([0, 1, 2, 3]);
      expect(finalized.slice(-3)).toEqual([0, 1, 2]);
      expect(free).toEqual([1_000_000n, 1_000_001n]);
      [stopHeads, stopFinalized, stopBalance].forEach((stop) => stop());
      await build(2);
      await api.rpc.chain.getHeader();
      expect(heads).toEqual([0, 1, 2, 3]);
    });
  });

  test('answers runtime calls, now and for past blocks', async () => {
    await withSession({}, async ({ api, pair, send }) => {
      const alice = pair('//Alice');
      expect((await api.call.accountNonceApi.accountNonce(alice.address)).toNumber()).toBe(0);
      const before = await api.at(await api.rpc.chain.getBlockHash());
      const hotkey = pair('//miner').address;
      await send(api.tx.subtensorModule.burnedRegister!(31, hotkey), alice);
      expect((await api.call.accountNonceApi.accountNonce(alice.address)).toNumber()).toBe(1);
      const neurons = api.call.neuronInfoRuntimeApi!.getNeuronsLite!;
      expect((await neurons(31)).toJSON()).toMatchObject([
        { uid: 0, hotkey, coldkey: alice.address, netuid: 31 },
      ]);
      expect((await before.call.neuronInfoRuntimeApi!.getNeuronsLite!(31)).toJSON()).toEqual([]);
      const metagraph = api.call.subnetInfoRuntimeApi!.getSelectiveMetagraph!;
      const asked = [52, 53, 55, 56, 57, 59, 60, 62, 66, 67, 68, 69, 73];
      expect((await metagraph(31, asked)).toJSON()).toMatchObject({
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
      expect((await metagraph(99, asked)).toJSON()).toBeNull();
      expect((await api.call.core.version()).specVersion.toNumber()).toBe(424);
      expect(Number((await api.call.subnetInfoRuntimeApi!.getNextEpochStartBlock!(31)).toString())).toBe(20);
    });
  });
});
