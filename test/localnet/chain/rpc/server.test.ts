import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { startLocalChain } from '../../../../src/localnet/chain/index.js';

type Reply = { id?: unknown; result?: unknown; error?: { code: number; message: string; data?: unknown } };

async function withSocket(body: (ask: (text: string) => Promise<Reply>) => Promise<void>): Promise<void> {
  const chain = await startLocalChain({ port: 0, blockMs: 0 });
  const socket = new WebSocket(chain.url);
  try {
    await once(socket, 'open');
    await body(async (text) => {
      const reply = once(socket, 'message');
      socket.send(text);
      const [data] = (await reply) as [Buffer];
      return JSON.parse(data.toString()) as Reply;
    });
  } finally {
    socket.terminate();
    await chain.close();
  }
}

const request = (method: string, params: unknown[] = []) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

describe('the JSON-RPC server', () => {
  test('answers what is wrong with the codes of JSON-RPC and lives on', async () => {
    await withSocket(async (ask) => {
      expect((await ask('{')).error?.code).toBe(-32700);
      expect((await ask('7')).error?.code).toBe(-32600);
      expect((await ask('[]')).error?.code).toBe(-32600);
      expect((await ask(request('no_such_method'))).error).toMatchObject({
        code: -32601,
        data: 'no_such_method',
      });
      expect((await ask(request('constructor'))).error?.code).toBe(-32601);
      expect((await ask(request('state_getStorage', ['zz']))).error?.code).toBe(-32602);
      expect((await ask(request('state_getKeysPaged', ['0x', 1001]))).error?.code).toBe(-32602);
      expect((await ask(request('state_call', ['Nothing_here', '0x']))).error?.code).toBe(4003);
      expect(
        (await ask(request('state_call', ['NeuronInfoRuntimeApi_get_neurons_lite', '0x']))).error?.code,
      ).toBe(4003);
      expect((await ask(request('state_getStorage', ['0x00', `0x${'11'.repeat(32)}`]))).error?.code).toBe(
        -32000,
      );
      expect((await ask(request('chain_getBlockHash', [99]))).result).toBeNull();
      expect((await ask(request('author_unwatchExtrinsic', ['none']))).result).toBe(false);
    });
  });

  test('offers every method that @polkadot/api 16.5.6 sends', async () => {
    await withSocket(async (ask) => {
      const { result } = await ask(request('rpc_methods'));
      const { methods } = result as { methods: string[] };
      const sent =
        'chain_getBlockHash state_getRuntimeVersion system_chain system_properties rpc_methods state_call ' +
        'state_subscribeRuntimeVersion state_getMetadata system_health state_queryStorageAt state_subscribeStorage ' +
        'state_unsubscribeStorage state_getKeysPaged chain_getHeader state_getStorage chain_getFinalizedHead ' +
        'author_submitAndWatchExtrinsic author_submitExtrinsic author_unwatchExtrinsic chain_getBlock ' +
        'chain_subscribeNewHead chain_unsubscribeNewHead chain_subscribeFinalizedHeads ' +
        'chain_unsubscribeFinalizedHeads system_accountNextIndex state_getStorageHash';
      expect(sent.split(' ').filter((method) => !methods.includes(method))).toEqual([]);
    });
  });

  test('answers a batch in one message', async () => {
    await withSocket(async (ask) => {
      const batch = `[${request('system_chain')},${request('nothing')}]`;
      const replies = (await ask(batch)) as unknown as Reply[];
      expect(replies.map(({ error }) => error?.code)).toEqual([undefined, -32601]);
    });
  });

  test('says when its port is taken', async () => {
    const chain = await startLocalChain({ port: 0, blockMs: 0 });
    try {
      const port = Number(new URL(chain.url).port);
      await expect(startLocalChain({ port, blockMs: 0 })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    } finally {
      await chain.close();
      await chain.close();
    }
  });

  test('builds blocks by itself when it is given a time', async () => {
    const chain = await startLocalChain({ port: 0, blockMs: 20 });
    const socket = new WebSocket(chain.url);
    try {
      await once(socket, 'open');
      socket.send(request('chain_subscribeNewHeads'));
      const numbers: number[] = [];
      while (numbers.length < 4) {
        const [data] = (await once(socket, 'message')) as [Buffer];
        const { params } = JSON.parse(data.toString()) as { params?: { result: { number: string } } };
        if (params !== undefined) numbers.push(Number(params.result.number));
      }
      const [first = 0] = numbers;
      expect(numbers).toEqual([first, first + 1, first + 2, first + 3]);
    } finally {
      socket.terminate();
      await chain.close();
    }
  });
});
