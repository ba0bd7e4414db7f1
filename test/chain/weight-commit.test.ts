import { describe, expect, test } from '@jest/globals';
import { u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { publicKeyOf as keyOfAddress } from '../../src/chain/addresses.js';
import type { EpochSchedule } from '../../src/chain/epoch-schedule.js';
import { saltedCommit, timelockedCommit } from '../../src/chain/weight-commit.js';
import { saltedCommitHash, timelockPayload } from '../../src/chain/weight-payload.js';
import { publicKeyOf, QUICKNET, signRound, timelockDecrypt } from '../../src/common/timelock/index.js';

const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
const BOB_KEY = '8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48';
const weights = {
  netuid: 31,
  hotkey: BOB,
  uids: [0, 2, 300],
  values: [20_000, 40_000, 65_535],
  versionKey: 1066n,
};
const schedule: EpochSchedule = {
  kind: 'stateful',
  head: 1000,
  tempo: 360,
  lastEpochBlock: 900,
  pendingEpochAt: 0,
  epochIndex: 5,
  blocksSinceLastStep: 100,
};
const facts = { schedule, revealPeriod: 1, validUntil: 1032 };

describe('what is committed', () => {
  test('the payload is the SCALE of hotkey as bytes, uids, values and version key', () => {
    expect(u8aToHex(timelockPayload(weights)).slice(2)).toBe(
      `80${BOB_KEY}` + '0c000002002c01' + '0c204e409cffff' + '2a04000000000000',
    );
  });

  test('a list of 64 and more has a longer count', () => {
    const uids = Array.from({ length: 256 }, (_, uid) => uid);
    const payload = timelockPayload({ ...weights, uids, values: uids });
    expect(payload).toHaveLength(33 + 2 * (2 + 512) + 8);
    expect(u8aToHex(payload.subarray(33, 39))).toBe('0x010400000100');
  });

  test('a salted hash is over account, index, uids, values, salt and version key', () => {
    const salt = [1, 2, 65_535];
    const scale =
      `${BOB_KEY}1f00` + '0c000002002c01' + '0c204e409cffff' + '0c01000200ffff' + '2a04000000000000';
    expect(saltedCommitHash({ ...weights, salt })).toBe(blake2AsHex(`0x${scale}`, 256));
    expect(u8aToHex(keyOfAddress(BOB)).slice(2)).toBe(BOB_KEY);
  });
});

describe('a timelocked commit', () => {
  const secret = new Uint8Array(32).fill(9);
  const beacon = { ...QUICKNET, publicKey: publicKeyOf(secret) };
  const time = { head: 1000, headMs: 1_700_000_000_000, blockMs: 12_000 };

  test('opens with the signature of its round to the payload', () => {
    const { commit, ciphertext } = timelockedCommit(weights, { ...facts, time, beacon, lastStoredRound: 0 });
    const seconds = 1_700_000_000 + (1260 + 3 - 1000) * 12 - QUICKNET.genesisTime;
    expect(commit).toEqual({
      method: 'timelocked',
      ...weights,
      commitEpoch: 5,
      firstRevealBlock: 1260,
      lastRevealBlock: 1619,
      revealRound: Math.floor(seconds / 3),
      commitHash: blake2AsHex(ciphertext, 256),
      headBlock: 1000,
      validUntil: 1032,
    });
    const signature = signRound(secret, BigInt(commit.revealRound ?? 0));
    expect(timelockDecrypt(ciphertext, signature)).toEqual(timelockPayload(weights));
  });

  test('of 256 uids fits what the chain takes', () => {
    const uids = Array.from({ length: 256 }, (_, uid) => uid);
    const { ciphertext } = timelockedCommit(
      { ...weights, uids, values: uids },
      { ...facts, time, beacon, lastStoredRound: 0 },
    );
    expect(ciphertext).toHaveLength(1313);
  });
});

describe('a salted commit', () => {
  test('carries the salt that its hash was made with, another one each time', () => {
    const commit = saltedCommit(weights, facts);
    expect(commit.salt).toHaveLength(8);
    expect(commit.commitHash).toBe(saltedCommitHash({ ...weights, salt: commit.salt ?? [] }));
    expect(commit).toMatchObject({ method: 'salted', commitEpoch: 5, firstRevealBlock: 1260 });
    expect(saltedCommit(weights, facts).commitHash).not.toBe(commit.commitHash);
  });
});
