import { describe, expect, test } from '@jest/globals';
import { hexToU8a } from '@polkadot/util';
import { QUICKNET, verifyPulse } from '../../../../src/common/timelock/index.js';
import {
  dueRounds,
  isLocalBeacon,
  localBeaconConfig,
  localPulse,
  roundAt,
} from '../../../../src/localnet/chain/drand/local-beacon.js';
import { QUICKNET_CONFIG } from '../../../../src/localnet/chain/metadata/pallets/drand.js';

const CONFIG = localBeaconConfig('0x01', 3);
const GENESIS_MS = BigInt(QUICKNET.genesisTime) * 1000n;

describe('the beacon of a local chain', () => {
  test('signs rounds with the key that its configuration shows', () => {
    const pulse = localPulse(CONFIG, 77n);
    const publicKey = hexToU8a(CONFIG.public_key);
    const signature = hexToU8a(pulse.signature);
    expect(verifyPulse({ round: 77n, signature, publicKey })).toBe(true);
    expect(verifyPulse({ round: 78n, signature, publicKey })).toBe(false);
    expect(verifyPulse({ round: 77n, signature, publicKey: QUICKNET.publicKey })).toBe(false);
  });

  test('has another key for another genesis, and the same for the same', () => {
    expect(localBeaconConfig('0x01', 3)).toEqual(CONFIG);
    expect(localBeaconConfig('0x02', 3).public_key).not.toBe(CONFIG.public_key);
    expect([isLocalBeacon(CONFIG), isLocalBeacon(QUICKNET_CONFIG)]).toEqual([true, false]);
  });

  test('shows round r at genesis + period x (r - 1), as drand does', () => {
    expect([0n, 2_999n, 3_000n, 5_999n, 6_000n].map((ms) => roundAt(CONFIG, GENESIS_MS + ms))).toEqual([
      1n,
      1n,
      2n,
      2n,
      3n,
    ]);
    expect(roundAt(CONFIG, GENESIS_MS - 1n)).toBe(0n);
  });

  test('begins with the newest round, goes on from the last, and catches up with 50 at most', () => {
    const at = (round: bigint) => GENESIS_MS + (round - 1n) * 3_000n;
    expect(dueRounds(CONFIG, 0n, at(1_000n))).toEqual([1_000n]);
    expect(dueRounds(CONFIG, 1_000n, at(1_000n))).toEqual([]);
    expect(dueRounds(CONFIG, 997n, at(1_000n))).toEqual([998n, 999n, 1_000n]);
    const late = dueRounds(CONFIG, 10n, at(1_000n));
    expect([late.length, late[0], late.at(-1)]).toEqual([50, 951n, 1_000n]);
    expect(dueRounds(CONFIG, 0n, GENESIS_MS - 1n)).toEqual([]);
  });
});
