import { expect, test } from '@jest/globals';
import { blake2AsHex } from '@polkadot/util-crypto';
import { HeadFollower } from '../../src/chain/head-follower.js';
import { findInclusion } from '../../src/chain/inclusion.js';
import { RpcSocket } from '../../src/chain/rpc-socket.js';
import { scriptedNode } from './support/scripted-node.js';

const hashOf = (number: number) => `0x${number.toString(16).padStart(64, '0')}`;
const EXTRINSIC = '0xabcd';

test('an outage in the middle of the search does not hide the blocks below', async () => {
  let head = 4;
  let cuts = 0;
  const node = await scriptedNode({
    chain_subscribeNewHead: () => 'heads',
    chain_getHeader: () => ({ number: `0x${head.toString(16)}` }),
    chain_getBlockHash: () => hashOf(head),
    chain_getBlock: ([hash], client) => {
      const number = Number(hash);
      if (number === 3 && cuts++ === 0) {
        head = 5;
        client.terminate();
        return undefined;
      }
      const header = { number: `0x${number.toString(16)}`, parentHash: hashOf(number - 1) };
      return { block: { header, extrinsics: number === 2 ? ['0x00', EXTRINSIC] : ['0x00'] } };
    },
  });
  const socket = await RpcSocket.open({
    endpoints: [node.url],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
  });
  const heads = new HeadFollower(socket, { stallMs: 10_000 });
  try {
    await heads.start();
    const found = await findInclusion(socket, heads, { hash: blake2AsHex(EXTRINSIC), after: 1, until: 5 });
    expect(found).toEqual({ block: { number: 2, hash: hashOf(2) }, index: 1 });
    expect(cuts).toBeGreaterThan(0);
  } finally {
    heads.stop();
    await socket.close();
    await node.close();
  }
});

test('a chain whose block numbers do not fall is not walked for ever', async () => {
  let asked = 0;
  const node = await scriptedNode({
    chain_subscribeNewHead: () => 'heads',
    chain_getHeader: () => ({ number: '0x04' }),
    chain_getBlockHash: () => hashOf(1),
    chain_getBlock: () => {
      asked += 1;
      return { block: { header: { number: '0x04', parentHash: hashOf(1 + asked) }, extrinsics: [] } };
    },
  });
  const socket = await RpcSocket.open({
    endpoints: [node.url],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
  });
  const heads = new HeadFollower(socket, { stallMs: 10_000 });
  try {
    await heads.start();
    await expect(
      findInclusion(socket, heads, { hash: blake2AsHex(EXTRINSIC), after: 1, until: 5 }),
    ).rejects.toMatchObject({ code: 'CHAIN_BAD_ANSWER' });
    expect(asked).toBe(2);
  } finally {
    heads.stop();
    await socket.close();
    await node.close();
  }
});
