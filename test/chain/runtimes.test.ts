import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import { u8aToHex } from '@polkadot/util';
import { signatureVerify, xxhashAsHex } from '@polkadot/util-crypto';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { devAccount } from './support/accounts.js';
import { METADATA, registryOf } from './support/runtimes.js';
import { refuse, type ScriptedNode, scriptedNode, type Answer } from './support/scripted-node.js';
import { substrateAnswers } from './support/substrate-answers.js';

const NETUID = 31;
const GENESIS_BYTES = '2f'.repeat(32);
const HEAD_BYTES = '11'.repeat(32);

let signer: KeyringPair;
let hotkey: KeyringPair;
beforeAll(async () => {
  signer = await devAccount('//Alice');
  hotkey = await devAccount('//Bob');
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** Whether there is the subnet. */
const NETWORK_ADDED = `${xxhashAsHex('SubtensorModule', 128)}${xxhashAsHex('NetworksAdded', 128).slice(2)}1f00`;

/** The same metadata, in which some names have become others of the same length: the runtime does not have those. */
function without(metadata: Uint8Array, ...names: string[]): Uint8Array {
  let text = Buffer.from(metadata).toString('latin1');
  for (const name of names) {
    expect(text).toContain(name);
    text = text.replaceAll(name, `${name.slice(0, -1)}Q`);
  }
  return Buffer.from(text, 'latin1');
}

async function connect(
  metadata: Uint8Array,
  calls: Readonly<Record<string, string>> = {},
): Promise<{ chain: Chain; node: ScriptedNode; sent: string[]; called: [name: string, bytes: string][] }> {
  const sent: string[] = [];
  const called: [string, string][] = [];
  const answers: Record<string, Answer> = substrateAnswers(metadata, 16);
  const ours: Record<string, Answer> = {
    author_submitExtrinsic: ([extrinsic]) => {
      sent.push(String(extrinsic));
      return refuse(1010, 'Invalid Transaction', 'Custom error: 6');
    },
    state_call: (params, client) => {
      const [name, bytes] = params.map(String) as [string, string];
      if (calls[name] === undefined) return answers['state_call']?.(params, client);
      called.push([name, bytes]);
      return calls[name];
    },
    // The subnet is there; everything else about it has its default.
    state_queryStorageAt: ([keys]) => [
      {
        block: `0x${HEAD_BYTES}`,
        changes: (keys as string[]).map((key) => [key, key === NETWORK_ADDED ? '0x01' : null]),
      },
    ],
  };
  const node = await scriptedNode({ ...answers, ...ours });
  opened.push(node);
  const chain = await connectChain({ endpoints: [node.url] });
  opened.push(chain);
  return { chain, node, sent, called };
}

/** A signed extrinsic of `signer` with nonce 7 and an era of 32 blocks from block 1; its signature is checked. */
function expectSigned(extrinsic: string | undefined, call: string): void {
  const head = `84` + `00${Buffer.from(signer.publicKey).toString('hex')}` + '01';
  const extra = '1400' + '1c' + '00' + '00'; // era, nonce, tip, no metadata hash
  const body = (extrinsic ?? '').slice(2);
  const length = (head.length + 128 + extra.length + call.length) / 2;
  const prefix = length < 64 ? [length << 2] : [((length << 2) | 1) & 0xff, length >> 6];
  const start = prefix.map((byte) => byte.toString(16).padStart(2, '0')).join('') + head;
  expect(body.slice(0, start.length)).toBe(start);
  const signature = body.slice(start.length, start.length + 128);
  expect(body.slice(start.length + 128)).toBe(extra + call);
  const implicit = 'a8010000' + '01000000' + GENESIS_BYTES + HEAD_BYTES + '00'; // spec 424, transaction version 1
  const payload = `0x${call}${extra}${implicit}`;
  expect(signatureVerify(payload, `0x${signature}`, signer.publicKey).isValid).toBe(true);
}

const publicKey = (pair: KeyringPair) => Buffer.from(pair.publicKey).toString('hex');

/** What a method of a runtime API answers, encoded in the runtime's own type. */
function answer(metadata: Uint8Array, api: string, method: string, value: unknown): string {
  const registry = registryOf(metadata);
  const found = registry.metadata.apis
    .find(({ name }) => name.toString() === api)
    ?.methods.find(({ name }) => name.toString() === method);
  if (found === undefined) throw new Error(`${api}.${method} is not in the metadata`);
  const type = registry.createLookupType(found.output);
  return u8aToHex(registry.createTypeUnsafe(type, [value]).toU8a());
}

const axonInfo = {
  block: 5,
  version: 1,
  ip: 0x0a000001,
  port: 8091,
  ip_type: 4,
  protocol: 4,
  placeholder1: 0,
  placeholder2: 0,
};
const noAxon = { ...axonInfo, ip: 0, port: 0 };

describe.each(METADATA)('over the metadata of %s', (_name, metadata) => {
  test('a commitment leaves as these bytes', async () => {
    const { chain, sent } = await connect(metadata);
    const result = await chain.commit(signer, { netuid: NETUID, text: 'abc' });
    expect(result).toMatchObject({ kind: 'rejected', name: 'RateLimitExceeded', code: 6, retryable: true });
    expectSigned(sent[0], '1200' + '1f00' + '04' + '04' + '616263');
  });

  test('a registration leaves with its limit where the runtime has one, without where it has not', async () => {
    const register = (chain: Chain) =>
      chain.registerHotkey(signer, { netuid: NETUID, hotkey: hotkey.address, limitRao: 1_000_000_000n });
    const today = await connect(metadata);
    await register(today.chain);
    expectSigned(today.sent[0], '0786' + '1f00' + publicKey(hotkey) + '00ca9a3b00000000');
    const older = await connect(without(metadata, 'register_limit'));
    await register(older.chain);
    expectSigned(older.sent[0], '0707' + '1f00' + publicKey(hotkey));
  });

  const expected = [
    {
      uid: 0,
      hotkey: '',
      coldkey: '',
      stakeTao: 1234.5,
      validatorPermit: true,
      lastUpdate: 90,
      registrationBlock: 7,
      active: true,
      incentive: 0,
      emission: 0.5,
      axon: { ip: '10.0.0.1', port: 8091 },
    },
    {
      uid: 1,
      hotkey: '',
      coldkey: '',
      stakeTao: 0,
      validatorPermit: false,
      lastUpdate: 8,
      registrationBlock: 8,
      active: false,
      incentive: 1,
      emission: 0,
      axon: undefined,
    },
  ];
  const withKeys = () =>
    expected.map((neuron, index) => ({
      ...neuron,
      hotkey: index === 0 ? hotkey.address : signer.address,
      coldkey: signer.address,
    }));

  test('the metagraph is decoded from one answer of get_selective_metagraph', async () => {
    const name = 'SubnetInfoRuntimeApi_get_selective_metagraph';
    const bytes = answer(metadata, 'SubnetInfoRuntimeApi', 'get_selective_metagraph', {
      netuid: NETUID,
      num_uids: 2,
      hotkeys: [hotkey.address, signer.address],
      coldkeys: [signer.address, signer.address],
      axons: [axonInfo, noAxon],
      active: [true, false],
      validator_permit: [true, false],
      last_update: [90, 8],
      emission: [500_000_000, 0],
      incentives: [0, 65_535],
      block_at_registration: [7, 8],
      alpha_stake: [1, 1],
      total_stake: [1_234_500_000_000, 0],
    });
    const { chain, called } = await connect(metadata, { [name]: bytes });
    expect((await chain.metagraph(NETUID)).neurons).toEqual(withKeys());
    // netuid, and the numbers of the fields that are wanted.
    const wanted = [30, 52, 53, 55, 56, 57, 59, 60, 62, 66, 67, 69];
    const numbers = wanted.map((one) => `${one.toString(16)}00`).join('');
    expect(called).toEqual([[name, `0x1f00${(wanted.length << 2).toString(16)}${numbers}`]]);
  });

  test('the metagraph is decoded from get_neurons_lite where the newer call is missing', async () => {
    const name = 'NeuronInfoRuntimeApi_get_neurons_lite';
    const row = (index: number) => ({
      hotkey: index === 0 ? hotkey.address : signer.address,
      coldkey: signer.address,
      uid: index,
      netuid: NETUID,
      active: index === 0,
      axon_info: index === 0 ? axonInfo : noAxon,
      stake: index === 0 ? [[signer.address, 1_234_500_000_000]] : [],
      emission: index === 0 ? 500_000_000 : 0,
      incentive: index === 0 ? 0 : 65_535,
      last_update: index === 0 ? 90 : 8,
      validator_permit: index === 0,
    });
    const older = without(metadata, 'get_selective_metagraph');
    const bytes = answer(older, 'NeuronInfoRuntimeApi', 'get_neurons_lite', [row(0), row(1)]);
    const { chain, called } = await connect(older, { [name]: bytes });
    const neurons = withKeys().map((neuron) => ({ ...neuron, registrationBlock: 0 })); // it is not in the answer
    expect((await chain.metagraph(NETUID)).neurons).toEqual(neurons);
    expect(called).toEqual([[name, '0x1f00']]);
  });
});
