import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Chain, connectChain, type ConnectOptions } from '../../src/chain/index.js';
import { Log } from '../../src/common/log.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { meddlingProxy, type MeddlingProxy } from './support/meddling-proxy.js';
import { buildMetadata } from '../../src/localnet/chain/metadata/build-metadata.js';
import { scriptedNode } from './support/scripted-node.js';
import { substrateAnswers } from './support/substrate-answers.js';

const FINNEY = 'wss://entrypoint-finney.opentensor.ai:443';
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

const keep = <T extends { close(): Promise<void> }>(one: T): T => {
  opened.push(one);
  return one;
};
const node = async (blockMs = 0): Promise<RunningChain> => keep(await startLocalChain({ port: 0, blockMs }));
const entrance = async (to: RunningChain): Promise<MeddlingProxy> => keep(await meddlingProxy(to.url));

const lines: string[] = [];
async function connect(endpoints: readonly string[], o: Partial<ConnectOptions> = {}): Promise<Chain> {
  lines.length = 0;
  const log = new Log({ level: 'INFO', write: (line) => void lines.push(line) });
  return keep(await connectChain({ endpoints, log, timeoutMs: 3_000, random: () => 0, ...o }));
}

async function answered(chain: Chain): Promise<number> {
  for (;;) {
    try {
      return await chain.blockNumber();
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Answers every handshake like this. */
async function refusing(status: number, headers: Record<string, string> = {}): Promise<string> {
  const server: Server = createServer();
  server.on('upgrade', (_request, socket) => {
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} No\r\n${head.join('')}content-length: 0\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  keep({
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('several endpoints', () => {
  test('the first that works is used, and the dead one before it is said to be so', async () => {
    const dead = await scriptedNode({});
    await dead.close();
    const alive = await node();
    const chain = await connect([dead.url, alive.url]);
    expect(chain.endpoint).toBe(alive.url);
    expect(await chain.blockNumber()).toBe(0);
    expect(lines.join('')).toMatch(/cannot be reached/);
  });

  test('the next one takes over when the one in use fails, and work goes on', async () => {
    const alive = await node();
    const [one, two] = [await entrance(alive), await entrance(alive)];
    const chain = await connect([one.url, two.url]);
    expect(chain.endpoint).toBe(one.url);
    await one.close();
    opened.splice(opened.indexOf(one), 1);
    expect(await answered(chain)).toBe(0);
    expect(chain.endpoint).toBe(two.url);
    expect(lines.join('')).toMatch(/was lost; reconnecting at .*\n.*Connected to the chain at .* again/);
    await alive.buildBlock();
    expect(await chain.waitForBlock(1)).toBe(1);
  });

  test('the next one takes over when the one in use gives no new block', async () => {
    const chainOfBlocks = await node(50);
    const [stale, alive] = [await entrance(chainOfBlocks), await entrance(chainOfBlocks)];
    stale.mute = true;
    const chain = await connect([stale.url, alive.url], { stallMs: 400 });
    expect(chain.endpoint).toBe(stale.url);
    const next = (await chain.blockNumber()) + 1;
    expect(await chain.waitForBlock(next)).toBeGreaterThanOrEqual(next);
    expect(chain.endpoint).toBe(alive.url);
    expect(lines.join('')).toMatch(/gave no new block for 0\.4 s.*trying another connection/);
  });

  test('the next one takes over when the one in use no longer answers requests', async () => {
    const alive = await node();
    const [one, two] = [await entrance(alive), await entrance(alive)];
    const chain = await connect([one.url, two.url], { timeoutMs: 300 });
    one.meddle = () => 'swallow';
    await expect(chain.blockNumber()).rejects.toMatchObject({ code: 'CHAIN_TIMEOUT' });
    await expect(chain.blockNumber()).rejects.toMatchObject({ code: 'CHAIN_TIMEOUT' });
    expect(await answered(chain)).toBe(0);
    expect(chain.endpoint).toBe(two.url);
  });

  test('one of another chain is refused at the start, even when it is a spare', async () => {
    const [ours, other] = [
      await node(),
      keep(await scriptedNode(substrateAnswers(buildMetadata().encoded[14], 14))),
    ];
    await expect(connect([ours.url, other.url])).rejects.toMatchObject({
      code: 'WRONG_CHAIN',
      message: expect.stringContaining(`${other.url} serves another chain: its genesis is 0x2f2f`),
      remedy: expect.stringContaining('--subtensor.chain_endpoint'),
    });
  });

  test('one that changes to another chain is left alone while running', async () => {
    const alive = await node();
    const [one, two] = [await entrance(alive), await entrance(alive)];
    const chain = await connect([one.url, two.url]);
    two.meddle = (method) => (method === 'chain_getBlockHash' ? { result: `0x${'99'.repeat(32)}` } : 'pass');
    one.cut();
    expect(await answered(chain)).toBe(0);
    expect(chain.endpoint).toBe(one.url);
    expect(lines.join('')).toMatch(/ERROR.*serves another chain: its genesis is 0x9999/);
  });

  test('a chain that is not the expected one is refused, and named when it is a public one', async () => {
    const finney = '0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03';
    const alive = await node();
    await expect(connect([alive.url], { expectedGenesis: finney })).rejects.toMatchObject({
      code: 'WRONG_CHAIN',
      message: expect.stringMatching(/expected that of finney \(0x2f05/),
    });
    // The entrance of finney among the endpoints says which chain is meant; it is not reached for here.
    await expect(connect([alive.url, FINNEY])).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
  });

  test('none at all is an error with a remedy', async () => {
    await expect(connect([])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      remedy: expect.stringContaining('--subtensor.chain_endpoint'),
    });
  });
});

describe('a server that limits us', () => {
  test.each([
    [429, { 'Retry-After': '7' }, /HTTP 429\); it asks to wait 7 s/],
    [429, {}, /is asked too often \(HTTP 429\)$/],
    [503, { 'Retry-After': '9' }, /HTTP 503\); it asks to wait 9 s/],
  ])('with HTTP %i and %j is named so', async (status, headers, message) => {
    await expect(connect([await refusing(status, headers)])).rejects.toMatchObject({
      code: 'CHAIN_RATE_LIMITED',
      message: expect.stringMatching(message),
    });
  });

  test.each([429, -32_999, -32_009, -32_029])('with error %i is left for another', async (code) => {
    const alive = await node();
    const [one, two] = [await entrance(alive), await entrance(alive)];
    const chain = await connect([one.url, two.url]);
    one.meddle = (method) => (method === 'chain_getHeader' ? { error: { code, message: 'enough' } } : 'pass');
    await expect(chain.blockNumber()).rejects.toMatchObject({
      code: 'CHAIN_RATE_LIMITED',
      message: expect.stringMatching(/is asked too often \(.*enough\)/),
    });
    expect(await answered(chain)).toBe(0);
    expect(chain.endpoint).toBe(two.url);
  });

  test('is no obstacle when there is another', async () => {
    const alive = await node();
    const chain = await connect([await refusing(429), alive.url]);
    expect(chain.endpoint).toBe(alive.url);
  });

  test('is told from one that has an error', async () => {
    await expect(connect([await refusing(500)])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringMatching(/HTTP 500/),
    });
  });
});
