import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  publicKeyOf,
  QUICKNET,
  signRound,
  TIMELOCK_OVERHEAD,
  timelockDecrypt,
  timelockEncrypt,
  TimelockError,
  verifyPulse,
} from '../../../src/common/timelock/index.js';
import { sharedPath } from '../../support/shared.js';
import { OWN_BEACON, OWN_CIPHERTEXT, ROUND_1000 } from './vectors.js';

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const secret = new Uint8Array(32).fill(77);
const publicKey = publicKeyOf(secret);
const signature = signRound(secret, 5n);
const plain = Buffer.from('health');
const encrypted = timelockEncrypt(plain, { round: 5n, publicKey });

/** A changed copy: `from` on, the bytes are `by`. */
function changed(bytes: Uint8Array, from: number, by: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(by, from);
  return copy;
}

describe('timelock encryption', () => {
  test('opens with the signature of its round and with no other', () => {
    expect(encrypted).toHaveLength(plain.length + TIMELOCK_OVERHEAD);
    expect(Buffer.from(timelockDecrypt(encrypted, signature)).toString()).toBe('health');
    expect(() => timelockDecrypt(encrypted, signRound(secret, 6n))).toThrow(TimelockError);
  });

  test('takes an empty plaintext and one of a megabyte', () => {
    for (const size of [0, 1 << 20]) {
      const large = new Uint8Array(size).fill(7);
      expect(hexOf(timelockDecrypt(timelockEncrypt(large, { round: 5n, publicKey }), signature))).toBe(
        hexOf(large),
      );
    }
  });

  test('never gives the same ciphertext twice', () => {
    expect(hexOf(timelockEncrypt(plain, { round: 5n, publicKey }))).not.toBe(hexOf(encrypted));
  });

  test('gives the same bytes for the same randomness as it always did', () => {
    let asked = 0;
    const random = (count: number) => new Uint8Array(count).fill(++asked);
    const made = timelockEncrypt(plain, { round: 5n, publicKey, random });
    expect(hexOf(made)).toBe(OWN_CIPHERTEXT);
    expect(hexOf(publicKey)).toBe(OWN_BEACON.publicKey);
    expect(hexOf(signature)).toBe(OWN_BEACON.signatureOfRound5);
  });

  test('refuses a round of 0 or beyond 64 bits, and keys that are none', () => {
    for (const round of [0n, -1n, 1n << 64n]) {
      expect(() => timelockEncrypt(plain, { round, publicKey })).toThrow(TimelockError);
    }
    for (const key of [new Uint8Array(96), publicKey.subarray(0, 95), signature]) {
      expect(() => timelockEncrypt(plain, { round: 5n, publicKey: key })).toThrow(TimelockError);
    }
    expect(() => publicKeyOf(new Uint8Array(32))).toThrow(TimelockError);
    expect(() => publicKeyOf(new Uint8Array(31))).toThrow(TimelockError);
  });
});

