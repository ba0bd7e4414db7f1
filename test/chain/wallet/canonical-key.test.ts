import { describe, expect, test } from '@jest/globals';
import { canonicalSecret, expandSecret } from '../../../src/chain/wallet/canonical-key.js';

// Substrate's development phrase, in both forms (schnorrkel's and polkadot.js's).
const CANONICAL =
  '05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0afd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34';
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('the two forms of an sr25519 secret', () => {
  test('the wallet’s form becomes the one that polkadot.js signs with', () => {
    const expanded = Buffer.from(expandSecret(bytes(CANONICAL))).toString('hex');
    expect(expanded.slice(0, 8)).toBe('28b0ae22');
    expect(expanded.slice(60, 64)).toBe('eb51');
    expect(expanded.slice(64)).toBe(CANONICAL.slice(64));
  });

  test('there and back gives the same bytes', () => {
    expect(canonicalSecret(expandSecret(bytes(CANONICAL)))).toEqual(bytes(CANONICAL));
  });

  test('a secret of another length is refused', () => {
    expect(() => expandSecret(new Uint8Array(32))).toThrow(
      /Expected a secret key of 64 bytes but received 32/,
    );
  });
});
