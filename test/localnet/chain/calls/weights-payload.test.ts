import { describe, expect, test } from '@jest/globals';
import { hexToU8a } from '@polkadot/util';
import { readWeightsPayload } from '../../../../src/localnet/chain/calls/subtensor/weights-payload.js';
import { commitHash } from '../../../../src/localnet/chain/calls/subtensor/reveal-legacy.js';

/** //Bob, as in the payload that was opened by a real runtime (reference vectors of timelock). */
const BOB = '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48';
const ALICE = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
const WEIGHTS = '0c000002002c010c204e409cffff2a04000000000000';
const READ = { uids: [0, 2, 300], values: [20000, 40000, 65535], version_key: 1066n };

describe('a decrypted commit of weights', () => {
  test('names its hotkey, which has to be who committed it', () => {
    const bytes = hexToU8a(`0x80${BOB.slice(2)}${WEIGHTS}`);
    expect(readWeightsPayload(bytes, BOB)).toEqual(READ);
    expect(readWeightsPayload(bytes, ALICE)).toBeUndefined();
  });

  test('may be of the older form without hotkey', () => {
    expect(readWeightsPayload(hexToU8a(`0x${WEIGHTS}`), ALICE)).toEqual(READ);
  });

  test('may be followed by anything, but not end early', () => {
    const whole = `0x80${BOB.slice(2)}${WEIGHTS}`;
    expect(readWeightsPayload(hexToU8a(`${whole}ff`), BOB)).toEqual(READ);
    expect(readWeightsPayload(hexToU8a(whole.slice(0, -2)), BOB)).toBeUndefined();
    expect(readWeightsPayload(hexToU8a('0x'), BOB)).toBeUndefined();
    expect(readWeightsPayload(hexToU8a('0xffffffff'), BOB)).toBeUndefined();
  });
});

test('the hash of a salted commit covers hotkey, index, uids, values, salt and version key', () => {
  const weights = { uids: [1], values: [2], salt: [3], version_key: 4n };
  const hash = commitHash(BOB, 31, weights);
  expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
  const others = [
    commitHash(ALICE, 31, weights),
    commitHash(BOB, 32, weights),
    commitHash(BOB, 31, { ...weights, uids: [0] }),
    commitHash(BOB, 31, { ...weights, values: [0] }),
    commitHash(BOB, 31, { ...weights, salt: [0] }),
    commitHash(BOB, 31, { ...weights, version_key: 0n }),
  ];
  expect(new Set([hash, ...others]).size).toBe(7);
});
