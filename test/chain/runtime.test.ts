import { jest, beforeAll, describe, expect, test } from '@jest/globals';
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { GenericExtrinsicEra } from '@polkadot/types';
import { cryptoWaitReady, signatureVerify } from '@polkadot/util-crypto';
import { rawField } from '../../src/chain/commitment-fields.js';
import type { Runtime } from '../../src/chain/runtime.js';
import { finneyRuntime, localRuntime } from './support/runtimes.js';

const ALICE = 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
const GENESIS = `0x${'2f'.repeat(32)}`;
const finney = finneyRuntime();
const local = localRuntime();
const runtimes: [name: string, runtime: Runtime][] = [['the local chain', local]];
if (finney !== undefined) runtimes.push(['finney', finney]);

let alice: KeyringPair;
beforeAll(async () => {
  await cryptoWaitReady();
  alice = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');
});

/** Without HEALTHTENSOR_TEST_SHARED these run over the local chain's metadata alone. */
describe.each(runtimes)('calls encoded for %s', (_name, runtime) => {
  const hexOf = (pallet: string, call: string, args: Record<string, unknown>) =>
    runtime.call(pallet, call, args).toHex().slice(2);

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

  test('a signed extrinsic carries a mortal era, its nonce and a signature that verifies', () => {
    const era = runtime.registry.createTypeUnsafe<GenericExtrinsicEra>('ExtrinsicEra', [
      { current: 42, period: 64 },
    ]);
    const call = runtime.call('subtensorModule', 'burnedRegister', { netuid: 31, hotkey: alice.address });
    const common = {
      era,
      blockHash: `0x${'11'.repeat(32)}`,
      genesisHash: GENESIS,
      nonce: 7,
      ...runtime.signatureVersion(),
    };
    const signed = runtime.extrinsic(call).sign(alice, common);
    expect(signed.isSigned).toBe(true);
    expect(signed.nonce.toNumber()).toBe(7);
    expect(signed.era.asMortalEra.toHex()).toBe(era.asMortalEra.toHex());
    expect(signed.signer.toString()).toBe(alice.address);
    // Signed bytes: call, era, nonce, tip, metadata-hash mode | spec, tx version, genesis, birth block, no metadata hash.
    const signedBytes = Buffer.concat([
      call.toU8a(),
      era.toU8a(),
      Uint8Array.of(7 << 2, 0, 0),
      Uint8Array.of(0xa8, 1, 0, 0, 1, 0, 0, 0),
      Buffer.from('2f'.repeat(32) + '11'.repeat(32) + '00', 'hex'),
    ]);
    expect(signatureVerify(signedBytes, signed.signature.toU8a(), alice.publicKey).isValid).toBe(true);
  });
});

describe('what a runtime does not have', () => {
  test('is undefined or false where it is looked for', () => {
    expect(local.hasPallet('contracts')).toBe(false);
    expect(local.hasCall('subtensorModule', 'setWeightsV9')).toBe(false);
    expect(local.storage('subtensorModule', 'noSuchItem')).toBeUndefined();
    expect(local.method('SubnetInfoRuntimeApi', 'get_nothing')).toBeUndefined();
  });

  test('is a clear error where it is called', () => {
    expect(() => local.call('subtensorModule', 'setWeightsV9', {})).toThrow(
      /The call subtensorModule\.setWeightsV9 does not exist in the chain's runtime \(spec 424\)/,
    );
    expect(() => local.call('subtensorModule', 'burnedRegister', { netuid: 1 })).toThrow(
      /wants an argument "hotkey"/,
    );
  });

  test('runtime APIs of metadata 14 are missing, not wrong', () => {
    const old = localRuntime(14);
    expect(old.method('SubnetInfoRuntimeApi', 'get_selective_metagraph')).toBeUndefined();
    expect(old.hasCall('subtensorModule', 'setWeights')).toBe(true);
  });
});

test('metadata with signed extensions that polkadot.js does not know prints nothing', () => {
  const spies = (['log', 'warn', 'error'] as const).map((level) =>
    jest.spyOn(console, level).mockImplementation(() => {}),
  );
  try {
    (finneyRuntime() ?? localRuntime()).signatureVersion();
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});
