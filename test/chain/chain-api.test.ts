import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import { hexToU8a } from '@polkadot/util';
import { blake2AsHex, signatureVerify, xxhashAsHex } from '@polkadot/util-crypto';
import { ChainApi } from '../../src/chain/chain-api.js';
import { addressOf } from '../../src/chain/addresses.js';
import { rawField } from '../../src/chain/commitment-fields.js';
import { readCommitments } from '../../src/chain/commitments.js';
import { RpcSocket } from '../../src/chain/rpc-socket.js';
import { devAccount } from './support/accounts.js';
import { METADATA } from './support/runtimes.js';
import { scriptedNode, type ScriptedNode } from './support/scripted-node.js';
import { HEAD, substrateAnswers } from './support/substrate-answers.js';

const ALICE = 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
let alice: KeyringPair;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  alice = await devAccount('//Alice');
});
afterAll(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function apiOf(node: ScriptedNode): Promise<ChainApi> {
  const socket = await RpcSocket.open({
    endpoints: [node.url],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
  });
  opened.push(socket);
  return ChainApi.open(socket);
}

/** Without HEALTHTENSOR_TEST_SHARED these run over the local chain's metadata alone. */
describe.each(METADATA)('over the metadata of %s', (_name, metadata) => {
  let api: ChainApi;
  let node: ScriptedNode;
  beforeAll(async () => {
    const spies = (['log', 'warn', 'error', 'info'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation(() => {}),
    );
    node = await scriptedNode(substrateAnswers(metadata, 16));
    opened.push(node);
    api = await apiOf(node);
    await (await api.head()).values([]);
    // Neither the signed extensions that polkadot.js does not know, nor anything else, is worth a line.
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  const hexOf = (pallet: string, call: string, args: Record<string, unknown>) =>
    api.call(pallet, call, args).method.toHex().slice(2);

  test('set_mechanism_weights', () => {
    const args = { netuid: 31, mecid: 0, dests: [1, 300], weights: [65535, 258], versionKey: 5n };
    expect(hexOf('subtensorModule', 'setMechanismWeights', args)).toBe(
      '0777' + '1f00' + '00' + '08' + '0100' + '2c01' + '08' + 'ffff' + '0201' + '0500000000000000',
    );
  });

  test('set_weights', () => {
    const args = { netuid: 31, mecid: 0, dests: [1], weights: [65535], versionKey: 0n };
    expect(hexOf('subtensorModule', 'setWeights', args)).toBe(
      '0700' + '1f00' + '04' + '0100' + '04' + 'ffff' + '00'.repeat(8),
    );
  });

  test('commit_timelocked_mechanism_weights and commit_timelocked_weights', () => {
    const args = { netuid: 31, mecid: 0, commit: '0xc0ffee', revealRound: 1000, commitRevealVersion: 4 };
    const rest = '0c' + 'c0ffee' + 'e803000000000000' + '0400';
    expect(hexOf('subtensorModule', 'commitTimelockedMechanismWeights', args)).toBe(
      '0776' + '1f00' + '00' + rest,
    );
    expect(hexOf('subtensorModule', 'commitTimelockedWeights', args)).toBe('0771' + '1f00' + rest);
  });

  test('a ciphertext of the longest kind has a count of two bytes', () => {
    const commit = `0x${'ab'.repeat(1313)}`;
    const args = { netuid: 31, mecid: 0, commit, revealRound: 1, commitRevealVersion: 4 };
    expect(hexOf('subtensorModule', 'commitTimelockedMechanismWeights', args)).toBe(
      '0776' + '1f00' + '00' + '8514' + commit.slice(2) + '0100000000000000' + '0400',
    );
  });

  test('commit_mechanism_weights and reveal_mechanism_weights, and both without a mechanism', () => {
    const commitHash = `0x${'5a'.repeat(32)}`;
    const committed = (name: string) => hexOf('subtensorModule', name, { netuid: 31, mecid: 0, commitHash });
    expect(committed('commitMechanismWeights')).toBe('0773' + '1f00' + '00' + '5a'.repeat(32));
    expect(committed('commitWeights')).toBe('0760' + '1f00' + '5a'.repeat(32));
    const weights = { netuid: 31, mecid: 0, uids: [1], values: [65535], salt: [7, 8], versionKey: 5n };
    const rest = '04' + '0100' + '04' + 'ffff' + '08' + '07000800' + '0500000000000000';
    expect(hexOf('subtensorModule', 'revealMechanismWeights', weights)).toBe('0774' + '1f00' + '00' + rest);
    expect(hexOf('subtensorModule', 'revealWeights', weights)).toBe('0761' + '1f00' + rest);
  });

  test('set_commitment of one Raw field with exactly its length', () => {
    const info = rawField('abc');
    expect(hexOf('commitments', 'setCommitment', { netuid: 31, info })).toBe(
      '1200' + '1f00' + '04' + '04' + '616263',
    );
    const longest = rawField('x'.repeat(128));
    expect(hexOf('commitments', 'setCommitment', { netuid: 31, info: longest })).toBe(
      '1200' + '1f00' + '04' + '81' + '78'.repeat(128),
    );
    expect(rawField('é'.repeat(65))).toBeUndefined(); // 65 letters, 130 bytes
  });

  test('register_limit and burned_register', () => {
    const args = { netuid: 31, hotkey: alice.address, limitPrice: 1_000_000_000n };
    expect(hexOf('subtensorModule', 'registerLimit', args)).toBe(
      '0786' + '1f00' + ALICE + '00ca9a3b00000000',
    );
    expect(hexOf('subtensorModule', 'burnedRegister', args)).toBe('0707' + '1f00' + ALICE);
  });

  test('add_stake takes its arguments by name', () => {
    const args = { netuid: 31, hotkey: alice.address, amountStaked: 1n };
    expect(hexOf('subtensorModule', 'addStake', args)).toBe('0702' + ALICE + '1f00' + '0100000000000000');
  });

  test('a signed extrinsic carries a mortal era, its nonce and a signature that verifies', async () => {
    const call = api.call('subtensorModule', 'burnedRegister', { netuid: 31, hotkey: alice.address });
    const era = api.now.createType('ExtrinsicEra', { current: 42, period: 64 });
    const signed = await call.signAsync(alice, { era, blockHash: HEAD, nonce: 7 });
    expect(signed.isSigned).toBe(true);
    expect(signed.nonce.toNumber()).toBe(7);
    expect(signed.era.asMortalEra.toHex()).toBe(era.asMortalEra.toHex());
    expect(signed.signer.toString()).toBe(alice.address);
    // Signed bytes: call, era, nonce, tip, metadata-hash mode | spec, tx version, genesis, birth block, no metadata hash.
    const signedBytes = Buffer.concat([
      call.method.toU8a(),
      era.toU8a(),
      Uint8Array.of(7 << 2, 0, 0),
      Uint8Array.of(0xa8, 1, 0, 0, 1, 0, 0, 0),
      Buffer.from('2f'.repeat(32) + '11'.repeat(32) + '00', 'hex'),
    ]);
    expect(signatureVerify(signedBytes, signed.signature.toU8a(), alice.publicKey).isValid).toBe(true);
  });

  test('every entry of a map is read, whatever is stored in one of them', async () => {
    const prefix = api.now.query['commitments']?.['commitmentOf']?.keyPrefix(31) ?? '';
    const accounts = Array.from({ length: 600 }, (_, index) => blake2AsHex(String(index), 256));
    const keys = accounts.map(
      (account) => `${prefix}${xxhashAsHex(account, 64).slice(2)}${account.slice(2)}`,
    );
    const text = `0x${'00'.repeat(8)}07000000${'04'}0361`; // deposit, block 7, one field: Raw2, and half of it
    node.answers.set('state_getKeysPaged', ([asked]) => (String(asked).startsWith(prefix) ? keys : []));
    node.answers.set('state_queryStorageAt', ([wanted]) => [
      {
        block: HEAD,
        changes: (wanted as string[]).map((key) => [key, key === keys[400] ? text : `${text}62`]),
      },
    ]);
    const commitments = await readCommitments(await api.head(), 31);
    expect(commitments.map(({ hotkey }) => hotkey)).toEqual(
      accounts.map((account) => addressOf(hexToU8a(account))),
    );
    expect(commitments.every(({ block }) => block === 7)).toBe(true);
    expect(commitments.flatMap(({ text }, index) => (text === 'ab' ? [] : index))).toEqual([400]);
    expect(commitments[400]?.status).toBe('damaged');
  });

  test('what the runtime does not have is undefined where it is read', async () => {
    const head = await api.head();
    expect(
      await head.values([
        ['subtensorModule', 'noSuchItem'],
        ['noSuchPallet', 'nonce'],
      ]),
    ).toEqual([undefined, undefined]);
    expect(await head.entries('subtensorModule', 'noSuchItem', 31)).toEqual([]);
    expect(await head.call('subnetInfoRuntimeApi', 'getNothing', 31)).toBeUndefined();
    expect(api.hasCall('subtensorModule', 'setWeightsV9')).toBe(false);
  });

  test('what the runtime does not have is a clear error where it is called', () => {
    expect(() => api.call('subtensorModule', 'setWeightsV9', {})).toThrow(
      /The call subtensorModule\.setWeightsV9 does not exist in the chain's runtime \(spec 424\)/,
    );
    expect(() => api.call('subtensorModule', 'burnedRegister', { netuid: 1 })).toThrow(
      /wants an argument "hotkey"/,
    );
  });
});