describe('a hostile ciphertext', () => {
  const refused = (bytes: Uint8Array) =>
    expect(() => timelockDecrypt(bytes, signature)).toThrow(TimelockError);

  test('that ends early is refused wherever it ends', () => {
    for (let length = 0; length < encrypted.length; length++) refused(encrypted.subarray(0, length));
  });

  test('with a length that lies is refused without believing it', () => {
    const huge = new Uint8Array(8).fill(0xff);
    const suite = encrypted.length - 16;
    for (const at of [96, 136, 176, 184, suite]) {
      refused(changed(encrypted, at, huge));
      refused(changed(encrypted, at, bytesOf('0000000001000000')));
      refused(changed(encrypted, at, new Uint8Array(8)));
    }
  });

  test('with any byte changed is refused', () => {
    for (let at = 0; at < encrypted.length; at += 7) {
      refused(changed(encrypted, at, Uint8Array.of((encrypted[at] ?? 0) ^ 0x10)));
    }
  });

  test('with a point at infinity, outside the subgroup, off the curve or in another spelling is refused', () => {
    refused(changed(encrypted, 0, bytesOf('c0'.padEnd(192, '0'))));
    const outcomes = new Set<string>();
    for (let x = 1; x < 40; x++) {
      const bytes = changed(encrypted, 0, bytesOf(`80${x.toString(16).padStart(190, '0')}`));
      try {
        timelockDecrypt(bytes, signature);
        outcomes.add('opened');
      } catch (error) {
        expect(error).toBeInstanceOf(TimelockError);
        const { cause } = error as TimelockError;
        outcomes.add(cause instanceof Error && cause.message.includes('subgroup') ? 'subgroup' : 'curve');
      }
    }
    expect([...outcomes].sort()).toEqual(['curve', 'subgroup']);
    // The same point with the modulus of the field added to the real part of its coordinate.
    const modulus = BigInt(
      '0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab',
    );
    const real = BigInt(`0x${hexOf(encrypted.subarray(48, 96))}`);
    const spelled = (real + modulus).toString(16).padStart(96, '0');
    refused(changed(encrypted, 48, bytesOf(spelled)));
  });

  test('is refused with a signature that is no point', () => {
    for (const bad of [new Uint8Array(48), new Uint8Array(0), publicKey, bytesOf('c0'.padEnd(96, '0'))]) {
      expect(() => timelockDecrypt(encrypted, bad)).toThrow(TimelockError);
    }
  });
});

describe('a pulse', () => {
  test('of drand quicknet is verified against its key', () => {
    const pulse = { signature: bytesOf(ROUND_1000.signature), publicKey: QUICKNET.publicKey };
    expect(verifyPulse({ ...pulse, round: 1000n })).toBe(true);
    expect(verifyPulse({ ...pulse, round: 1001n })).toBe(false);
    expect(verifyPulse({ ...pulse, round: 1000n, publicKey })).toBe(false);
  });

  test('of a beacon of our own is verified, and refused when it is anything else', () => {
    expect(verifyPulse({ round: 5n, signature, publicKey })).toBe(true);
    expect(verifyPulse({ round: 0n, signature, publicKey })).toBe(false);
    expect(verifyPulse({ round: 5n, signature: signature.subarray(1), publicKey })).toBe(false);
    expect(verifyPulse({ round: 5n, signature, publicKey: new Uint8Array(96) })).toBe(false);
    const infinity = { signature: bytesOf('c0'.padEnd(96, '0')), publicKey: bytesOf('c0'.padEnd(192, '0')) };
    expect(verifyPulse({ round: 5n, ...infinity })).toBe(false);
  });
});

const vectors = sharedPath('reference/vectors/timelock.json');
const withVectors = vectors === undefined ? describe.skip : describe;

withVectors('the reference vectors (skipped without HEALTHTENSOR_TEST_SHARED)', () => {
  interface Vectors {
    readonly round: number;
    readonly signature: string;
    readonly payload_scale: string;
    readonly fixed: { readonly esk: string; readonly sigma_preimage_t: string; readonly nonce: string };
    readonly ct_ours: string;
    readonly ct_theirs: string;
  }
  const v = vectors === undefined ? ({} as Vectors) : (JSON.parse(readFileSync(vectors, 'utf8')) as Vectors);

  test('are encrypted to the byte', () => {
    const draws = [v.fixed.esk, v.fixed.sigma_preimage_t, v.fixed.nonce].map(bytesOf);
    const random = (count: number) => {
      const drawn = draws.shift();
      expect(drawn).toHaveLength(count);
      return drawn ?? new Uint8Array(count);
    };
    const o = { round: BigInt(v.round), publicKey: QUICKNET.publicKey, random };
    expect(hexOf(timelockEncrypt(bytesOf(v.payload_scale), o))).toBe(v.ct_ours);
  });

  test("open, ours and the Rust crate's", () => {
    for (const ciphertext of [v.ct_ours, v.ct_theirs]) {
      expect(hexOf(timelockDecrypt(bytesOf(ciphertext), bytesOf(v.signature)))).toBe(v.payload_scale);
    }
    expect(v.signature).toBe(ROUND_1000.signature);
  });
});
