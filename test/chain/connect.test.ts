import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { connectChain } from '../../src/chain/index.js';
import { Log } from '../../src/common/log.js';
import { buildMetadata } from '../../src/localnet/chain/metadata/build-metadata.js';
import { startLocalChain } from '../../src/localnet/index.js';
import { devAccount } from './support/accounts.js';
import { refuse, scriptedNode, type Answer } from './support/scripted-node.js';
import { GENESIS, substrateAnswers, version } from './support/substrate-answers.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const each of opened.splice(0).reverse()) await each.close();
});

const metadata14 = () => buildMetadata().encoded[14];
/** Metadata with every SubtensorModule renamed to one of the same length: another Substrate chain. */
const otherChain = () =>
  Buffer.from(
    Buffer.from(metadata14()).toString('latin1').replaceAll('SubtensorModule', 'SomethingElse15'),
    'latin1',
  );

async function start(answers: Record<string, Answer>, metadata: Uint8Array = metadata14()) {
  const node = await scriptedNode({ ...substrateAnswers(metadata, 14), ...answers });
  opened.push(node);
  return node;
}

/** What the API prints of its own accord; restored after the test. */
const consoleSpies = () =>
  (['log', 'warn', 'error', 'info'] as const).map((level) =>
    jest.spyOn(console, level).mockImplementation(() => {}),
  );

describe('connecting', () => {
  test('to nothing is CHAIN_UNREACHABLE with the endpoint and a remedy', async () => {
    const node = await scriptedNode({});
    await node.close();
    await expect(connectChain({ endpoints: [node.url], timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining(node.url),
      remedy: expect.stringContaining('--subtensor.chain_endpoint'),
    });
  });

  test('to another Substrate chain says that it is no subtensor', async () => {
    const node = await start({}, otherChain());
    await expect(connectChain({ endpoints: [node.url] })).rejects.toMatchObject({
      code: 'NOT_SUBTENSOR',
      message: expect.stringMatching(/without SubtensorModule/),
    });
  });

  test.each<[string, Record<string, Answer>]>([
    ['knows no Substrate method', { state_getRuntimeVersion: () => refuse(-32601, 'Method not found') }],
    ['sends nonsense for a version', { state_getRuntimeVersion: () => 'v1' }],
    ['has no metadata', { state_call: () => refuse(4003, 'x'), state_getMetadata: () => refuse(4003, 'x') }],
    ['sends nonsense for metadata', { state_call: () => '0x', state_getMetadata: () => '0x6d6574610effff' }],
    ['sends no hex for metadata', { state_call: () => ({}), state_getMetadata: () => ({}) }],
  ])('to a server that %s says so', async (_what, answers) => {
    consoleSpies(); // here the API says why it gives up
    const node = await start(answers);
    await expect(connectChain({ endpoints: [node.url] })).rejects.toMatchObject({ code: 'NOT_SUBTENSOR' });
  });

  test('to a server that stops answering ends in time', async () => {
    const node = await start({ state_call: () => undefined });
    await expect(connectChain({ endpoints: [node.url], timeoutMs: 100 })).rejects.toMatchObject({
      code: 'CHAIN_TIMEOUT',
    });
  });

  test('can be given up half-way', async () => {
    const abort = new AbortController();
    const node = await start({
      state_call: () => {
        abort.abort(new Error('enough'));
        return undefined;
      },
    });
    await expect(connectChain({ endpoints: [node.url], signal: abort.signal })).rejects.toThrow('enough');
  });

  test.each<[string, Record<string, Answer>]>([
    ['offers only metadata 14', {}],
    [
      'has no Metadata API',
      { state_getRuntimeVersion: () => ({ ...version(424), apis: [] }), state_call: () => refuse(4003, 'x') },
    ],
  ])('works with a node that %s', async (_what, answers) => {
    consoleSpies();
    const node = await start(answers);
    const chain = await connectChain({ endpoints: [node.url] });
    opened.push(chain);
    expect(await chain.blockNumber()).toBe(1);
    expect(await chain.balance((await devAccount('//Alice')).address)).toBe(0n);
  });

  test.each<[string, Answer]>([
    ['refuses', () => refuse(4003, 'State already discarded')],
    ['answers with nonsense', () => [{ block: GENESIS, changes: 5 }]],
    ['does not answer', () => undefined],
  ])('leaves it to us to tell that a node %s', async (_what, answer) => {
    const spies = consoleSpies();
    const node = await start({ state_queryStorageAt: answer });
    const chain = await connectChain({ endpoints: [node.url], timeoutMs: 300 });
    opened.push(chain);
    await expect(chain.hyperparameters(31)).rejects.toThrow(
      /State already|Expected a list for stored values|did not answer/,
    );
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  test('prints nothing on the console', async () => {
    const spies = consoleSpies();
    const node = await startLocalChain({ port: 0, blockMs: 0 });
    opened.push(node);
    const chain = await connectChain({ endpoints: [node.url] });
    await chain.metagraph(31);
    await chain.close();
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});

test('an upgrade of the runtime is followed and logged', async () => {
  const spies = consoleSpies();
  const node = await start({});
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const chain = await connectChain({ endpoints: [node.url], log: new Log({ level: 'INFO', write }) });
  opened.push(chain);
  const { address } = await devAccount('//Alice');
  await chain.balance(address);
  expect(lines).toEqual([]);
  node.answers.set('state_getRuntimeVersion', () => version(425));
  node.answers.set('chain_getBlockHash', ([number]) => (number === 0 ? GENESIS : `0x${'22'.repeat(32)}`));
  await Promise.all([chain.balance(address), chain.uidOf(31, address)]);
  await chain.balance(address);
  expect(lines).toHaveLength(1);
  expect(lines.join('')).toMatch(/runtime was upgraded from spec 424 to 425/);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});
