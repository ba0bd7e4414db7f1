import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { connectChain } from '../../src/chain/index.js';
import { Log } from '../../src/common/log.js';
import { buildMetadata } from '../../src/localnet/chain/metadata/build-metadata.js';
import { startLocalChain } from '../../src/localnet/index.js';
import { refuse, scriptedNode, type Answer } from './support/scripted-node.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

const metadata14 = () => `0x${Buffer.from(buildMetadata().encoded[14]).toString('hex')}`;
/** Metadata with every SubtensorModule renamed to one of the same length: another Substrate chain. */
const otherChain = () => {
  const bytes = Buffer.from(buildMetadata().encoded[14]);
  return `0x${bytes
    .toString('latin1')
    .replaceAll('SubtensorModule', 'SomethingElse15')
    .split('')
    .map((c) => c.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')}`;
};
const version = (specVersion: number) => ({ specName: 'node-subtensor', specVersion, transactionVersion: 1 });

async function start(answers: Record<string, Answer>) {
  const node = await scriptedNode({
    state_getRuntimeVersion: () => version(400),
    state_call: () => refuse(4003, 'Execution failed'),
    state_getMetadata: metadata14,
    chain_getBlockHash: () => `0x${'00'.repeat(32)}`,
    chain_getHeader: () => ({ number: '0x1' }),
    chain_subscribeNewHead: () => 'heads',
    state_subscribeRuntimeVersion: () => 'versions',
    ...answers,
  });
  opened.push(node);
  return node;
}

describe('connecting', () => {
  test('to nothing is CHAIN_UNREACHABLE with the endpoint and a remedy', async () => {
    const node = await scriptedNode({});
    await node.close();
    await expect(connectChain({ endpoint: node.url, timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining(node.url),
      remedy: expect.stringContaining('--subtensor.chain_endpoint'),
    });
  });

  test('to another Substrate chain says that it is no subtensor', async () => {
    const node = await start({ state_getMetadata: otherChain });
    await expect(connectChain({ endpoint: node.url })).rejects.toMatchObject({
      code: 'NOT_SUBTENSOR',
      message: expect.stringMatching(/without SubtensorModule/),
    });
  });

  test.each<[string, Record<string, Answer>]>([
    ['knows no Substrate method', { state_getRuntimeVersion: () => refuse(-32601, 'Method not found') }],
    ['sends nonsense for a version', { state_getRuntimeVersion: () => 'v1' }],
    ['sends nonsense for metadata', { state_getMetadata: () => '0x6d6574610effff' }],
    ['sends no hex for metadata', { state_getMetadata: () => ({}) }],
  ])('to a server that %s says so', async (_what, answers) => {
    const node = await start(answers);
    await expect(connectChain({ endpoint: node.url })).rejects.toMatchObject({ code: 'NOT_SUBTENSOR' });
  });

  test('to a server that stops answering ends in time', async () => {
    const node = await start({ state_getMetadata: () => undefined });
    await expect(connectChain({ endpoint: node.url, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'CHAIN_TIMEOUT',
    });
  });

  test('can be given up half-way', async () => {
    const abort = new AbortController();
    const node = await start({
      state_getMetadata: () => {
        abort.abort(new Error('enough'));
        return undefined;
      },
    });
    await expect(connectChain({ endpoint: node.url, signal: abort.signal })).rejects.toThrow('enough');
  });

  test('works with a node that offers only metadata 14', async () => {
    const node = await start({});
    const chain = await connectChain({ endpoint: node.url });
    opened.push(chain);
    expect(await chain.blockNumber()).toBe(1);
  });

  test('prints nothing on the console', async () => {
    const spies = (['log', 'warn', 'error', 'info'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation(() => {}),
    );
    const node = await startLocalChain({ port: 0, blockMs: 0 });
    opened.push(node);
    const chain = await connectChain({ endpoint: node.url });
    await chain.metagraph(31);
    await chain.close();
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

test('an upgrade of the runtime is followed and logged', async () => {
  const node = await start({});
  const lines: string[] = [];
  const seen = new Promise<void>((resolve) => {
    const write = (line: string) => {
      lines.push(line);
      if (line.includes('upgraded')) resolve();
    };
    void connectChain({ endpoint: node.url, log: new Log({ level: 'INFO', write }) }).then((chain) => {
      opened.push(chain);
      node.answers.set('state_getRuntimeVersion', () => version(401));
      node.notify('versions', version(400)); // nothing new
      node.notify('versions', version(401));
    });
  });
  await seen;
  expect(lines.join('')).toMatch(/runtime was upgraded from spec 400 to 401/);
});
