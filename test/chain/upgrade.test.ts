import { afterEach, expect, test } from '@jest/globals';
import { compactAddLength, u8aConcat, u8aToHex } from '@polkadot/util';
import type { KeyringPair } from '@polkadot/keyring/types';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { Log } from '../../src/common/log.js';
import { buildMetadata } from '../../src/localnet/chain/metadata/build-metadata.js';
import { devAccount } from './support/accounts.js';
import { refuse, type ScriptedNode, scriptedNode } from './support/scripted-node.js';
import { GENESIS, substrateAnswers, version } from './support/substrate-answers.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

interface Setting {
  node: ScriptedNode;
  chain: Chain;
  alice: KeyringPair;
  lines: string[];
  /** The calls (pallet and call index) of what was sent. */
  sent: string[];
  readonly upgrade: () => void;
}

async function start(): Promise<Setting> {
  const metadata = buildMetadata().encoded[14];
  const node = await scriptedNode(substrateAnswers(metadata, 14));
  opened.push(node);
  const lines: string[] = [];
  const log = new Log({ level: 'INFO', write: (line) => void lines.push(line) });
  const chain = await connectChain({ endpoints: [node.url], log });
  opened.push(chain);
  const sent: string[] = [];
  node.answers.set('author_submitExtrinsic', ([extrinsic]) => {
    // Length (2 bytes), version, signer, signature, era, nonce, tip, mode: then the call.
    sent.push(
      String(extrinsic)
        .slice(2 + 2 * (2 + 1 + 33 + 65 + 2 + 1 + 1 + 1))
        .slice(0, 4),
    );
    return refuse(1010, 'Invalid Transaction', 'Custom error: 6');
  });
  const upgrade = () => {
    // A runtime without register_limit.
    const text = Buffer.from(metadata).toString('latin1').replaceAll('register_limit', 'register_limiQ');
    const newer = Buffer.from(text, 'latin1');
    const before = node.answers.get('state_call');
    node.answers.set('state_call', (params, client) =>
      params[0] === 'Metadata_metadata_at_version'
        ? u8aToHex(u8aConcat([1], compactAddLength(newer)))
        : before?.(params, client),
    );
    node.answers.set('state_getRuntimeVersion', () => version(425));
    node.answers.set('chain_getBlockHash', ([number]) => (number === 0 ? GENESIS : `0x${'22'.repeat(32)}`));
  };
  return { node, chain, alice: await devAccount('//Alice'), lines, sent, upgrade };
}

const register = ({ chain, alice }: Setting) =>
  chain.registerHotkey(alice, { netuid: 31, hotkey: alice.address, limitRao: 1_000_000_000_000n });

test('after an upgrade of the runtime, calls are made in its terms', async () => {
  const setting = await start();
  await register(setting);
  setting.upgrade();
  await register(setting);
  expect(setting.sent).toEqual(['0786', '0707']); // register_limit, then burned_register
  expect(setting.lines.join('')).toMatch(/runtime was upgraded from spec 424 to 425/);
});

test('an upgrade between signing and sending is made up for by signing once more', async () => {
  const setting = await start();
  const { node, sent, upgrade } = setting;
  const after = node.answers.get('author_submitExtrinsic');
  node.answers.set('author_submitExtrinsic', (params, client) => {
    after?.(params, client);
    if (sent.length > 1) return refuse(1010, 'Invalid Transaction', 'Custom error: 6');
    upgrade();
    return refuse(1010, 'Invalid Transaction', 'Transaction has a bad signature');
  });
  expect(await register(setting)).toMatchObject({ kind: 'rejected', name: 'RateLimitExceeded' });
  expect(sent).toEqual(['0786', '0707']);
});

test('a signature that is bad without an upgrade is not sent again', async () => {
  const setting = await start();
  const { node, sent } = setting;
  node.answers.set('author_submitExtrinsic', () => {
    sent.push('sent');
    return refuse(1010, 'Invalid Transaction', 'Transaction has a bad signature');
  });
  expect(await register(setting)).toMatchObject({ name: 'BadProof', retryable: false });
  expect(sent).toEqual(['sent']);
});
