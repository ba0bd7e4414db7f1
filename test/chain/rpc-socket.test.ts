import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isOutage, RpcError } from '../../src/chain/rpc-errors.js';
import { RpcSocket } from '../../src/chain/rpc-socket.js';
import { refuse, scriptedNode, type Answer } from './support/scripted-node.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function start(
  answers: Record<string, Answer>,
  timeouts = { connectTimeoutMs: 2_000, requestTimeoutMs: 2_000 },
) {
  const node = await scriptedNode(answers);
  opened.push(node);
  const socket = await RpcSocket.open({ endpoints: [node.url], ...timeouts });
  opened.push(socket);
  return { node, socket };
}

const nextReconnect = (socket: RpcSocket) => new Promise<void>((resolve) => socket.onReconnect(resolve));

describe('a JSON-RPC connection', () => {
  test('answers go to who asked, in whatever order they come', async () => {
    const late: (() => void)[] = [];
    const { socket } = await start({
      slow: (_params, client) => {
        late.push(() => client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, result: 'slow' })));
        return undefined;
      },
      fast: () => {
        late.forEach((send) => send());
        return 'fast';
      },
    });
    expect(await Promise.all([socket.request('slow'), socket.request('fast')])).toEqual(['slow', 'fast']);
  });

  test('a refusal carries its code and its explanation', async () => {
    const { socket } = await start({ submit: () => refuse(1010, 'Invalid Transaction', 'Custom error: 6') });
    const error = await socket.request('submit').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ rpcCode: 1010, data: 'Custom error: 6' });
    expect(isOutage(error)).toBe(false);
  });

  test('a refusal nested too deeply to be shown is a refusal all the same', async () => {
    const data = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const { socket } = await start({
      submit: (_params, client) => {
        client.send(`{"jsonrpc":"2.0","id":1,"error":{"code":1010,"message":"no","data":${data}}}`);
        return undefined;
      },
    });
    await expect(socket.request('submit')).rejects.toMatchObject({ rpcCode: 1010 });
  });

  test('a request without answer ends with a named error', async () => {
    const { socket } = await start(
      { silence: () => undefined },
      { connectTimeoutMs: 2_000, requestTimeoutMs: 50 },
    );
    const error = await socket.request('silence').catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'CHAIN_TIMEOUT' });
    expect((error as Error).message).toMatch(/did not answer within 0\.05 s \(silence\)/);
    expect(isOutage(error)).toBe(true);
  });

  test('a request that is under way when the connection is cut ends at once', async () => {
    const { node, socket } = await start({
      cut: () => {
        node.cut();
        return undefined;
      },
    });
    await expect(socket.request('cut')).rejects.toMatchObject({ code: 'CHAIN_CONNECTION_LOST' });
  });

  test('a request during an outage ends at once; after the reconnect requests are answered again', async () => {
    const { node, socket } = await start({ hello: () => 'world' });
    const back = nextReconnect(socket);
    node.cut();
    await expect(socket.request('hello')).rejects.toMatchObject({
      code: expect.stringMatching(/^CHAIN_/),
    });
    await expect(socket.request('hello')).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await back;
    expect(await socket.request('hello')).toBe('world');
    expect(socket.generation).toBe(2);
  });

  test('news of a subscription reach their listener, even in the same packet as its id', async () => {
    const { node, socket } = await start({
      subscribe: (_params, client) => {
        client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, result: 'sub' }));
        node.notify('sub', 'first');
        return undefined;
      },
      ping: () => 'pong',
    });
    const heard: unknown[] = [];
    await socket.subscribe('subscribe', [], (news) => heard.push(news));
    node.notify('sub', 'second');
    node.notify('other', 'not ours');
    await socket.request('ping');
    expect(heard).toEqual(['first', 'second']);
  });

  test.each([
    'no json',
    '[]',
    'null',
    '7',
    '{"id":99,"result":1}',
    '{"method":"x"}',
    '{"id":null,"error":5}',
    '{"params":{}}',
  ])('the message %j does no harm', async (message) => {
    const { socket } = await start({
      hello: (_params, client) => {
        client.send(message);
        return 'world';
      },
    });
    expect(await socket.request('hello')).toBe('world');
  });

  test('a dead endpoint is named, with a remedy', async () => {
    const node = await scriptedNode({});
    await node.close();
    const error = await RpcSocket.open({
      endpoints: [node.url],
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 100,
    }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      remedy: expect.stringMatching(/--subtensor/),
    });
    expect((error as Error).message).toContain(node.url);
    expect((error as Error).message).toMatch(/ECONNREFUSED/);
  });

  test('an endpoint that takes the connection and says nothing is given up in time', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(
      RpcSocket.open({ endpoints: [endpoint], connectTimeoutMs: 80, requestTimeoutMs: 80 }),
    ).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
    sockets.forEach((socket) => socket.destroy());
    server.close();
    await once(server, 'close');
  });

  test('connecting can be given up', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const abort = new AbortController();
    const opening = RpcSocket.open(
      { endpoints: [endpoint], connectTimeoutMs: 60_000, requestTimeoutMs: 80 },
      abort.signal,
    );
    abort.abort(new Error('changed my mind'));
    await expect(opening).rejects.toThrow('changed my mind');
    server.close();
    await once(server, 'close');
  });

  test('after close every request is refused, and closing again is harmless', async () => {
    const { socket } = await start({ silence: () => undefined });
    const waiting = socket.request('silence').catch((e: unknown) => e);
    await socket.close();
    await socket.close();
    expect(await waiting).toMatchObject({ code: 'CHAIN_CONNECTION_LOST' });
    await expect(socket.request('hello')).rejects.toThrow(/it was closed by us/);
  });

  test('closed during an outage it does not come back', async () => {
    const { node, socket } = await start({});
    node.cut();
    await socket.close();
    expect(socket.connected).toBe(false);
  });
});
