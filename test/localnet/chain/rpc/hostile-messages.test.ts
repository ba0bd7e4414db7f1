import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { startLocalChain } from '../../../../src/localnet/chain/index.js';
import { randomIntegers } from '../../../support/random-numbers.js';

interface Reply {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A chain and a bare socket on it; `ask` sends a text and gives the next message. */
async function withSocket(
  body: (context: { url: string; socket: WebSocket; ask: (text: string) => Promise<Reply> }) => Promise<void>,
): Promise<void> {
  const chain = await startLocalChain({ port: 0, blockMs: 0 });
  const socket = new WebSocket(chain.url);
  try {
    await once(socket, 'open');
    await body({
      url: chain.url,
      socket,
      ask: async (text) => {
        const reply = once(socket, 'message');
        socket.send(text);
        const [data] = (await reply) as [Buffer];
        return JSON.parse(data.toString()) as Reply;
      },
    });
  } finally {
    socket.terminate();
    await chain.close();
  }
}

const request = (method: string, params: unknown = [], id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

describe('hostile messages', () => {
  test('nested deeper than any stack are refused, wherever the nest is', async () => {
    await withSocket(async ({ ask }) => {
      const nest = '['.repeat(50_000) + ']'.repeat(50_000);
      const texts = [
        nest,
        `{"id":${nest},"method":"system_chain"}`,
        `{"id":1,"method":"system_chain","params":${nest}}`,
        `{"id":1,"method":"state_getStorage","params":${nest}}`,
        `{"id":1,"method":"chain_getBlockHash","params":[${nest}]}`,
        `{"id":1,"method":${nest}}`,
      ];
      for (const text of texts) await ask(text);
      expect((await ask(request('system_chain'))).result).toBe('HealthTensor local net');
    });
  });

  test('of every method with every kind of parameter are answered one by one', async () => {
    await withSocket(async ({ ask }) => {
      const { result } = await ask(request('rpc_methods'));
      const { methods } = result as { methods: string[] };
      const next = randomIntegers(7);
      const values: unknown[] = [
        null,
        true,
        -1,
        0,
        1e308,
        '',
        '0x',
        '0x0',
        '0xzz',
        `0x${'ff'.repeat(32)}`,
        `0x${'84'.repeat(200)}`,
        'a'.repeat(10_000),
        [],
        [[]],
        ['0x', '0x00'],
        {},
        { length: 2 ** 40 },
        '__proto__',
        'Metadata_metadata_at_version',
        'SubnetInfoRuntimeApi_get_selective_metagraph',
        'TransactionPaymentApi_query_info',
        '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
      ];
      const told = new Set<number | undefined>();
      // Subscriptions would mix notifications into the answers.
      const asked = methods.filter((method) => !/[sS]ubscribe|Watch|getMetadata/.test(method));
      for (let batch = 0; batch < 40; batch += 1) {
        const texts = Array.from({ length: 50 }, (_, i) => {
          const params = Array.from({ length: next(4) }, () => values[next(values.length)]);
          return request(asked[next(asked.length)] ?? '', params, i);
        });
        const replies = (await ask(`[${texts.join()}]`)) as unknown as Reply[];
        expect(replies.map(({ id }) => id)).toEqual(texts.map((_, i) => i));
        for (const { error } of replies) told.add(error?.code);
        // -32603 would be a fault of ours.
        expect(texts.filter((_, i) => replies[i]?.error?.code === -32603)).toEqual([]);
      }
      expect(told.size).toBeGreaterThan(3);
    });
  });

  test('with an id that is no id, or an endless list of fields to read, cost nothing', async () => {
    await withSocket(async ({ ask }) => {
      expect((await ask(request('system_chain', [], { a: 1 }))).error?.code).toBe(-32600);
      const indices = 250_000;
      // netuid 31, then a vector that names field 52 (hotkeys) over and over.
      const compact = Buffer.alloc(4);
      compact.writeUInt32LE(indices * 4 + 2);
      const args = `0x1f00${compact.toString('hex')}${'3400'.repeat(indices)}`;
      const started = performance.now();
      const { result } = await ask(
        request('state_call', ['SubnetInfoRuntimeApi_get_selective_metagraph', args]),
      );
      expect(result).toMatch(/^0x01/);
      expect(performance.now() - started).toBeLessThan(2000);
    });
  });

  test('that subscribe without end are refused beyond a node’s limit', async () => {
    await withSocket(async ({ socket }) => {
      const batch = `[${Array.from({ length: 100 }, () => request('state_subscribeStorage', [['0x00']])).join()}]`;
      const codes: (number | undefined)[] = [];
      const answered = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => {
          const message = JSON.parse(data.toString()) as unknown;
          // What is no list is a notification.
          if (Array.isArray(message)) codes.push(...(message as Reply[]).map(({ error }) => error?.code));
          if (codes.length === 1100) resolve();
        });
      });
      for (let i = 0; i < 11; i += 1) socket.send(batch);
      await answered;
      expect(codes.filter((code) => code === undefined)).toHaveLength(1024);
      expect(new Set(codes.slice(1024))).toEqual(new Set([-32006]));
    });
  });

  test('of a client that reads no answers end with its connection', async () => {
    await withSocket(async ({ url, ask }) => {
      const deaf = new WebSocket(url);
      await once(deaf, 'open');
      deaf.pause();
      const closed = once(deaf, 'close');
      const batch = `[${Array.from({ length: 100 }, () => request('state_getMetadata')).join()}]`;
      for (let i = 0; i < 20; i += 1) deaf.send(batch);
      expect((await ask(request('system_chain'))).result).toBe('HealthTensor local net');
      deaf.resume();
      await closed;
    });
  });
});

test('a socket that never says a word does not hold up the end', async () => {
  const chain = await startLocalChain({ port: 0, blockMs: 0 });
  const silent = connectTcp(Number(new URL(chain.url).port), '127.0.0.1');
  await once(silent, 'connect');
  silent.on('error', () => undefined);
  const closed = new Promise((resolve) => silent.once('close', resolve));
  silent.write('GET / HTTP/1.1\r\n');
  await chain.close();
  await closed;
}, 10_000);
