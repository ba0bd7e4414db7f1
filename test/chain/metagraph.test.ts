import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ChainApi } from '../../src/chain/chain-api.js';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { readMetagraph } from '../../src/chain/metagraph.js';
import { neuronsFromLite } from '../../src/chain/neurons-lite.js';
import { neuronsFromSelective } from '../../src/chain/neurons-selective.js';
import { neuronsFromStorage } from '../../src/chain/neurons-storage.js';
import { RpcSocket } from '../../src/chain/rpc-socket.js';
import { silentLog } from '../../src/common/log.js';
import { RUNTIME_VERSION } from '../../src/localnet/chain/metadata/runtime-version.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { devAccount } from './support/accounts.js';
import { meddlingProxy } from './support/meddling-proxy.js';

const NETUID = 31;
let node: RunningChain;
let chain: Chain;
const sockets: RpcSocket[] = [];
let api: ChainApi;

beforeAll(async () => {
  node = await startLocalChain({
    port: 0,
    blockMs: 40,
    genesis: { subnets: [{ netuid: NETUID, tempo: 3 }] },
  });
  chain = await connectChain({ endpoints: [node.url] });
  api = await openApi(node.url);
  const alice = await devAccount('//Alice');
  for (const uri of ['//v', '//m1', '//m2']) {
    const hotkey = (await devAccount(uri)).address;
    await chain.registerHotkey(alice, { netuid: NETUID, hotkey });
    if (uri === '//v') await chain.addStake(alice, { netuid: NETUID, hotkey, amountRao: 1_234_000_000_000n });
  }
  const axon = { version: 1, ip: 0x0a_00_00_01, port: 8091, ipType: 4, protocol: 4 };
  const call = { netuid: NETUID, ...axon, placeholder1: 0, placeholder2: 0 };
  await api.call('subtensorModule', 'serveAxon', call).signAndSend(await devAccount('//m1'));
  await chain.waitForBlock((await chain.blockNumber()) + 4);
});

afterAll(async () => {
  for (const socket of sockets) await socket.close();
  await chain.close();
  await node.close();
});

async function openApi(endpoint: string): Promise<ChainApi> {
  const socket = await RpcSocket.open({
    endpoints: [endpoint],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
  });
  sockets.push(socket);
  return ChainApi.open(socket);
}

describe('the metagraph', () => {
  test('is the same from the selective call, from the older call and from plain storage', async () => {
    const at = await api.head();
    const selective = await neuronsFromSelective(at, NETUID);
    expect(selective).toHaveLength(3);
    expect(selective?.filter(({ validatorPermit }) => validatorPermit).length).toBeGreaterThan(0);
    expect(selective?.some(({ stakeTao }) => stakeTao > 1_000)).toBe(true);
    expect(selective?.map(({ axon }) => axon)).toEqual([
      undefined,
      { ip: '10.0.0.1', port: 8091 },
      undefined,
    ]);
    expect(await neuronsFromLite(at, NETUID)).toEqual(selective);
    expect(await neuronsFromStorage(at, NETUID)).toEqual(selective);
  });

  test('comes from storage where the metadata describes no runtime APIs', async () => {
    const quiet = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const proxy = await meddlingProxy(node.url);
    try {
      proxy.meddle = (method) =>
        method === 'state_getRuntimeVersion' ? { result: { ...RUNTIME_VERSION, apis: [] } } : 'pass';
      const old = await (await openApi(proxy.url)).head();
      expect(await neuronsFromSelective(old, NETUID)).toBeUndefined();
      expect(await neuronsFromLite(old, NETUID)).toBeUndefined();
      expect((await readMetagraph(old, NETUID, silentLog)).neurons).toHaveLength(3);
    } finally {
      await proxy.close();
      quiet.mockRestore();
    }
  });

  test('belongs to one block, whatever happens after', async () => {
    const at = await api.head();
    const alice = await devAccount('//Alice');
    await chain.registerHotkey(alice, { netuid: NETUID, hotkey: (await devAccount('//late')).address });
    const metagraph = await readMetagraph(at, NETUID, silentLog);
    expect(metagraph.neurons).toHaveLength(3);
    expect(metagraph.blockHash).toBe(at.block.hash);
    expect((await chain.metagraph(NETUID)).neurons).toHaveLength(4);
  });
});
